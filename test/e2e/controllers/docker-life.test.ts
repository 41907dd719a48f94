import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { setTimeout as sleep } from "node:timers/promises";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import { KINDS } from "../../../src/api/kinds.ts";
import { ANNOTATIONS, OUTPUT_FINALIZER } from "../../../src/api/metadata.ts";
import { eventKind } from "../../../src/kube/core-kinds.ts";
import { powerOffVm, shutdownGuest, unregisterVm } from "../../../src/vsphere/index.ts";
import { type Setting, startSetting } from "./setting.ts";

/** Containers as the gateway makes and drives them: Off in the spec, started by requests. */
describe("a container of Docker's", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting({ serialAddress: "10.118.0.1:2378" });
    await setting.tenant.host("host");
    await setting.tenant.ready("VirtualContainerHost", "host");
    await setting.tenant.container("warm-up", ["true"]);
    await setting.tenant.reason("ContainerVM", "warm-up", "Completed", 60_000);
  });
  afterAll(() => setting.stop());

  const create = (name: string, command: string[], more: object = {}, metadata: object = {}) =>
    setting.tenant.apply(
      "ContainerVM",
      name,
      { hostRef: { name: "host" }, image: "busybox", command, powerState: "Off", ...more },
      metadata,
    );
  const patch = (name: string, change: object) =>
    setting.tenant.client.patch(
      KINDS.ContainerVM,
      { namespace: "team-a", name },
      { type: "merge", patch: change },
    );
  const request = (name: string, seq: number, action: string, more: object = {}) =>
    patch(name, { spec: { request: { seq, action, ...more } } });
  const until = (name: string, is: (status: NonNullable<ContainerVM["status"]>) => boolean) =>
    setting.tenant.until("ContainerVM", name, ({ status }) => status !== undefined && is(status));
  const served = (name: string, seq: number, state: string) =>
    until(name, (status) => status.request === seq && status.state === state);
  const running = (name: string) => until(name, ({ state }) => state === "Running");
  const dockerEvents = async (name: string): Promise<string[]> => {
    const labelSelector = "vic.dev/host=host";
    const { items } = await setting.tenant.client.list(eventKind, {
      namespace: "team-a",
      labelSelector,
    });
    return items
      .filter(({ regarding }) => regarding?.name === name)
      .toSorted((a, b) => (a.eventTime ?? "").localeCompare(b.eventTime ?? ""))
      .map(({ metadata }) => {
        const text = metadata?.annotations?.[ANNOTATIONS.dockerEvent] ?? "{}";
        return (JSON.parse(text) as { action: string }).action;
      });
  };

  test("started at once, before its VM is there, costs two calls, and its agent is known", async () => {
    const { lab } = setting;
    await lab.resetCalls();
    await create("once", ["sleep", "1000"]);
    await request("once", 1, "Start");
    const { status } = await served("once", 1, "Running");
    expect(await lab.calls()).toEqual({ CreateChildVM_Task: 1, PowerOnVM_Task: 1 });
    expect(status?.agent).toMatchObject({ run: 1, hostKey: expect.stringContaining("ssh-") });
    expect(status?.imageId).toMatch(/^sha256:/);
  });

  test("that can't start has served the start when it says why", async () => {
    await create("broken", ["nonexistent-program"]);
    await until("broken", ({ state }) => state === "Created");
    await request("broken", 1, "Start");
    const { status } = await served("broken", 1, "Failed");
    expect(status?.exit?.message).toContain("nonexistent-program");
  });

  test("is stopped, started while it stops, killed and restarted, each once", async () => {
    await create("driven", ["sleep", "1000"]);
    await request("driven", 1, "Start");
    await until("driven", ({ state, tools }) => state === "Running" && tools === "Running");
    await request("driven", 2, "Stop");
    const stopped = await served("driven", 2, "Exited");
    expect(stopped.status).toMatchObject({ exit: { code: 143 }, stopRequested: true });
    await request("driven", 3, "Start");
    await until("driven", ({ request: seq, tools }) => seq === 3 && tools === "Running");
    await request("driven", 4, "Stop");
    await request("driven", 5, "Start");
    const again = await served("driven", 5, "Running");
    // Where the stop was seen before the start came there is a third run.
    expect([2, 3]).toContain(again.status?.run);
    expect(again.status).not.toHaveProperty("stopRequested");
    const run = again.status?.run ?? 0;
    await request("driven", 6, "Kill");
    expect((await served("driven", 6, "Exited")).status?.exit).toMatchObject({
      code: 137,
      reason: "Killed",
    });
    await request("driven", 7, "Restart");
    expect((await served("driven", 7, "Running")).status?.run).toBe(run + 1);
  });

  test("a start after a stop that has begun makes a new run", async () => {
    await create("turned", ["sleep", "1000"]);
    await request("turned", 1, "Start");
    await until("turned", ({ state, tools }) => state === "Running" && tools === "Running");
    await setting.lab.order("POST", "/delays", { method: "ShutdownGuest", delayMs: 300 });
    await request("turned", 2, "Stop");
    await sleep(150);
    await request("turned", 3, "Start");
    await until(
      "turned",
      ({ request: seq, run, state }) => seq === 3 && run === 2 && state === "Running",
    );
    await setting.lab.order("DELETE", "/faults");
  });

  test("ends with what it was told to, and tells Docker of its life in order", async () => {
    await create("told", ["sleep", "0.3"], { labels: { "com.example.x": "y" } });
    await request("told", 1, "Start");
    await served("told", 1, "Exited");
    await setting.tenant.delete("ContainerVM", "told");
    await setting.tenant.gone("ContainerVM", "told");
    await expect.poll(() => dockerEvents("told")).toEqual(["create", "start", "die", "destroy"]);
  });

  describe("with a restart policy", () => {
    test("OnFailure is started again until its tries are used up", async () => {
      const restart = { policy: "OnFailure", maxRetries: 2 };
      await create("flaky", ["sh", "-c", "exit 3"], { restart });
      await request("flaky", 1, "Start");
      const { status } = await until("flaky", ({ state, run }) => state === "Exited" && run === 3);
      expect(status).toMatchObject({ restarts: 2, exit: { code: 3 } });
      await sleep(1000);
      expect((await setting.tenant.get("ContainerVM", "flaky")).status?.run).toBe(3);
    });

    test("Always runs on when the operator is another one, and not after a stop", async () => {
      await create("always", ["sh", "-c", "sleep 0.5; exit 0"], { restart: { policy: "Always" } });
      await request("always", 1, "Start");
      await until("always", ({ restarts = 0 }) => restarts >= 2);
      await setting.restartOperator();
      const { status } = await setting.tenant.get("ContainerVM", "always");
      const before = status?.run ?? 0;
      await until("always", ({ run = 0 }) => run >= before + 2);
      await request("always", 2, "Stop");
      await served("always", 2, "Exited");
      const stopped = (await setting.tenant.get("ContainerVM", "always")).status?.run;
      await sleep(1500);
      expect((await setting.tenant.get("ContainerVM", "always")).status?.run).toBe(stopped);
    });

    test("what an administrator powers off stays off", async () => {
      const { tenant, admin } = setting;
      await create("admin", ["sleep", "1000"], { restart: { policy: "Always" } });
      await request("admin", 1, "Start");
      const { status } = await running("admin");
      const vm = admin.vm(status?.vsphere?.moRef);
      await admin.vsphere.tasks.run(powerOffVm(admin.vsphere, vm));
      await tenant.reason("ContainerVM", "admin", "PoweredOff");
      await sleep(1000);
      expect((await tenant.get("ContainerVM", "admin")).status?.state).toBe("Exited");
    });
  });

  describe("that goes when it ends", () => {
    const autoRemove = { autoRemove: true };
    test("is gone, its VM and files too, for three calls or fewer", async () => {
      const { tenant, lab } = setting;
      await create("brief", ["true"], autoRemove);
      await lab.resetCalls();
      await request("brief", 1, "Start");
      await tenant.gone("ContainerVM", "brief");
      const { UnregisterVM, DeleteDatastoreFile_Task, ShutdownGuest, PowerOffVM_Task } =
        (await lab.calls()) as Record<string, number>;
      expect({ UnregisterVM, DeleteDatastoreFile_Task, ShutdownGuest, PowerOffVM_Task }).toEqual({
        UnregisterVM: 1,
        DeleteDatastoreFile_Task: 1,
      });
    });

    test("gives its name to the next at once, time and again", async () => {
      const { tenant } = setting;
      for (let times = 0; times < 8; times++) {
        await create("next", ["sh", "-c", "exit 2"], autoRemove);
        await request("next", 1, "Start");
        await tenant.gone("ContainerVM", "next");
      }
      const told = () => dockerEvents("next");
      await expect.poll(async () => (await told()).length).toBe(8 * 4);
      expect((await told()).slice(-4)).toEqual(["create", "start", "die", "destroy"]);
    });

    test("waits for who reads its output, its exit code there to be read", async () => {
      const { tenant } = setting;
      const finalizers = [OUTPUT_FINALIZER];
      await create("read", ["sh", "-c", "exit 5"], autoRemove, { finalizers });
      await request("read", 1, "Start");
      const going = await tenant.until(
        "ContainerVM",
        "read",
        ({ metadata }) => metadata.deletionTimestamp !== undefined,
      );
      expect(going.status).toMatchObject({ state: "Exited", exit: { code: 5 } });
      await sleep(500);
      const { metadata } = await tenant.get("ContainerVM", "read");
      expect(metadata.finalizers).toContain(OUTPUT_FINALIZER);
      await patch("read", {
        metadata: { finalizers: metadata.finalizers?.filter((each) => each !== OUTPUT_FINALIZER) },
      });
      await tenant.gone("ContainerVM", "read");
    });

    test("goes too when it could not start, and when it was stopped; not when it never ran", async () => {
      const { tenant } = setting;
      await create("no-start", ["nonexistent"], autoRemove);
      await create("stopped", ["sleep", "1000"], autoRemove);
      await create("never", ["true"], autoRemove);
      await request("no-start", 1, "Start");
      await request("stopped", 1, "Start");
      await running("stopped");
      await request("stopped", 2, "Stop", { timeoutSeconds: 1 });
      await tenant.gone("ContainerVM", "no-start");
      await tenant.gone("ContainerVM", "stopped");
      expect((await tenant.get("ContainerVM", "never")).status?.state).toBe("Created");
    });
  });

  test("that is deleted while it runs tells how it ended first", async () => {
    const { tenant } = setting;
    const finalizers = [OUTPUT_FINALIZER];
    await create("removed", ["sleep", "1000"], {}, { finalizers });
    await request("removed", 1, "Start");
    await until("removed", ({ state, tools }) => state === "Running" && tools === "Running");
    await tenant.delete("ContainerVM", "removed");
    const { metadata } = await until("removed", ({ exit }) => exit?.code === 143);
    const left = metadata.finalizers?.filter((each) => each !== OUTPUT_FINALIZER);
    await patch("removed", { metadata: { finalizers: left } });
    await tenant.gone("ContainerVM", "removed");
    await expect.poll(() => dockerEvents("removed")).toEqual(["create", "start", "die", "destroy"]);
  });

  test("that is killed and deleted at once, as by rm --force, doesn't wait for its stop", async () => {
    const { tenant } = setting;
    await create("forced", ["sleep", "1000"], { stopTimeoutSeconds: 600 });
    await request("forced", 1, "Start");
    await until("forced", ({ tools }) => tools === "Running");
    await request("forced", 2, "Kill");
    await tenant.delete("ContainerVM", "forced");
    await tenant.gone("ContainerVM", "forced");
  });

  test("whose VM vanished has died, and answers what it is asked then", async () => {
    const { admin } = setting;
    await create("gone", ["sleep", "1000"]);
    await request("gone", 1, "Start");
    const { status } = await until("gone", ({ state }) => state === "Running");
    const vm = admin.vm(status?.vsphere?.moRef);
    await admin.vsphere.tasks.run(powerOffVm(admin.vsphere, vm));
    await unregisterVm(admin.vsphere, vm);
    const gone = await until("gone", ({ state }) => state === "Gone");
    expect(gone.status).not.toHaveProperty("agent");
    await request("gone", 2, "Start");
    await served("gone", 2, "Gone");
    expect(await dockerEvents("gone")).toContain("die");
  });

  test("declared in git and stopped by Docker stays so when git is applied again, until git changes", async () => {
    const { tenant } = setting;
    // Server-side apply with a manager of its own, as Argo CD and Flux do it.
    const git = (powerState: string) => tenant.container("git", ["sleep", "1000"], { powerState });
    await git("On");
    await until("git", ({ state, tools }) => state === "Running" && tools === "Running");
    await request("git", 1, "Stop");
    await served("git", 1, "Exited");
    const { spec } = await git("On");
    expect(spec.request).toEqual({ seq: 1, action: "Stop" });
    await sleep(700);
    expect((await tenant.get("ContainerVM", "git")).status).toMatchObject({
      state: "Exited",
      run: 1,
      servedPowerState: "On",
    });
    await git("Off");
    await until("git", ({ servedPowerState }) => servedPowerState === "Off");
    await git("On");
    await until("git", ({ state, run }) => state === "Running" && run === 2);
  });

  test("that is renamed says so, whoever did it", async () => {
    await create("renamed", ["true"]);
    await until("renamed", ({ state }) => state === "Created");
    await patch("renamed", { spec: { name: "Other_1" } });
    await expect.poll(() => dockerEvents("renamed")).toContain("rename");
  });

  test("that is renamed while no operator leads says so once, when one does", async () => {
    const renames = async () =>
      (await dockerEvents("quietly")).filter((action) => action === "rename");
    await create("quietly", ["true"]);
    await until("quietly", ({ state }) => state === "Created");
    await setting.operator.stop();
    await patch("quietly", { spec: { name: "Other_2" } });
    await setting.startOperator();
    await until("quietly", ({ dockerName }) => dockerName === "Other_2");
    await expect.poll(renames).toEqual(["rename"]);
    await setting.restartOperator();
    await request("quietly", 1, "Start");
    await served("quietly", 1, "Exited");
    expect(await renames()).toEqual(["rename"]);
  });

  test("an administrator's shutdown of the guest is a stop, restart policy or not", async () => {
    const { admin } = setting;
    await create("shut", ["sleep", "1000"], { restart: { policy: "Always" } });
    await request("shut", 1, "Start");
    const { status } = await until("shut", ({ tools }) => tools === "Running");
    await shutdownGuest(admin.vsphere, admin.vm(status?.vsphere?.moRef));
    const down = await until("shut", ({ state }) => state === "Exited");
    expect(down.status).toMatchObject({ exit: { code: 143 }, stopRequested: true });
    await sleep(1000);
    expect((await setting.tenant.get("ContainerVM", "shut")).status?.run).toBe(1);
  });
});
