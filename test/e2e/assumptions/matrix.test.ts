import { once } from "node:events";
import { readdir } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Setting, startSetting } from "../controllers/setting.ts";
import { findCondition } from "../../../src/reconcile/conditions.ts";
import { findNetwork, readPortGroup, reconfigurePortGroup } from "../../../src/vsphere/index.ts";
import { Tenant } from "../controllers/objects.ts";
import { liveLate } from "./late.ts";
import { live, remove, runMany, runs } from "./life.ts";
import { POSITIONS } from "./positions.ts";

describe("a life with vCenter", () => {
  /** Stands for the console's serial port proxy: something that answers. */
  const proxy = createServer((socket) => socket.destroy());
  let setting: Setting;
  beforeAll(async () => {
    await once(proxy.listen(0, "127.0.0.1"), "listening");
    const { port } = proxy.address() as AddressInfo;
    setting = await startSetting({ serialAddress: `127.0.0.1:${port}`, silentMs: 5000 });
  });
  afterAll(async () => {
    await setting.stop();
    proxy.close();
  });

  test("as it is believed to be", () => live(setting, "as-believed"));

  const positions = POSITIONS.map((position, index) => ({
    ...position,
    index,
    title: position.what ?? Object.keys(position.assume).join(", "),
  }));
  test.each(positions)(
    "the other way round: $title",
    async ({ assume, interrupt, stopCode, index }) => {
      const { lab } = setting;
      if (Object.keys(assume).length > 0) await lab.order("POST", "/assume", assume);
      // Whoever watches begins anew.
      await lab.order("POST", "/sessions/terminate");
      try {
        await live(setting, `otherwise-${index}`, { interrupt, stopCode });
      } finally {
        await lab.order("DELETE", "/assume");
      }
    },
  );

  test("a port group that is the administrator's and doesn't grow is told of, and the container runs once it has room", async () => {
    const { lab, admin } = setting;
    const tenant = new Tenant(setting.tenant.client, lab, "given");
    const networks = { bridge: { portGroup: "DMZ-110" }, management: { portGroup: "VM Network" } };
    await lab.order("POST", "/assume", { fixedPorts: true });
    try {
      await tenant.server();
      await tenant.host("host", { networks });
      await runMany(tenant, 8);
      await tenant.container("late", ["sleep", "1000"]);
      const { status } = await tenant.reason("ContainerVM", "late", "PortsExhausted");
      expect(findCondition(status?.conditions, "Ready")?.message).toMatch(/"DMZ-110".*more ports/);
      const { ref } = await findNetwork(admin.vsphere, admin.datacenter, "DMZ-110");
      const group = await readPortGroup(admin.vsphere, ref);
      const change = { configVersion: group?.configVersion ?? "", numPorts: 16 };
      await admin.vsphere.tasks.run(reconfigurePortGroup(admin.vsphere, ref, change));
      await runs(tenant, "late");
      await remove(setting, tenant);
    } finally {
      await lab.order("DELETE", "/assume");
    }
  });

  test("where all news come very late, and tasks are queued for long", async () => {
    try {
      await liveLate(setting, "late");
    } finally {
      await setting.lab.order("DELETE", "/assume");
    }
  });

  test("every switch of the lab was put", async () => {
    const switches = Object.keys((await setting.lab.order("GET", "/assume")) as object);
    const put = new Set(POSITIONS.flatMap(({ assume }) => Object.keys(assume)));
    expect(switches.filter((name) => !put.has(name))).toEqual([]);
  });

  test("nothing is left of all that", async () => {
    const { lab } = setting;
    expect(await lab.vms()).toEqual([]);
    const files = await readdir(lab.datastore("ssd-1"));
    expect(files.filter((name) => !name.startsWith("."))).toEqual([]);
  });
});
