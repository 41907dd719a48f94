import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { findCondition } from "../../../src/reconcile/conditions.ts";
import { type Need, USUAL_NEEDS } from "../../../src/vsphere/permissions/privileges.ts";
import { Tenant } from "../controllers/objects.ts";
import { type Setting, startSetting } from "../controllers/setting.ts";
import { type Act, type Denial, live } from "./lives.ts";

/** Each privilege, the act that fails without it, and the object that the condition names. */
const WITHOUT: readonly (readonly [privilege: string, act: Act, object: RegExp])[] = [
  ["Global.ManageCustomFields", "host", /the vCenter \(root folder\)/],
  ["Global.SetCustomField", "host", /folder "vic-/],
  ["Folder.Create", "host", /folder "vm" \(\/DC0\/vm\)/],
  ["Folder.Rename", "host", /folder "vic-/],
  ["Folder.Delete", "leave", /folder "team-\d+\.host" \(\/DC0\/vm\/team-\d+\.host\)/],
  ["VApp.Create", "host", /resource pool "Resources" \(\/DC0\/host\/Compute-1\/Resources\)/],
  ["VApp.ResourceConfig", "limit", /vApp "team-\d+\.host"/],
  ["VApp.AssignVM", "run", /vApp "team-\d+\.host"/],
  ["VApp.Delete", "leave", /vApp "team-\d+\.host"/],
  ["VirtualMachine.Config.AddNewDisk", "run", /VM "team-\d+\.host-worker"/],
  ["VirtualMachine.Config.AdvancedConfig", "run", /vApp "team-\d+\.host"/],
  ["VirtualMachine.Config.RemoveDisk", "run", /VM "team-\d+\.host-worker"/],
  ["VirtualMachine.Interact.PowerOn", "run", /VM "team-\d+\.host-worker"/],
  ["VirtualMachine.Interact.PowerOff", "stop", /VM "web-/],
  ["VirtualMachine.Inventory.Create", "run", /vApp "team-\d+\.host"/],
  ["VirtualMachine.Inventory.Unregister", "remove", /VM "web-/],
  ["Datastore.AllocateSpace", "run", /datastore "ssd-1"/],
  ["Datastore.Browse", "host", /datastore "ssd-1"/],
  ["Datastore.FileManagement", "host", /datastore "ssd-1"/],
  ["DVPortgroup.Create", "host", /distributed switch "DVS-East" \(\/DC0\/network\/DVS-East\)/],
  ["DVPortgroup.Modify", "vlan", /port group "team-\d+\.host-bridge"/],
  ["DVPortgroup.Delete", "leave", /port group "team-\d+\.host-bridge"/],
  ["Network.Assign", "run", /network "VM Network"/],
];

/** Of an act, of which many go on at once. */
const TIMEOUT_MS = 400_000;

describe("an account that lacks a privilege", () => {
  let setting: Setting;
  const lives = new Map<string, Promise<Denial[]>>();
  let whole: Promise<Denial[]>;

  beforeAll(async () => {
    setting = await startSetting();
    // So that tasks that fail tell it too; what starts none (folders, vApps, limits) is refused at once all the same.
    await setting.lab.order("POST", "/assume", { deniedInTask: true });
    // Only the first host of a vCenter defines the attribute by which folders are marked.
    await new Promise<void>((denied) => lives.set(WITHOUT[0]![0], without(setting, 0, denied)));
    for (const [i, [privilege]] of WITHOUT.entries())
      if (i > 0) lives.set(privilege, without(setting, i));
    whole = live(setting.tenant, { vlan: 99, timeoutMs: TIMEOUT_MS });
    for (const each of [whole, ...lives.values()]) each.catch(() => undefined);
  });
  afterAll(() => setting.stop());

  test.each(WITHOUT)(
    "%s: %s fails, says why, and goes on when it is given",
    async (privilege, act, object) => {
      const [denial, ...more] = (await lives.get(privilege)) ?? [];
      expect(more).toEqual([]);
      expect(denial).toMatchObject({
        act,
        reason: expect.stringMatching(/^(PermissionDenied|WorkerFailed)$/),
      });
      expect(denial?.message).toMatch(/user lacks-\d+@vsphere\.local lacks /);
      expect(denial?.message).toMatch(object);
      expect(denial?.message).toContain("docs/privileges.md");
    },
  );

  test("every privilege of the usual role is among them", () => {
    const usual = USUAL_NEEDS.flatMap(({ privileges }) => privileges);
    expect(WITHOUT.map(([privilege]) => privilege).toSorted()).toEqual(
      [...new Set(usual)].toSorted(),
    );
  });

  test("the role is what was demanded: nothing is missing, nothing superfluous", async () => {
    await Promise.all([whole, ...lives.values()]);
    const users = ["vic@vsphere.local", ...WITHOUT.map((_, i) => accountOf(i).username)];
    const demanded = await Promise.all(users.map((user) => checkedOf(setting, user)));
    expect([...new Set(demanded.flat())].toSorted()).toEqual(
      [...new Set(USUAL_NEEDS.flatMap(rows))].toSorted(),
    );
  });
});

const accountOf = (i: number) => ({ username: `lacks-${i}@vsphere.local`, password: "secret" });

/** The life of a host whose account lacks a privilege until a condition, and its server's, have said so. */
async function without({ lab, tenant: { client } }: Setting, i: number, denied?: () => void) {
  const [privilege] = WITHOUT[i]!;
  const account = accountOf(i);
  const tenant = new Tenant(client, lab, `team-${i}`);
  await lab.order("POST", "/accounts", { ...account, without: [privilege] });
  await tenant.server("lab", {}, account);
  const privileged = (status: "True" | "False") =>
    tenant.until("VSphereServer", "lab", (server) => {
      const condition = findCondition(server.status?.conditions, "Privileged");
      const isNamed = condition?.message.includes(privilege) ?? false;
      return condition?.status === status && isNamed === (status === "False");
    });
  const giveBack = async (): Promise<void> => {
    await privileged("False");
    await lab.order("POST", "/accounts", account);
    denied?.();
  };
  const denials = await live(tenant, { vlan: 100 + i, privilege, giveBack, timeoutMs: TIMEOUT_MS });
  await privileged("True");
  return denials;
}

const rows = ({ method, type, privileges }: Omit<Need, "level" | "purpose">): string[] =>
  privileges.map((privilege) => `${method} ${type} ${privilege}`);

/** What vSphere calls demanded of a user, without what every role has. */
async function checkedOf({ lab }: Setting, user: string): Promise<string[]> {
  const answer = await lab.order("GET", `/privileges?user=${encodeURIComponent(user)}`);
  const { privileges } = answer as {
    privileges: readonly { method: string; type: string; privilege: string }[];
  };
  return privileges
    .filter(({ privilege }) => !privilege.startsWith("System."))
    .flatMap(({ method, type, privilege }) => rows({ method, type, privileges: [privilege] }));
}
