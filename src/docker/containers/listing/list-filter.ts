import type { ContainerVM } from "../../../api/containervm.gen.ts";
import { shownName } from "../../../api/docker-name.ts";
import { idOfContainer, idOfHost } from "../../../api/identity.ts";
import { DockerError } from "../../errors.ts";
import { Filters } from "../../filters/filters.ts";
import { matchesPattern } from "../../filters/pattern.ts";
import { normalizeReference } from "../../images/image-cache.ts";
import type { Tenant } from "../../tenant.ts";
import { imageIdOf } from "../../translation/inspect.ts";
import { networkId } from "../../translation/network-settings-of.ts";
import { byNewest } from "../../translation/times.ts";
import { imageOf } from "../lookup/image-of.ts";
import { parsePorts } from "./port-range.ts";
import { resolveContainer } from "../lookup/resolve.ts";
import { stateOf } from "../state/state.ts";

const keys = [
  "ancestor",
  "before",
  "exited",
  "expose",
  "health",
  "id",
  "is-task",
  "isolation",
  "label",
  "name",
  "network",
  "publish",
  "since",
  "status",
  "volume",
] as const;

const states = ["created", "running", "paused", "restarting", "removing", "exited", "dead"];
const healths = ["none", "starting", "healthy", "unhealthy"];

/** @throws DockerError 400 for keys and values that there aren't */
export function readListFilters(text: string): Filters {
  const filters = Filters.parse(text, keys);
  const oneOf = (key: string, what: string, known: readonly string[]): void => {
    const wrong = filters.all(key).find((value) => !known.includes(value));
    if (wrong === undefined) return;
    throw invalid(
      key,
      wrong,
      `invalid value for ${what} (${wrong.slice(0, 64)}): must be one of ${known.join(", ")}`,
    );
  };
  oneOf("status", "state", states);
  oneOf("health", "health", healths);
  for (const code of filters.all("exited")) {
    if (/^[+-]?\d{1,9}$/.test(code)) continue;
    throw invalid("exited", code, `strconv.Atoi: parsing ${JSON.stringify(code)}: invalid syntax`);
  }
  return filters;
}

const invalid = (key: string, value: string, why: string): DockerError =>
  new DockerError(400, `invalid filter '${key}=${value.slice(0, 64)}': ${why}`);

type Test = (container: ContainerVM) => boolean;

/**
 * Whether a container is asked for.
 *
 * @throws DockerError for values that can't be understood, 404 for containers that `before` and `since` name and there aren't
 */
export async function listFilter(filters: Filters, tenant: Tenant): Promise<Test> {
  const before = await borders(filters.all("before"), tenant);
  const since = await borders(filters.all("since"), tenant);
  const exposed = filters.all("expose").map((text) => parsePorts("expose", text));
  for (const text of filters.all("publish")) parsePorts("publish", text);
  // No container here is a task of a swarm.
  const isTask = filters.flag("is-task");
  const hostId = filters.has("network") ? idOfHost(tenant.host()) : "";
  const references = filters.has("ancestor") ? ancestors(filters, tenant) : undefined;
  const tests: readonly (Test | false)[] = [
    isTask === true && (() => false),
    filters.has("id") &&
      ((each) => filters.any("id", (text) => idOfContainer(each).includes(text))),
    filters.has("name") && ((each) => filters.any("name", nameTest(each))),
    filters.has("label") && ((each) => filters.matchesLabels(labelsOf(tenant, each))),
    filters.has("status") && ((each) => filters.any("status", is(stateOf(each).status))),
    filters.has("exited") && ((each) => filters.any("exited", exitedWith(each))),
    filters.has("health") && (() => filters.any("health", is("none"))),
    filters.has("isolation") && (() => filters.any("isolation", is(""))),
    // There are no volumes, and nothing is published.
    filters.has("volume") && (() => false),
    filters.has("publish") && (() => false),
    filters.has("network") && ((each) => filters.any("network", isOn(each, hostId))),
    before.length > 0 && ((each) => before.some((border) => byNewest(border, each) < 0)),
    since.length > 0 && ((each) => since.some((border) => byNewest(border, each) > 0)),
    exposed.length > 0 &&
      ((each) => exposed.some((has) => portsOf(tenant, each).some((port) => has(port)))),
    references !== undefined &&
      ((each) =>
        references.has(imageIdOf(each, imageOf(tenant, each))) ||
        references.has(normalizeReference(each.spec.image) ?? "")),
  ];
  const active = tests.filter((each) => each !== false);
  return (container) => active.every((matches) => matches(container));
}

const borders = (names: readonly string[], tenant: Tenant): Promise<readonly ContainerVM[]> =>
  Promise.all(names.map((name) => resolveContainer(tenant, name)));

const is =
  (wanted: string) =>
  (value: string): boolean =>
    value === wanted;

const nameTest =
  (container: ContainerVM) =>
  (pattern: string): boolean =>
    matchesPattern(pattern, `/${shownName(container)}`) ||
    matchesPattern(pattern, shownName(container));

const exitedWith = (container: ContainerVM) => (code: string) => {
  const { status, exitCode } = stateOf(container);
  return status === "exited" && exitCode === Number(code);
};

const isOn = (container: ContainerVM, hostId: string) => (text: string) => {
  const names = container.spec.networks.map(({ name }) => name);
  return (names.length === 0 ? ["none"] : names).some(
    (name) => name === text || networkId(hostId, name).startsWith(text),
  );
};

const labelsOf = (tenant: Tenant, container: ContainerVM): Readonly<Record<string, string>> => ({
  ...imageOf(tenant, container)?.status?.config?.labels,
  ...container.spec.labels,
});

const portsOf = (tenant: Tenant, container: ContainerVM): readonly string[] => [
  ...(container.spec.exposedPorts ?? []),
  ...(imageOf(tenant, container)?.status?.config?.exposedPorts ?? []),
];

/** Ids and references of the images that `ancestor` names; what there isn't is nobody's. */
function ancestors(filters: Filters, tenant: Tenant): ReadonlySet<string> {
  const found = new Set<string>();
  for (const text of filters.all("ancestor")) {
    const id = tenant.images.resolve(text)?.status?.imageId;
    if (id !== undefined) found.add(id);
    const reference = normalizeReference(text);
    if (id === undefined && reference !== undefined) found.add(reference);
  }
  found.delete("");
  return found;
}
