import { execFile } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import { KINDS } from "../../src/api/kinds.ts";
import { Tenant } from "../e2e/controllers/objects.ts";
import { TestVcenter } from "../e2e/vsphere/vcenter.ts";
import type { Figure } from "./figure.ts";
import type { BenchOptions } from "./section.ts";
import { equip, SimulatedLab } from "./simulated-lab.ts";
import { describeSpread, percentile95 } from "./statistics.ts";
import { timed } from "./timing.ts";

/** Starts of which the 95th percentile is taken. */
const STARTS = 40;
/** What the crowded tenant asks for at once. */
const CROWD = 1000;
/** Containers that wait for the vCenter that hangs. */
const WAITING = 20;

/** What a tenant notices of another that asks for much, and of a vCenter that isn't its own and hangs. */
export async function neighbours({ note }: BenchOptions): Promise<Figure[]> {
  await using stack = new AsyncDisposableStack();
  const setting = await SimulatedLab.start();
  stack.defer(() => setting.stop());
  const quiet = setting.tenant;
  const other = await TestVcenter.start();
  stack.defer(() => other.stop());
  const [crowded, elsewhere] = ["team-b", "team-c"].map(
    (name) => new Tenant(quiet.client, setting.lab, name),
  ) as [Tenant, Tenant];
  await equip(crowded);
  const { url, thumbprint, username, password } = other.login;
  await equip(elsewhere, { url, thumbprint }, { username, password });
  await startTimes(quiet, "warm", STARTS);
  note(`starting ${STARTS} containers, one after the other, alone`);
  const alone = await startTimes(quiet, "alone", STARTS);

  note("the same while another vCenter hangs");
  other.hang();
  await apply(elsewhere, "waits", WAITING);
  await sleep(1000); // so that their calls have begun
  const besideHung = await startTimes(quiet, "hung", STARTS);
  other.goOn();

  note(`the same while another tenant has asked for ${CROWD}`);
  const asked = apply(crowded, "crowd", CROWD);
  // oxlint-disable-next-line no-await-in-loop -- until they begin
  while ((await unstarted(crowded)) === CROWD) await sleep(100);
  const besideCrowd: number[] = [];
  for (let left = CROWD; left > 0;) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other, for as long as the crowd starts
    besideCrowd.push(...(await startTimes(quiet, `crowded-${besideCrowd.length}`, 1)));
    // oxlint-disable-next-line no-await-in-loop
    left = await unstarted(crowded);
  }
  await asked;
  return [
    {
      name: "a container's start while another vCenter hangs, p95, of what it takes otherwise",
      value: percentile95(besideHung) / percentile95(alone),
      unit: "×",
      atMost: 1.2,
      detail: `alone: ${describeSpread(alone, "ms")}\nbeside it: ${describeSpread(besideHung, "ms")}`,
    },
    {
      name: `what another tenant's ${CROWD} containers add to a container's start, p95`,
      value: percentile95(besideCrowd) - percentile95(alone),
      unit: "ms",
      atMost: 1000,
      detail: `beside them: ${describeSpread(besideCrowd, "ms")}`,
    },
  ];
}

async function unstarted({ client, namespace }: Tenant): Promise<number> {
  const { items } = await client.list(KINDS.ContainerVM, { namespace });
  return CROWD - items.filter(({ status }) => status?.state === "Running").length;
}

/** From asking the API server until the status says Running, one after the other. */
async function startTimes(tenant: Tenant, prefix: string, count: number): Promise<number[]> {
  const times: number[] = [];
  for (let index = 0; index < count; index++) {
    // oxlint-disable-next-line no-await-in-loop -- one after the other is the point
    times.push(await timed(() => start(tenant, `${prefix}-${index}`)));
  }
  return times;
}

async function start(tenant: Tenant, name: string): Promise<void> {
  const { client, namespace } = tenant;
  const { metadata } = await tenant.container(name, ["sleep", "100000"]);
  const signal = AbortSignal.timeout(300_000);
  const options = {
    namespace,
    fieldSelector: `metadata.name=${name}`,
    resourceVersion: metadata.resourceVersion,
    signal,
  };
  for await (const { object } of client.watch(KINDS.ContainerVM, options))
    if (object.status?.state === "Running") return;
  throw new Error(`${name} doesn't run`);
}

/** As people apply many at once. */
async function apply(tenant: Tenant, prefix: string, count: number): Promise<void> {
  const items = Array.from({ length: count }, (_, index) => ({
    apiVersion: KINDS.ContainerVM.apiVersion,
    kind: "ContainerVM",
    metadata: { name: `${prefix}-${index}`, namespace: tenant.namespace },
    spec: { hostRef: { name: "host" }, image: "busybox", command: ["sleep", "100000"] },
  }));
  const child = execFile("kubectl", ["--kubeconfig", tenant.lab.kubeconfig, "create", "-f", "-"]);
  const done = once(child, "exit");
  child.stdin?.end(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
  await done;
}
