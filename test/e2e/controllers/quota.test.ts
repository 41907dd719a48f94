import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KINDS } from "../../../src/api/kinds.ts";
import { findCondition } from "../../../src/reconcile/conditions.ts";
import { type Setting, startSetting } from "./setting.ts";

describe("a quota", () => {
  let setting: Setting;
  const quota = (allowed: object | null) =>
    setting.tenant.client.patch(
      KINDS.VirtualContainerHost,
      { namespace: "team-a", name: "host" },
      { type: "merge", patch: { spec: { quota: allowed } } },
    );
  const change = (name: string, spec: object) =>
    setting.tenant.client.patch(
      KINDS.ContainerVM,
      { namespace: "team-a", name },
      { type: "merge", patch: { spec } },
    );
  const names = ["a", "b", "c", "d"];
  const states = async () => {
    const all = await Promise.all(names.map((name) => setting.tenant.get("ContainerVM", name)));
    return all.map(({ status }) => findCondition(status?.conditions, "Ready")?.reason ?? "");
  };
  const settled = async (ready: number, reason: string) => {
    await expect
      .poll(async () => (await states()).filter((each) => each === "Running").length)
      .toBe(ready);
    await expect
      .poll(async () => (await states()).filter((each) => each === reason).length)
      .toBe(names.length - ready);
  };

  beforeAll(async () => {
    setting = await startSetting();
    await setting.tenant.host("host", { quota: { containers: 3 } });
    await setting.tenant.ready("VirtualContainerHost", "host");
  });
  afterAll(() => setting.stop());

  test("of containers: those that come too late wait, and take the place of one that goes", async () => {
    await Promise.all(names.map((name) => setting.tenant.container(name, ["sleep", "1000"])));
    await settled(3, "QuotaExceeded");
    const refused = names[(await states()).indexOf("QuotaExceeded")]!;
    const { status } = await setting.tenant.get("ContainerVM", refused);
    const ready = findCondition(status?.conditions, "Ready");
    expect(ready?.message).toContain("spec.quota.containers");
    expect(findCondition(status?.conditions, "Stalled")?.status).toBe("True");
    expect(status?.vsphere?.moRef).toBeUndefined();
    const first = names.find((name) => name !== refused)!;
    await setting.tenant.delete("ContainerVM", first);
    await setting.tenant.reason("ContainerVM", refused, "Running");
    await quota(null);
    await setting.tenant.gone("ContainerVM", first);
    await setting.tenant.container(first, ["sleep", "1000"]);
    await settled(4, "QuotaExceeded");
  });

  test("of CPUs: who asked too late waits until another ends, and a quota that is lowered stops nobody", async () => {
    await quota({ cpus: 2 });
    const { status } = await setting.tenant.until(
      "VirtualContainerHost",
      "host",
      (host) => host.status?.observedGeneration === host.metadata.generation,
    );
    expect(status?.usage).toBeDefined();
    expect(await states()).toEqual(names.map(() => "Running"));
    await Promise.all(names.map((name) => change(name, { powerState: "Off" })));
    await settled(0, "Stopped");
    await Promise.all(names.map((name) => change(name, { powerState: "On" })));
    await settled(2, "QuotaExceeded");
    const running = names[(await states()).indexOf("Running")]!;
    await change(running, { powerState: "Off" });
    await expect.poll(states).toSatisfy((all: string[]) => {
      const count = (reason: string) => all.filter((each) => each === reason).length;
      return count("Running") === 2 && count("QuotaExceeded") === 1 && count("Stopped") === 1;
    });
  });

  test("that is raised lets those in who wait, also after the operator came anew", async () => {
    await setting.restartOperator();
    await quota({ cpus: 100 });
    const off = names[(await states()).indexOf("Stopped")]!;
    await change(off, { powerState: "On" });
    await settled(4, "QuotaExceeded");
  });
});
