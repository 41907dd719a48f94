import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { isTrue } from "../../../src/reconcile/conditions.ts";
import { deleteMistakes, expectCalm, expectNoPassword, says } from "./mistakes.ts";
import { type Setting, startSetting } from "./setting.ts";

/** Each mistake in images and containers, and each failure below them, is a condition and an event; it is tried calmly, and heals by itself. */
describe("bad input", () => {
  let setting: Setting;
  const unpacking = { failing: "" };
  beforeAll(async () => {
    setting = await startSetting({
      answer: () =>
        unpacking.failing
          ? { result: "Failed", reason: unpacking.failing, message: "as the test says" }
          : { result: "Done" },
    });
    await setting.tenant.ready("VSphereServer", "lab");
  });
  afterAll(() => setting.stop());
  afterEach(() => deleteMistakes(setting));

  test("images that can't be had, and hosts that don't exist", async () => {
    const { tenant, lab } = setting;
    await tenant.container("homeless", ["true"], { hostRef: { name: "nowhere" } });
    await tenant.host("host");
    await tenant.ready("VirtualContainerHost", "host");
    const image = (name: string, reference: string) =>
      tenant.apply("ContainerImage", name, { hostRef: { name: "host" }, image: reference });
    await image("absent", "no-such-image");
    await image("foreign", "broken/platform");
    await image("down", "127.0.0.1:1/x");
    await says(tenant, "ContainerVM", "homeless", "HostNotFound");
    await says(tenant, "ContainerImage", "absent", "ImageNotFound");
    await says(tenant, "ContainerImage", "foreign", "UnsupportedImage");
    await says(tenant, "ContainerImage", "down", "RegistryUnreachable");
    await expectCalm(setting);
    await image(
      "untrusted",
      `localhost:${(lab.environment["LAB_REGISTRY_TLS"] ?? "").split(":")[1]}/busybox`,
    );
    await tenant.until(
      "ContainerImage",
      "untrusted",
      ({ status }) => status?.conditions !== undefined,
    );
    await tenant.container("c1", ["true"], { image: "no-such-image" });
    const waiting = await tenant.reason("ContainerVM", "c1", "ImageNotReady");
    expect(JSON.stringify(waiting.status?.conditions)).toContain("ImageNotFound");
  });

  test("a layer that can't be unpacked, until it can", async () => {
    const { tenant } = setting;
    await tenant.host("host");
    for (const reason of ["LayerCorrupt", "DiffIDMismatch", "PathEscapes"]) {
      unpacking.failing = reason;
      await tenant.apply("ContainerImage", "img", { hostRef: { name: "host" }, image: "busybox" });
      await says(tenant, "ContainerImage", "img", reason);
      await expectCalm(setting);
      await tenant.delete("ContainerImage", "img");
      await tenant.gone("ContainerImage", "img");
    }
    unpacking.failing = "UnpackFailed";
    await tenant.container("c1", ["true"]);
    const name = (await tenant.reason("ContainerVM", "c1", "ImageNotReady")).metadata.name;
    await sleep(2000);
    unpacking.failing = "";
    await tenant.until("ContainerVM", name, ({ status }) => status?.state === "Exited");
  });

  test("a worker that can't be made, until it can", async () => {
    const { tenant, lab } = setting;
    await tenant.host("host");
    await tenant.ready("VirtualContainerHost", "host");
    const fault = { fault: "NoDiskSpace", message: "datastore ssd-1 is full", inTask: true };
    await lab.order("POST", "/faults", { method: "CreateChildVM_Task", ...fault });
    await tenant.container("c1", ["true"]);
    const waiting = await tenant.until("ContainerVM", "c1", ({ status }) =>
      JSON.stringify(status?.conditions ?? []).includes("WorkerFailed"),
    );
    expect(JSON.stringify(waiting.status?.conditions)).toContain("ssd-1 is full");
    const image = waiting.status?.conditions?.find(({ type }) => type === "ImageReady")?.message;
    await says(tenant, "ContainerImage", /"(.*?)"/.exec(image ?? "")?.[1] ?? "", "WorkerFailed");
    await expectCalm(setting);
    const host = await tenant.until(
      "VirtualContainerHost",
      "host",
      ({ status }) => status?.worker?.state === "Failed",
    );
    expect(host.status?.worker?.reason).toBe("WorkerFailed");
    // The host itself serves on: containers whose image is there need no worker.
    expect(isTrue(host.status?.conditions, "Ready")).toBe(true);
    await lab.order("DELETE", "/faults");
    await tenant.until("ContainerVM", "c1", ({ status }) => status?.state === "Exited");
  });

  test("an unknown network", async () => {
    const { tenant } = setting;
    await tenant.host("host");
    await tenant.container("c1", ["true"], { networks: [{ name: "dmz" }] });
    expect(await says(tenant, "ContainerVM", "c1", "UnknownNetwork")).toContain("dmz");
    await expectCalm(setting);
  });

  test("the vCenter goes away and comes back; its sessions end", async () => {
    const { tenant, lab } = setting;
    await tenant.host("host");
    await tenant.container("c1", ["sleep", "1000"]);
    await tenant.reason("ContainerVM", "c1", "Running");
    const back = lab.order("POST", "/vcenter/restart", { downMs: 5000 });
    await tenant.reason("VSphereServer", "lab", "Unreachable");
    await back;
    await tenant.container("c2", ["true"]);
    await tenant.ready("VSphereServer", "lab");
    await tenant.until("ContainerVM", "c2", ({ status }) => status?.state === "Exited");
    await lab.order("POST", "/sessions/terminate", {});
    await tenant.container("c3", ["true"]);
    await tenant.until("ContainerVM", "c3", ({ status }) => status?.state === "Exited");
    await lab.kill("vcenter");
    await tenant.container("c4", ["true"]);
    await tenant.until("ContainerVM", "c4", ({ status }) => status?.state === "Exited");
  });

  test("no password was ever logged", () => expectNoPassword(setting));
});
