import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import { check } from "../../../src/check/check.ts";
import { observe } from "../../../src/check/observe.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import type { Complaint } from "./calm.ts";
import type { Job, Wanted } from "./people.ts";

// What isn't in order, and by which words logs speak of it.

/** Orders that aren't answered. Pure. */
export const unanswered = (jobs: readonly Job[], containers: readonly ContainerVM[]): Complaint[] =>
  jobs.flatMap(({ prefix, order }) => {
    if (order === undefined) return [];
    const [, whose = ""] = order.split(" ");
    const resource = containers.find(({ status }) => status?.id === whose);
    const what = `${order} isn't answered${toldOf(resource?.status)}`;
    return [{ about: `orders of ${prefix}`, what, names: [resource?.metadata.name ?? whose] }];
  });

/** What isn't as it is wanted. Pure. */
export function wrong(wanted: readonly Wanted[], containers: readonly ContainerVM[]): Complaint[] {
  const there = new Map(
    containers.map((each) => {
      const isDockers = each.metadata.labels?.["vic.dev/origin"] === "docker";
      return [(isDockers ? each.status?.id : undefined) ?? each.metadata.name, each] as const;
    }),
  );
  const found = wanted.flatMap(({ key, by, state, starts }): Complaint[] => {
    const { status, metadata } = there.get(key) ?? {};
    const [is, started] = [status?.state ?? "not there", status?.starts ?? 0];
    const isOff = by === "kubectl" && state === "Exited" && is === "Created";
    const isAsOften = by === "docker" ? started === starts : started <= starts;
    const isRight = (is === state || isOff) && isAsOften;
    const what = `${is}, started ${started}, not ${state}, started ${starts}${toldOf(status)}`;
    const names = [metadata?.name, status?.vsphere?.moRef].filter((name) => name !== undefined);
    return isRight ? [] : [{ about: key, what, names }];
  });
  const keys = new Set(wanted.map(({ key }) => key));
  const left = [...there].filter(([key]) => !keys.has(key));
  return [
    ...found,
    ...left.map(([about, { status, metadata }]) => ({
      about,
      what: `is left${toldOf(status)}`,
      names: [metadata.name],
    })),
  ];
}

/** The conditions of a container, with when they became so. */
const toldOf = (status: ContainerVM["status"]): string =>
  (status?.conditions ?? [])
    .map(({ type, status: is, reason, lastTransitionTime: since }) =>
      [`; ${type}`, is, reason, since].join(" "),
    )
    .join("");

/** What `vic check` finds. */
export const findings = async (client: KubeClient): Promise<Complaint[]> =>
  check(await observe(client)).map(({ severity, code, where, what }) => ({
    about: where,
    what: `${severity} ${code}: ${what}`,
    // Of an object its key, of a directory its own name.
    names: where.split(/[ "]+/).filter((word) => /\/|-/.test(word)),
  }));
