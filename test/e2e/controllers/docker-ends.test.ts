import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { OUTPUT_FINALIZER } from "../../../src/api/metadata.ts";
import { powerOffVm, shutdownGuest, unregisterVm } from "../../../src/vsphere/index.ts";
import type { Setting } from "./setting.ts";
import { startGatewaySetting, type StandInGateway } from "./stand-in-gateway.ts";

/** Ends of containers that the gateway made: restarted or removed as they say, and told to Docker. */
describe("a container of Docker's", () => {
  let setting: Setting;
  let gateway: StandInGateway;
  beforeAll(async () => {
    ({ setting, gateway } = await startGatewaySetting());
  });
  afterAll(() => setting.stop());

  test("ends with what it was told to, and tells Docker of its life in order", async () => {
    await gateway.create("told", ["sleep", "0.3"], { labels: { "com.example.x": "y" } });
    await gateway.request("told", 1, "Start");
    await gateway.served("told", 1, "Exited");
    await setting.tenant.delete("ContainerVM", "told");
    await setting.tenant.gone("ContainerVM", "told");
    await expect.poll(() => gateway.events("told")).toEqual(["create", "start", "die", "destroy"]);
  });

  describe("with a restart policy", () => {
    test("OnFailure is started again until its tries are used up", async () => {
      const restart = { policy: "OnFailure", maxRetries: 2 };
      await gateway.create("flaky", ["sh", "-c", "exit 3"], { restart });
      await gateway.request("flaky", 1, "Start");
      const { status } = await gateway.until(
        "flaky",
        ({ state, run }) => state === "Exited" && run === 3,
      );
      expect(status).toMatchObject({ restarts: 2, exit: { code: 3 } });
      await sleep(1000);
      expect((await setting.tenant.get("ContainerVM", "flaky")).status?.run).toBe(3);
    });

    test("Always runs on when the operator is another one, and not after a stop", async () => {
      await gateway.create("always", ["sh", "-c", "sleep 0.5; exit 0"], {
        restart: { policy: "Always" },
      });
      await gateway.request("always", 1, "Start");
      await gateway.until("always", ({ restarts = 0 }) => restarts >= 2);
      await setting.restartOperator();
      const { status } = await setting.tenant.get("ContainerVM", "always");
      const before = status?.run ?? 0;
      await gateway.until("always", ({ run = 0 }) => run >= before + 2);
      await gateway.request("always", 2, "Stop");
      await gateway.served("always", 2, "Exited");
      const stopped = (await setting.tenant.get("ContainerVM", "always")).status?.run;
      await sleep(1500);
      expect((await setting.tenant.get("ContainerVM", "always")).status?.run).toBe(stopped);
    });

    test("what an administrator powers off stays off", async () => {
      const { tenant, admin } = setting;
      await gateway.create("admin", ["sleep", "1000"], { restart: { policy: "Always" } });
      await gateway.request("admin", 1, "Start");
      const { status } = await gateway.until("admin", ({ state }) => state === "Running");
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
      await gateway.create("brief", ["true"], autoRemove);
      await lab.resetCalls();
      await gateway.request("brief", 1, "Start");
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
        await gateway.create("next", ["sh", "-c", "exit 2"], autoRemove);
        await gateway.request("next", 1, "Start");
        await tenant.gone("ContainerVM", "next");
      }
      const told = () => gateway.events("next");
      await expect.poll(async () => (await told()).length).toBe(8 * 4);
      expect((await told()).slice(-4)).toEqual(["create", "start", "die", "destroy"]);
    });

    test("waits for who reads its output, its exit code there to be read", async () => {
      const { tenant } = setting;
      const finalizers = [OUTPUT_FINALIZER];
      await gateway.create("read", ["sh", "-c", "exit 5"], autoRemove, { finalizers });
      await gateway.request("read", 1, "Start");
      const going = await tenant.until(
        "ContainerVM",
        "read",
        ({ metadata }) => metadata.deletionTimestamp !== undefined,
      );
      expect(going.status).toMatchObject({ state: "Exited", exit: { code: 5 } });
      await sleep(500);
      const { metadata } = await tenant.get("ContainerVM", "read");
      expect(metadata.finalizers).toContain(OUTPUT_FINALIZER);
      await gateway.patch("read", {
        metadata: { finalizers: metadata.finalizers?.filter((each) => each !== OUTPUT_FINALIZER) },
      });
      await tenant.gone("ContainerVM", "read");
    });

    test("goes too when it could not start, and when it was stopped; not when it never ran", async () => {
      const { tenant } = setting;
      await gateway.create("no-start", ["nonexistent"], autoRemove);
      await gateway.create("stopped", ["sleep", "1000"], autoRemove);
      await gateway.create("never", ["true"], autoRemove);
      await gateway.request("no-start", 1, "Start");
      await gateway.request("stopped", 1, "Start");
      await gateway.until("stopped", ({ state }) => state === "Running");
      await gateway.request("stopped", 2, "Stop", { timeoutSeconds: 1 });
      await tenant.gone("ContainerVM", "no-start");
      await tenant.gone("ContainerVM", "stopped");
      expect((await tenant.get("ContainerVM", "never")).status?.state).toBe("Created");
    });
  });

  test("that is deleted while it runs tells how it ended first", async () => {
    const { tenant } = setting;
    const finalizers = [OUTPUT_FINALIZER];
    await gateway.create("removed", ["sleep", "1000"], {}, { finalizers });
    await gateway.request("removed", 1, "Start");
    await gateway.until(
      "removed",
      ({ state, tools }) => state === "Running" && tools === "Running",
    );
    await tenant.delete("ContainerVM", "removed");
    const { metadata } = await gateway.until("removed", ({ exit }) => exit?.code === 143);
    const left = metadata.finalizers?.filter((each) => each !== OUTPUT_FINALIZER);
    await gateway.patch("removed", { metadata: { finalizers: left } });
    await tenant.gone("ContainerVM", "removed");
    await expect
      .poll(() => gateway.events("removed"))
      .toEqual(["create", "start", "die", "destroy"]);
  });

  test("that is killed and deleted at once, as by rm --force, doesn't wait for its stop", async () => {
    const { tenant } = setting;
    await gateway.create("forced", ["sleep", "1000"], { stopTimeoutSeconds: 600 });
    await gateway.request("forced", 1, "Start");
    await gateway.until("forced", ({ tools }) => tools === "Running");
    await gateway.request("forced", 2, "Kill");
    await tenant.delete("ContainerVM", "forced");
    await tenant.gone("ContainerVM", "forced");
  });

  test("whose VM vanished has died, and answers what it is asked then", async () => {
    const { admin } = setting;
    await gateway.create("gone", ["sleep", "1000"]);
    await gateway.request("gone", 1, "Start");
    const { status } = await gateway.until("gone", ({ state }) => state === "Running");
    const vm = admin.vm(status?.vsphere?.moRef);
    await admin.vsphere.tasks.run(powerOffVm(admin.vsphere, vm));
    await unregisterVm(admin.vsphere, vm);
    const gone = await gateway.until("gone", ({ state }) => state === "Gone");
    expect(gone.status).not.toHaveProperty("agent");
    await gateway.request("gone", 2, "Start");
    await gateway.served("gone", 2, "Gone");
    await expect.poll(() => gateway.events("gone")).toContain("die");
  });

  test("an administrator's shutdown of the guest is a stop, restart policy or not", async () => {
    const { admin } = setting;
    await gateway.create("shut", ["sleep", "1000"], { restart: { policy: "Always" } });
    await gateway.request("shut", 1, "Start");
    const { status } = await gateway.until("shut", ({ tools }) => tools === "Running");
    await shutdownGuest(admin.vsphere, admin.vm(status?.vsphere?.moRef));
    const down = await gateway.until("shut", ({ state }) => state === "Exited");
    expect(down.status).toMatchObject({ exit: { code: 143 }, stopRequested: true });
    await sleep(1000);
    expect((await setting.tenant.get("ContainerVM", "shut")).status?.run).toBe(1);
  });
});
