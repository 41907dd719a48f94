import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { untilSeen } from "../until-seen.ts";
import type { Setting } from "./setting.ts";
import { startGatewaySetting, type StandInGateway } from "./stand-in-gateway.ts";

/** Containers as the gateway makes and drives them: what requests, names and git ask of them. */
describe("a container of Docker's", () => {
  let setting: Setting;
  let gateway: StandInGateway;
  beforeAll(async () => {
    ({ setting, gateway } = await startGatewaySetting());
  });
  afterAll(() => setting.stop());

  test("started at once, before its VM is there, costs two calls, and its agent is known", async () => {
    const { lab } = setting;
    await lab.resetCalls();
    await gateway.create("once", ["sleep", "1000"]);
    await gateway.request("once", 1, "Start");
    const { status } = await gateway.served("once", 1, "Running");
    expect(await lab.calls()).toEqual({ CreateChildVM_Task: 1, PowerOnVM_Task: 1 });
    expect(status?.agent).toMatchObject({ run: 1, hostKey: expect.stringContaining("ssh-") });
    expect(status?.imageId).toMatch(/^sha256:/);
  });

  test("that can't start has served the start when it says why", async () => {
    await gateway.create("broken", ["nonexistent-program"]);
    await gateway.until("broken", ({ state }) => state === "Created");
    await gateway.request("broken", 1, "Start");
    const { status } = await gateway.served("broken", 1, "Failed");
    expect(status?.exit?.message).toContain("nonexistent-program");
  });

  test("is stopped, started while it stops, killed and restarted, each once", async () => {
    await gateway.create("driven", ["sleep", "1000"]);
    await gateway.request("driven", 1, "Start");
    await gateway.until("driven", ({ state, tools }) => state === "Running" && tools === "Running");
    await gateway.request("driven", 2, "Stop");
    const stopped = await gateway.served("driven", 2, "Exited");
    expect(stopped.status).toMatchObject({ exit: { code: 143 }, stopRequested: true });
    await gateway.request("driven", 3, "Start");
    await gateway.until("driven", ({ request: seq, tools }) => seq === 3 && tools === "Running");
    await gateway.request("driven", 4, "Stop");
    await gateway.request("driven", 5, "Start");
    const again = await gateway.served("driven", 5, "Running");
    // Where the stop was seen before the start came there is a third run.
    expect([2, 3]).toContain(again.status?.run);
    expect(again.status).not.toHaveProperty("stopRequested");
    const run = again.status?.run ?? 0;
    await gateway.request("driven", 6, "Kill");
    expect((await gateway.served("driven", 6, "Exited")).status?.exit).toMatchObject({
      code: 137,
      reason: "Killed",
    });
    await gateway.request("driven", 7, "Restart");
    expect((await gateway.served("driven", 7, "Running")).status?.run).toBe(run + 1);
  });

  test("a start after a stop that has begun makes a new run", async () => {
    await gateway.create("turned", ["sleep", "1000"]);
    await gateway.request("turned", 1, "Start");
    await gateway.until("turned", ({ state, tools }) => state === "Running" && tools === "Running");
    const { lab } = setting;
    await lab.resetCalls();
    await lab.order("POST", "/delays", { method: "ShutdownGuest", delayMs: 1500 });
    await gateway.request("turned", 2, "Stop");
    await untilSeen(
      "the guest asked to stop",
      () => lab.calls(),
      ({ ShutdownGuest: asked = 0 }) => asked > 0,
    );
    await gateway.request("turned", 3, "Start");
    await gateway.until(
      "turned",
      ({ request: seq, run, state }) => seq === 3 && run === 2 && state === "Running",
    );
    await lab.order("DELETE", "/faults");
  });

  test("declared in git and stopped by Docker stays so when git is applied again, until git changes", async () => {
    const { tenant } = setting;
    // Server-side apply with a manager of its own, as Argo CD and Flux do it.
    const git = (powerState: string) => tenant.container("git", ["sleep", "1000"], { powerState });
    await git("On");
    await gateway.until("git", ({ state, tools }) => state === "Running" && tools === "Running");
    await gateway.request("git", 1, "Stop");
    await gateway.served("git", 1, "Exited");
    const { spec } = await git("On");
    expect(spec.request).toEqual({ seq: 1, action: "Stop" });
    await sleep(700);
    expect((await tenant.get("ContainerVM", "git")).status).toMatchObject({
      state: "Exited",
      run: 1,
      servedPowerState: "On",
    });
    await git("Off");
    await gateway.until("git", ({ servedPowerState }) => servedPowerState === "Off");
    await git("On");
    await gateway.until("git", ({ state, run }) => state === "Running" && run === 2);
  });

  test("that is renamed says so, whoever did it", async () => {
    await gateway.create("renamed", ["true"]);
    await gateway.until("renamed", ({ state }) => state === "Created");
    await gateway.patch("renamed", { spec: { name: "Other_1" } });
    await expect.poll(() => gateway.events("renamed")).toContain("rename");
  });

  test("that is renamed while no operator leads says so once, when one does", async () => {
    const renames = async () =>
      (await gateway.events("quietly")).filter((action) => action === "rename");
    await gateway.create("quietly", ["true"]);
    await gateway.until("quietly", ({ state }) => state === "Created");
    await setting.operator.stop();
    await gateway.patch("quietly", { spec: { name: "Other_2" } });
    await setting.startOperator();
    await gateway.until("quietly", ({ dockerName }) => dockerName === "Other_2");
    await expect.poll(renames).toEqual(["rename"]);
    await setting.restartOperator();
    await gateway.request("quietly", 1, "Start");
    await gateway.served("quietly", 1, "Exited");
    expect(await renames()).toEqual(["rename"]);
  });
});
