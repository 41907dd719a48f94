import { isDeepStrictEqual } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { eventKind } from "../../../src/kube/core-kinds.ts";
import { quiet } from "./quiet.ts";
import { type Setting, startSetting } from "./setting.ts";

/** An operator that starts finds its resources as they are, and has nothing to say about them. */
describe("a start", () => {
  let setting: Setting;
  beforeAll(async () => {
    setting = await startSetting();
    const { tenant } = setting;
    await tenant.apply("VolumeStore", "fast", {
      serverRef: { name: "lab" },
      datastore: { name: "hdd-1", path: "team-a/volumes" },
    });
    await tenant.host("host", { volumeStores: [{ name: "default", ref: "fast" }] });
    await tenant.container("runs", ["sleep", "1000"]);
    await tenant.container("ended", ["sh", "-c", "exit 3"]);
    await tenant.container("waits", ["true"], { image: "no-such-image" });
    await tenant.reason("ContainerVM", "waits", "ImageNotReady");
    await tenant.until(
      "ContainerVM",
      "runs",
      ({ status }) => status?.state === "Running" && status.tools === "Running",
    );
    await tenant.reason("ContainerVM", "ended", "Exited");
    // Counts are written every 10 s at most: these are those of now, without what the ended one took.
    const usage = { containers: 3, running: 1, cpus: 1, memoryMiB: 128 };
    await tenant.until("VirtualContainerHost", "host", ({ status }) =>
      isDeepStrictEqual(status?.usage, usage),
    );
    await quiet(setting.lab);
  });
  afterAll(() => setting.stop());

  const warnings = async (): Promise<number> => {
    const { client, namespace } = setting.tenant;
    const { items } = await client.list(eventKind, { namespace });
    return items.filter(({ type }) => type === "Warning").length;
  };

  test("warns of nothing that only waits for the first connection", async () => {
    const { tenant } = setting;
    const told = [
      ...(await tenant.story("VolumeStore", "fast")),
      ...(await tenant.story("VirtualContainerHost", "host")),
    ];
    expect(told.filter((each) => each.startsWith("ServerNotReady"))).toEqual([]);
    expect(told.join()).toContain("Claimed: Claimed [hdd-1] team-a/volumes");
  });

  test("after another one writes no resource, and warns of nothing", async () => {
    const { lab, tenant } = setting;
    const before = { versions: await tenant.versions(), warnings: await warnings() };
    await setting.operator.stop();
    await lab.resetCalls();
    await setting.startOperator();
    await quiet(lab);
    expect({ versions: await tenant.versions(), warnings: await warnings() }).toEqual(before);
  });

  test("says that a server is away that went while no operator ran, and that it came back", async () => {
    const { tenant } = setting;
    await setting.operator.stop();
    await tenant.server("lab", { url: "https://127.0.0.1:1" });
    await setting.startOperator();
    await tenant.reason("VolumeStore", "fast", "ServerNotReady");
    await tenant.reason("VirtualContainerHost", "host", "ServerNotReady");
    await tenant.server();
    await tenant.ready("VolumeStore", "fast");
    await tenant.ready("VirtualContainerHost", "host");
  });
});
