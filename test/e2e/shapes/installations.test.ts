import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findCondition } from "../../../src/reconcile/conditions.ts";
import { type Setting, startSetting } from "../controllers/setting.ts";

/** Two clusters with an operator each, and one vCenter, on which both have a host of the same namespace and name. */
describe("two installations on one vCenter", () => {
  let one: Setting;
  let other: Setting;
  beforeAll(async () => {
    [one, other] = await Promise.all([startSetting(), startSetting()]);
    const { url, thumbprint, environment } = one.lab;
    const { LAB_USERNAME: username = "", LAB_PASSWORD: password = "" } = environment;
    await other.tenant.server("shared", { url, thumbprint }, { username, password });
    await one.tenant.host("host");
    await one.tenant.ready("VirtualContainerHost", "host");
  });
  afterAll(() => Promise.all([one, other].map((each) => each.stop())));

  const theirs = (path: string): object => ({
    serverRef: { name: "shared" },
    imageStore: { datastore: "ssd-1", path },
    networks: {
      bridge: { switch: "DVS-East", vlan: other.tenant.vlan + 1 },
      management: { portGroup: "VM Network" },
    },
  });

  test("a path has one owner, and nothing is made for the other", async () => {
    const before = await one.lab.tree();
    await other.tenant.host("host", theirs("team-a"));
    const { status } = await other.tenant.reason("VirtualContainerHost", "host", "PathOwned");
    const mine = await one.tenant.get("VirtualContainerHost", "host");
    expect(findCondition(status?.conditions, "Ready")?.message).toContain(
      `VirtualContainerHost team-a/host of installation ${mine.status?.installation}`,
    );
    expect(await one.lab.tree()).toBe(before);
    await other.tenant.delete("VirtualContainerHost", "host");
    await other.tenant.gone("VirtualContainerHost", "host");
    await one.tenant.ready("VirtualContainerHost", "host");
  });

  test("both run containers, and one goes without touching the other", async () => {
    await other.tenant.host("host", theirs("other"));
    const host = await other.tenant.ready("VirtualContainerHost", "host");
    expect(host.status?.vsphere).toMatchObject({
      vApp: { name: expect.stringMatching(/^team-a\.host-[0-9a-f]{12}$/) as unknown },
      folder: { name: expect.stringMatching(/^team-a\.host-[0-9a-f]{12}$/) as unknown },
      portGroup: { name: expect.stringMatching(/^team-a\.host-bridge-[0-9a-f]{12}$/) as unknown },
    });
    for (const { tenant } of [one, other]) {
      await tenant.container("web", ["sleep", "1000"]);
      await tenant.reason("ContainerVM", "web", "Running");
    }
    await one.tenant.delete("VirtualContainerHost", "host");
    await one.tenant.gone("VirtualContainerHost", "host");
    const tree = await one.lab.tree();
    expect(tree).not.toMatch(/team-a\.host {2}\[/);
    expect(tree).toMatch(/team-a\.host-[0-9a-f]{12} {2}\[VirtualApp /);
    const web = await other.tenant.get("ContainerVM", "web");
    expect(web.status?.state).toBe("Running");
    await other.tenant.delete("VirtualContainerHost", "host");
    await other.tenant.gone("VirtualContainerHost", "host");
    expect(await one.lab.tree()).not.toContain("team-a.host");
  });
});
