import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { KINDS } from "../../../src/api/kinds.ts";
import { check } from "../../../src/check/check.ts";
import { observe } from "../../../src/check/observe.ts";
import { Tenant } from "../controllers/objects.ts";
import { type Setting, startSetting } from "../controllers/setting.ts";
import { TestVcenter } from "../vsphere/vcenter.ts";
import { type Team, writeOverlay } from "./overlay.ts";

const run = promisify(execFile);

/** `VIC_FLEET=50x40`: so many hosts, with so many containers each. */
const [hosts = 8, perHost = 8] = (process.env["VIC_FLEET"] ?? "8x8").split("x").map(Number);
const PATIENCE_MS = 120_000 + hosts * perHost * 300;

/** Many teams on two vCenters, declared by one overlay of kustomize, and one operator for all. */
describe(`a fleet of ${hosts} hosts with ${perHost} containers each`, () => {
  let setting: Setting;
  let other: TestVcenter;
  let directory: string;
  const teams: Team[] = Array.from({ length: hosts }, (_, index) => ({
    name: `team-${index}`,
    server: index % 2 === 0 ? "east" : "west",
    vlan: 100 + index,
  }));
  const tenantOf = ({ name }: Team) => new Tenant(setting.tenant.client, setting.lab, name);
  const kubectl = (...words: string[]) =>
    run("kubectl", ["--kubeconfig", setting.lab.kubeconfig, ...words], { maxBuffer: 1e9 });
  const states = async (): Promise<Record<string, number>> => {
    const { items } = await setting.tenant.client.list(KINDS.ContainerVM);
    const counts: Record<string, number> = {};
    for (const { status } of items) {
      const state = status?.state ?? "none";
      counts[state] = (counts[state] ?? 0) + 1;
    }
    return counts;
  };

  beforeAll(async () => {
    [setting, other] = await Promise.all([startSetting(), TestVcenter.start()]);
    const platform = new Tenant(setting.tenant.client, setting.lab, "platform");
    const namespaces = teams.map(({ name }) => name);
    const allow = [
      {
        namespaces,
        datastores: [{ name: "ssd-1", pathPrefix: "" }],
        pools: ["Compute-1"],
        networks: ["DVS-East", "VM Network"],
      },
    ];
    const { url, thumbprint } = other.login;
    await platform.server("east", { allow });
    await platform.server("west", { allow, url, thumbprint });
    directory = await mkdtemp(join(tmpdir(), "vic-fleet-"));
    await writeOverlay(directory, {
      teams,
      containersPerTeam: perHost,
      registry: setting.lab.registry,
    });
  });
  afterAll(async () => {
    other.goOn();
    await setting.stop();
    await other.stop();
    await rm(directory, { recursive: true, force: true });
  });

  test("runs after one apply, each container once; a second apply changes nothing", async () => {
    await kubectl("apply", "-k", directory);
    await expect
      .poll(states, { timeout: PATIENCE_MS, interval: 500 })
      .toEqual({ Running: hosts * perHost });
    // What nobody waits for, such as a keeper's disks, is done a moment later.
    await expect.poll(async () => check(await observe(setting.tenant.client))).toEqual([]);
    const { stdout } = await kubectl("apply", "-k", directory);
    expect(stdout.match(/ (created|configured)$/gm)).toBeNull();
  });

  test("goes on where one vCenter answers, while the other hangs; then what waited is done", async () => {
    const [east, west] = [tenantOf(teams[0]!), tenantOf(teams[1]!)];
    other.hang();
    await west.container("late", ["sleep", "100000"]);
    for (const name of ["first", "second", "third"]) {
      // oxlint-disable-next-line no-await-in-loop -- one after the other: none waits for what hangs
      await east.container(name, ["sleep", "100000"]);
      // oxlint-disable-next-line no-await-in-loop
      await east.reason("ContainerVM", name, "Running");
    }
    const { status } = await west.get("ContainerVM", "late");
    expect(status?.state).not.toBe("Running");
    other.goOn();
    await west.reason("ContainerVM", "late", "Running", PATIENCE_MS);
  });

  test("leaves nothing on either vCenter when the overlay is deleted", async () => {
    await kubectl("delete", "-k", directory, "--wait=false", "--ignore-not-found");
    const left = async () =>
      (await setting.tenant.client.list(KINDS.VirtualContainerHost)).items.length;
    await expect.poll(left, { timeout: PATIENCE_MS, interval: 500 }).toBe(0);
    for (const tree of [await setting.lab.tree(), await other.tree()])
      expect(tree).not.toContain("team-");
  });
});
