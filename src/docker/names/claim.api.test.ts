import { pino } from "pino";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { DockerHosts } from "../../../test/gateway/running-gateway.ts";
import type { ContainerVM } from "../../api/containervm.gen.ts";
import { containerNameObjectName } from "../../api/identity.ts";
import { KINDS } from "../../api/kinds.ts";
import type { Tenant } from "../tenant.ts";
import { claimName, dropClaim, newHolder, releaseName } from "./claim.ts";

let hosts: DockerHosts;
let tenant: Tenant;
let name: string;

beforeAll(async () => {
  hosts = await DockerHosts.create();
  const { namespace, user: client } = hosts;
  const containers = { byName: () => undefined };
  const log = pino({ level: "silent" });
  tenant = { namespace, name: "host", client, containers, log } as unknown as Tenant;
});
afterAll(() => hosts.end());

let number = 0;
beforeEach(() => {
  name = `n${(number += 1)}`;
});

const ref = () => ({
  namespace: hosts.namespace,
  name: containerNameObjectName("host", name),
});
const holder = async () => (await hosts.user.get(KINDS.ContainerName, ref())).spec.holder;
/** As the operator's sweep, or a removal, takes it. */
const sweep = () => hosts.user.delete(KINDS.ContainerName, ref());
const container = (word: string): ContainerVM =>
  ({ metadata: { uid: "a-uid", annotations: { "vic.dev/name-holder": word } } }) as never;

test("of many who claim a name at once, one gets it", async () => {
  const words = Array.from({ length: 10 }, newHolder);
  const claims = await Promise.allSettled(words.map((word) => claimName(tenant, name, word)));
  const got = claims.flatMap((each) => (each.status === "fulfilled" ? [each.value] : []));
  expect(got.map(({ spec }) => spec.holder)).toEqual([await holder()]);
});

test("a claim that was swept while its container was being made isn't somebody else's to lose", async () => {
  const slow = await claimName(tenant, name, "slow");
  await sweep();
  await claimName(tenant, name, "quick");
  await dropClaim(tenant, slow);
  expect(await holder()).toBe("quick");
});

test("a container that is renamed gives back no name that was claimed anew since", async () => {
  await claimName(tenant, name, "first");
  await sweep();
  await claimName(tenant, name, "second");
  await releaseName(tenant, container("first"), name);
  expect(await holder()).toBe("second");
  await releaseName(tenant, container("second"), name);
  await expect(holder()).rejects.toMatchObject({ code: 404 });
  await releaseName(tenant, container("second"), name);
});
