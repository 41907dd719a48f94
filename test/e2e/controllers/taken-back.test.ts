import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { untilSeen } from "../until-seen.ts";
import { type Setting, startSetting } from "./setting.ts";

/** A level that says On again before its guest has stopped for the Off (docs/decisions/0007-power-state-and-requests.md). */
describe("an Off that is taken back", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting();
    await setting.tenant.host("host");
    await setting.tenant.ready("VirtualContainerHost", "host");
  });
  afterAll(() => setting?.stop());

  const level = (name: string, powerState: string) =>
    setting.tenant.container(name, ["sleep", "1000"], { powerState });
  const untilAsked = () =>
    untilSeen(
      "the guest asked to stop",
      () => setting.lab.calls(),
      ({ ShutdownGuest: asked = 0 }) => asked > 0,
    );
  /** Its second run, which nobody in vSphere began. */
  async function runsAgain(name: string): Promise<void> {
    const { tenant } = setting;
    const { status } = await tenant.until(
      "ContainerVM",
      name,
      (now) => now.status?.state === "Running" && now.status.run === 2,
    );
    expect(status?.stopRequested).toBeUndefined();
    // The event of a power-on comes before that of the start.
    const story = await untilSeen(
      `the start of ${name}'s second run`,
      () => tenant.story("ContainerVM", name),
      (told) => told.includes("Started: The process started (run 2)"),
    );
    expect(story.join("\n")).not.toContain("PoweredOn");
    await tenant.delete("ContainerVM", name);
    await tenant.gone("ContainerVM", name);
  }

  test("powerState Off that is taken back while the guest stops: it ends, and runs again", async () => {
    const { tenant, lab } = setting;
    await level("taken-back", "On");
    await tenant.reason("ContainerVM", "taken-back", "Running");
    await lab.resetCalls();
    await lab.order("POST", "/delays", { method: "ShutdownGuest", delayMs: 1500 });
    await level("taken-back", "Off");
    await untilAsked();
    await level("taken-back", "On");
    await tenant.until("ContainerVM", "taken-back", ({ status }) => status?.run === 2);
    await lab.order("DELETE", "/faults");
    await runsAgain("taken-back");
  });

  test("powerState Off that is taken back while no operator runs: it runs again", async () => {
    const { tenant, lab } = setting;
    await level("unseen", "On");
    await tenant.until("ContainerVM", "unseen", ({ status }) => status?.tools === "Running");
    // The operator writes that it asks, and dies before it hears of the end.
    await lab.order("POST", "/assume", { lagMs: 20_000 });
    await level("unseen", "Off");
    await tenant.until("ContainerVM", "unseen", ({ status }) => status?.state === "Stopping");
    await setting.operator.stop();
    await level("unseen", "On");
    await lab.order("DELETE", "/assume");
    await setting.startOperator();
    await runsAgain("unseen");
  });

  test("powerState Off that is taken back, and no operator between the end of the run and the next one: it runs again", async () => {
    const { tenant, lab } = setting;
    await level("between", "On");
    await tenant.reason("ContainerVM", "between", "Running");
    await lab.order("POST", "/delays", { method: "ShutdownGuest", delayMs: 4000 });
    await lab.order("POST", "/faults", { method: "PowerOnVM_Task", fault: "SystemError" });
    await level("between", "Off");
    await tenant.until("ContainerVM", "between", ({ status }) => status?.state === "Stopping");
    await level("between", "On");
    await tenant.until("ContainerVM", "between", ({ status }) => status?.state === "Restarting");
    await setting.operator.stop();
    await lab.order("DELETE", "/faults");
    await setting.startOperator();
    await runsAgain("between");
  });

  test("powerState Off that vSphere refused to ask for, and that is taken back: the run goes on", async () => {
    const { tenant, lab } = setting;
    await level("refused", "On");
    await tenant.reason("ContainerVM", "refused", "Running");
    await tenant.until("ContainerVM", "refused", ({ status }) => status?.tools === "Running");
    await lab.resetCalls();
    await lab.order("POST", "/faults", { method: "ShutdownGuest", fault: "SystemError" });
    await level("refused", "Off");
    await tenant.until("ContainerVM", "refused", ({ status }) => status?.state === "Stopping");
    await untilAsked();
    await level("refused", "On");
    const { status } = await tenant.until(
      "ContainerVM",
      "refused",
      (now) => now.status?.state === "Running",
    );
    expect(status?.run).toBe(1);
    await lab.order("DELETE", "/faults");
    await tenant.delete("ContainerVM", "refused");
    await tenant.gone("ContainerVM", "refused");
  });

  test("a stop that was asked for and is served before its VM is off is no Off that was taken back", async () => {
    const { tenant, lab } = setting;
    const ask = (seq: number, action: string) =>
      tenant.container("asked", ["sleep", "1000"], { powerState: "On", request: { seq, action } });
    await tenant.container("asked", ["sleep", "1000"], { powerState: "On" });
    await tenant.until("ContainerVM", "asked", ({ status }) => status?.tools === "Running");
    await lab.order("POST", "/assume", { powerLagMs: 2000 });
    await ask(1, "Stop");
    await tenant.until(
      "ContainerVM",
      "asked",
      ({ status }) =>
        status?.request === 1 &&
        status.state === "Exited" &&
        status.vsphere?.powerState === "poweredOff",
    );
    await lab.order("DELETE", "/assume");
    await ask(2, "Start");
    const { status } = await tenant.until(
      "ContainerVM",
      "asked",
      (now) => now.status?.request === 2 && now.status.state === "Running",
    );
    expect(status).toMatchObject({ run: 2, starts: 2 });
    await tenant.delete("ContainerVM", "asked");
    await tenant.gone("ContainerVM", "asked");
  });
});
