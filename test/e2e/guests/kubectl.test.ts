import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import type { VirtualContainerHost } from "../../../src/api/virtualcontainerhost.gen.ts";
import { parseMoref, readProperties, readVApp } from "../../../src/vsphere/index.ts";
import { Administrator } from "../administrator.ts";
import { untilSeen } from "../until-seen.ts";
import { Installation } from "./installation.ts";
import { expectNothingOf } from "./leftovers.ts";
import { Team } from "./team.ts";

/** A platform team and its users, who know nothing but kubectl. */
describe("with kubectl", () => {
  let installation: Installation;
  let administrator: Administrator;
  let team: Team;
  beforeAll(async () => {
    installation = await Installation.start();
    administrator = await Administrator.login(installation);
    team = new Team(installation, "team-w");
  });
  afterAll(async () => {
    await administrator?.close();
    await installation?.stop();
  });

  const started = async (namespace: string, vlan: number): Promise<Team> => {
    const one = new Team(installation, namespace);
    await one.apply(
      ...one.manifest(administrator, vlan),
      one.container("runs", ["sleep", "1000"]),
      one.container("ended", ["true"]),
    );
    await one.kubectl("wait", "cvm/runs", "--for=condition=Ready", "--timeout=120s");
    await one.exited("ended");
    return one;
  };

  /** What has to go with a team: its containers' directories, its machines' processes. */
  const belongings = async (one: Team) => {
    const ids = await one.kubectl("get", "cvm", "-o", "jsonpath={.items[*].status.id}");
    const names = await one.kubectl("get", "cvm", "-o", "jsonpath={.items[*].status.vsphere.name}");
    const mine = (await installation.vms()).filter(
      ({ name }) => name.startsWith(`${one.namespace}.`) || names.split(" ").includes(name),
    );
    const pids = mine.flatMap(({ pid }) => (pid ? [pid] : []));
    expect(pids.length).toBeGreaterThan(0);
    return { ids: ids.split(" "), pids };
  };

  test("everything that was applied at once, in the wrong order, becomes Ready", async () => {
    const manifest = team.manifest(administrator, 140);
    const [namespace = {}, ...others] = manifest;
    await team.apply(
      namespace,
      team.image("busybox", "library/busybox"),
      team.container("web", ["sleep", "1000"], { image: "library/busybox" }),
      ...others.toReversed(),
    );
    for (const each of ["vss/lab", "vols/volumes", "vch/host", "cimg/busybox", "cvm/web"])
      await team.kubectl("wait", each, "--for=condition=Ready", "--timeout=120s");
  });

  test("a container host is a vApp with its limits, a folder, and a port group with its VLAN", async () => {
    const host = await team.get<VirtualContainerHost>("vch", "host");
    const { vApp, folder, portGroup: bridge } = host.status?.vsphere ?? {};
    const ref = (text: string | undefined) => {
      const found = parseMoref(text ?? "");
      if (!found) throw new Error(`no reference: ${text}`);
      return found;
    };
    const { vsphere } = administrator;
    expect(await readVApp(vsphere, ref(vApp?.moRef))).toMatchObject({ cpu: { limit: 9000 } });
    expect(await readProperties(vsphere, ref(folder?.moRef), ["name"])).toEqual({
      name: "team-w.host",
    });
    const portGroup = await readProperties(vsphere, ref(bridge?.moRef), [
      "name",
      "config.defaultPortConfig",
    ]);
    expect(portGroup?.["name"]).toBe("team-w.host-bridge");
    expect(portGroup?.["config.defaultPortConfig"]).toMatchObject({
      vlan: { vlanId: 140 },
      securityPolicy: {
        allowPromiscuous: { value: false },
        macChanges: { value: false },
        forgedTransmits: { value: false },
      },
    });
  });

  test("get shows the columns that a person wants", async () => {
    // The host counts its containers a moment after they have changed.
    await vi.waitFor(seesTheColumns, { timeout: 30_000, interval: 500 });
  });

  async function seesTheColumns(): Promise<void> {
    const all = await installation.kubectl(["get", "vic", "-A"]);
    const line = (...words: RegExp[]) =>
      expect(all).toMatch(new RegExp(`^${words.map(({ source }) => source).join(" +")}`, "m"));
    line(/NAMESPACE/, /NAME/, /URL/, /VERSION/, /READY/, /REASON/, /AGE/);
    line(
      /team-w/,
      /vsphereserver.vic.dev\/lab/,
      /https:\S+/,
      /8\.0\.3/,
      /True/,
      /Available/,
      /\d+\w/,
    );
    line(/NAMESPACE/, /NAME/, /SERVER/, /DATASTORE/, /PATH/, /READY/, /REASON/, /AGE/);
    line(/team-w/, /volumestore.vic.dev\/volumes/, /lab/, /hdd-1/, /team-w\/volumes/, /True/);
    line(/NAMESPACE/, /NAME/, /SERVER/, /CONTAINERS/, /RUNNING/, /READY/, /REASON/, /AGE/);
    line(/team-w/, /virtualcontainerhost.vic.dev\/host/, /lab/, /1/, /1/, /True/, /Available/);
    line(/NAMESPACE/, /NAME/, /HOST/, /IMAGE/, /READY/, /REASON/, /AGE/);
    line(/team-w/, /containerimage.vic.dev\/busybox/, /host/, /library\/busybox/, /True/);
    line(/NAMESPACE/, /NAME/, /HOST/, /IMAGE/, /STATE/, /IP/, /EXIT/, /AGE/);
    line(/team-w/, /containervm.vic.dev\/web/, /host/, /library\/busybox/, /Running/, /172\.\S+/);
  }

  test("describe tells how a container ended, and what became of one that can't start", async () => {
    await team.apply(
      team.container("seven", ["sh", "-c", "exit 7"]),
      team.container("typo", ["slep", "1"]),
    );
    await team.exited("seven");
    await team.until("typo", "failed", ({ state }) => state === "Failed");
    expect(await team.kubectl("describe", "cvm", "seven")).toMatch(
      /Message: +The process ended with exit code 7$/m,
    );
    // Events come a moment later.
    await untilSeen(
      "its event",
      () => team.kubectl("describe", "cvm", "typo"),
      (said) => /Warning +EntrypointNotFound .*"slep"/.test(said),
    );
  });

  test("a tenant runs containers, and may not touch the host", async () => {
    const subjects = [{ kind: "User", name: "tenant", apiGroup: "rbac.authorization.k8s.io" }];
    const binding = (role: string) => ({
      apiVersion: "rbac.authorization.k8s.io/v1",
      kind: "RoleBinding",
      metadata: { namespace: "team-w", name: role },
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: role },
      subjects,
    });
    await installation.apply(binding("vic-view"), binding("vic-edit"));
    const as = (args: string[], input?: object) =>
      installation.kubectl(["-n", "team-w", ...args], input, "tenant");
    await as(["apply", "-f", "-"], team.container("mine", ["sh", "-c", "exit 4"]));
    await as(["wait", "cvm/mine", "--for=jsonpath={.status.exit.code}=4", "--timeout=120s"]);
    await expect(as(["delete", "vch", "host"])).rejects.toThrow(/cannot delete resource/);
    await expect(as(["get", "secrets"])).rejects.toThrow(/cannot list resource/);
    await as(["delete", "cvm", "mine", "--timeout=120s"]);
  });

  test.concurrent("containers first, then what they stood on: nothing is left", async () => {
    const one = await started("team-x", 141);
    const before = await belongings(one);
    for (const each of ["cvm --all", "cimg --all", "vch/host", "vols/volumes", "vss/lab"])
      await one.kubectl("delete", ...each.split(" "), "--timeout=120s");
    await one.kubectl("delete", "secret", "vcenter", "--timeout=120s");
    await expectNothingOf(installation, "team-x", before);
  });

  test.concurrent("from the bottom up, Secret and server first: nothing is left", async () => {
    const one = await started("team-y", 142);
    const before = await belongings(one);
    for (const each of [
      "secret/vcenter",
      "vss/lab",
      "vols/volumes",
      "vch/host",
      "cimg --all",
      "cvm --all",
    ])
      await one.kubectl("delete", ...each.split(" "), "--wait=false");
    for (const kind of ["cvm", "cimg", "vch", "vols", "vss", "secret"])
      await one.kubectl("wait", kind, "--all", "--for=delete", "--timeout=120s");
    await expectNothingOf(installation, "team-y", before);
  });

  test.concurrent("a namespace at once, with a container that starts: nothing is left", async () => {
    const one = await started("team-z", 143);
    const before = await belongings(one);
    await one.apply(one.container("late", ["sleep", "1000"]));
    await installation.kubectl(["delete", "namespace", "team-z", "--timeout=120s"]);
    await expectNothingOf(installation, "team-z", before);
  });
});
