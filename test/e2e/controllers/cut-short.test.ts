import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import { ANNOTATIONS } from "../../../src/api/metadata.ts";
import { eventKind } from "../../../src/kube/core-kinds.ts";
import { type Setting, startSetting } from "./setting.ts";

/** A run that neither its process nor anybody's stop ended: a reset of its VM, or the failure of its host. */
describe("a run that was cut short", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting();
    await setting.tenant.host("host");
    await setting.tenant.ready("VirtualContainerHost", "host");
  });
  afterAll(() => setting?.stop());
  afterEach(() => setting.lab.order("POST", "/assume", { keepVolatileKeys: false }));

  const until = (name: string, is: (status: NonNullable<ContainerVM["status"]>) => boolean) =>
    setting.tenant.until("ContainerVM", name, ({ status }) => status !== undefined && is(status));
  const off = ({ vsphere }: NonNullable<ContainerVM["status"]>) =>
    vsphere?.powerState === "poweredOff";
  const runs = (name: string, run: number) =>
    until(name, (status) => status.state === "Running" && status.run === run);

  /** A running container; gives its VM's reference. */
  async function running(name: string, policy: "No" | "Always" | "OnFailure"): Promise<string> {
    await setting.tenant.container(name, ["sleep", "1000"], { restart: { policy } });
    const { status } = await runs(name, 1);
    return status?.vsphere?.moRef?.replace("VirtualMachine:", "") ?? "";
  }
  const reset = (vm: string): Promise<void> => setting.admin.reset(`VirtualMachine:${vm}`);
  const fail = (vm: string) => setting.lab.order("POST", `/vms/${vm}/fail`);
  const powerOf = async (vm: string) =>
    (await setting.lab.vms()).find(({ moref }) => moref === vm)?.power;

  async function dockerEvents(name: string): Promise<string[]> {
    const { items } = await setting.tenant.client.list(eventKind, { namespace: "team-a" });
    return items
      .filter(({ regarding }) => regarding?.name === name)
      .toSorted((a, b) => (a.eventTime ?? "").localeCompare(b.eventTime ?? ""))
      .map(({ metadata }) => metadata?.annotations?.[ANNOTATIONS.dockerEvent])
      .filter((text) => text !== undefined)
      .map((text) => (JSON.parse(text) as { action: string }).action);
  }

  test("by a reset: it ends with 137, and stays ended without a restart policy", async () => {
    const vm = await running("reset-no", "No");
    await reset(vm);
    const { status } = await until("reset-no", (now) => now.state === "Exited" && off(now));
    expect(status).toMatchObject({ run: 1, starts: 1, exit: { code: 137, reason: "Reset" } });
    await expect.poll(() => dockerEvents("reset-no")).toEqual(["create", "start", "die"]);
    expect(await powerOf(vm)).toBe("poweredOff");
  });

  test("by a reset, with a restart policy: it is started again, and that is counted", async () => {
    await reset(await running("reset-always", "OnFailure"));
    const { status } = await runs("reset-always", 2);
    expect(status).toMatchObject({ restarts: 1, starts: 2 });
    await expect
      .poll(() => dockerEvents("reset-always"))
      .toEqual(["create", "start", "die", "start"]);
  });

  test("while no operator looks: its process begins no second time, and the next operator goes by the policy", async () => {
    const [no, always, lost] = await Promise.all([
      running("alone-no", "No"),
      running("alone-always", "Always"),
      running("alone-lost", "Always"),
    ]);
    await setting.operator.stop();
    await Promise.all([reset(no), reset(always), fail(lost)]);
    for (const vm of [no, always, lost]) await expect.poll(() => powerOf(vm)).toBe("poweredOff");
    await setting.startOperator();
    const { status } = await until("alone-no", ({ state }) => state === "Exited");
    expect(status).toMatchObject({ run: 1, exit: { code: 137, reason: "Reset" } });
    for (const name of ["alone-always", "alone-lost"])
      expect((await runs(name, 2)).status).toMatchObject({ restarts: 1 });
  });

  test("by its host's failure: it is told so, and only a restart policy starts it again", async () => {
    await fail(await running("lost-no", "No"));
    const { status } = await until("lost-no", ({ state }) => state === "Exited");
    expect(status?.exit).toMatchObject({ code: 137, reason: "HostFailed" });
    await fail(await running("lost-always", "Always"));
    expect((await runs("lost-always", 2)).status).toMatchObject({ restarts: 1, starts: 2 });
    expect((await setting.tenant.get("ContainerVM", "lost-no")).status?.run).toBe(1);
  });

  test("and begun again where the server keeps what guests had noted: it isn't taken for a reset", async () => {
    await setting.lab.order("POST", "/assume", { keepVolatileKeys: true });
    const vm = await running("kept", "No");
    const { client } = setting.tenant;
    const request = (seq: number, action: string) =>
      client.patch(
        KINDS.ContainerVM,
        { namespace: "team-a", name: "kept" },
        { type: "merge", patch: { spec: { request: { seq, action } } } },
      );
    await fail(vm);
    await until("kept", (now) => now.state === "Exited" && off(now));
    await request(1, "Start");
    await runs("kept", 2);
    await request(2, "Kill");
    const { status } = await until("kept", (now) => now.state === "Exited" && off(now));
    expect(status?.exit?.reason).toBe("Killed");
    await request(3, "Start");
    await runs("kept", 3);
  });
});
