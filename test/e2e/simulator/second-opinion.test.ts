import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import Dockerode from "dockerode";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ContainerVM } from "../../../src/api/containervm.gen.ts";
import type { VirtualContainerHost } from "../../../src/api/virtualcontainerhost.gen.ts";
import type { KubeClient } from "../../../src/kube/client.ts";
import { createKubeClient } from "../../../src/kube/http-client.ts";
import { loadKubeconfig } from "../../../src/kube/kubeconfig.ts";
import { standInConsole } from "../controllers/console.ts";
import { untilSeen } from "../until-seen.ts";
import { Installation } from "../guests/installation.ts";
import { reasonOf, Team } from "../guests/team.ts";

// The whole product on govmomi's simulator of vCenter, which others wrote: what our model and our client have both got wrong
// shows here. docs/lab.md says what the simulator can't do.

let lab: Installation;
let team: Team;
let client: KubeClient;
let stopConsole: () => Promise<void>;
beforeAll(async () => {
  lab = await Installation.start("--vcenter", "simulator", "--guests", "simulated");
  team = new Team(lab, "team-a");
  client = createKubeClient(await loadKubeconfig(lab.environment["KUBECONFIG"] ?? ""), "simulator");
  const allow = {
    namespaces: ["team-a"],
    datastores: [{ name: "LocalDS_0", pathPrefix: "team-a" }],
    pools: ["DC0_C0", "DC0_C1"],
    networks: ["DC0_DVPG0", "DC0_DVPG1", "VM Network"],
  };
  const server = ["-n", "vic-system", "patch", "vss", "lab", "--type=merge", "-p"];
  await lab.kubectl([...server, JSON.stringify({ spec: { allow: [allow] } })]);
  // Workers have no agent here: their part is stood in for.
  stopConsole = standInConsole(client);
});
afterAll(async () => {
  await stopConsole?.();
  await client?.close();
  await lab?.stop();
});

const container = (name: string, ...command: string[]) =>
  team.apply(
    team.object("ContainerVM", name, { hostRef: { name: "team-a" }, image: "busybox", command }),
  );

const docker = async (): Promise<Dockerode> => {
  const { DOCKER_HOST = "", DOCKER_CERT_PATH = "" } = lab.environment;
  const { hostname: host, port } = new URL(DOCKER_HOST);
  const pem = (name: string) => readFile(path.join(DOCKER_CERT_PATH, `${name}.pem`), "utf8");
  const [ca, cert, key] = await Promise.all([pem("ca"), pem("cert"), pem("key")]);
  return new Dockerode({ protocol: "https", host, port: Number(port), ca, cert, key });
};

/** What of a host there is in the simulator's inventory. */
const ours = async (host: string): Promise<string[]> =>
  (await lab.tree()).split("\n").filter((line) => line.trim().startsWith(`team-a.${host}`));

test("the server is what it says", async () => {
  const { status } = JSON.parse(
    await lab.kubectl(["-n", "vic-system", "get", "vss", "lab", "-o", "json"]),
  ) as { status: object };
  expect(status).toMatchObject({
    apiType: "VirtualCenter",
    datacenter: "DC0",
    capabilities: { customAttributes: true, distributedSwitches: true, drs: true, vApps: true },
  });
});

test("a container runs, ends with 7, and its log is read from the datastore", async () => {
  await container("hello", "sh", "-c", "echo hi; exit 7");
  expect((await team.exited("hello")).exit).toMatchObject({ code: 7, reason: "Exited" });
  const log = await (await docker()).getContainer("hello").logs({ stdout: true });
  expect(log.toString()).toContain("hi\n");
});

test("one is stopped and started again, by kubectl and by docker", async () => {
  await container("web", "sleep", "1000");
  expect((await team.running("web")).networks?.[0]?.address).toBe("172.16.0.3");
  await team.patch("cvm", "web", { powerState: "Off" });
  // The simulator's ShutdownGuest cuts the power.
  expect((await team.exited("web")).exit).toMatchObject({ code: 137, reason: "PoweredOff" });
  await team.patch("cvm", "web", { powerState: "On" });
  await team.running("web", 2);
  const web = (await docker()).getContainer("web");
  await web.kill();
  await team.exited("web", 2);
  await web.start();
  await team.running("web", 3);
  await web.restart();
  await team.running("web", 4);
});

test("deleted containers leave neither VM nor directory", async () => {
  for (const name of ["hello", "web"]) {
    const { status } = await team.get<ContainerVM>("cvm", name);
    const { id = "", vsphere } = status ?? {};
    const home = path.join(lab.datastore("LocalDS_0"), id);
    expect(await lab.tree()).toContain(`[${vsphere?.moRef?.replace(":", " ")}]`);
    expect(existsSync(home)).toBe(true);
    await team.kubectl("delete", "cvm", name, "--wait=false");
    await team.gone("cvm", name);
    expect(await lab.tree()).not.toContain(id.slice(0, 12));
    expect(existsSync(home)).toBe(false);
  }
});

test("where there is DRS, a host becomes a vApp, and goes", async () => {
  const { spec } = await team.get<VirtualContainerHost>("vch", "team-a");
  await team.apply(
    team.object("VirtualContainerHost", "vapp", {
      serverRef: spec.serverRef,
      compute: { cluster: "DC0_C0" },
      imageStore: { datastore: "LocalDS_0", path: "team-a/vapp" },
      networks: { ...spec.networks, bridge: { portGroup: "DC0_DVPG1" } },
      deletionPolicy: "Delete",
    }),
  );
  await untilSeen(
    "vapp",
    () => team.get<VirtualContainerHost>("vch", "vapp"),
    (host) => reasonOf(host) === "Available",
  );
  expect(await ours("vapp")).toEqual([
    expect.stringMatching(/team-a\.vapp {2}\[VirtualApp /),
    expect.stringMatching(/team-a\.vapp {2}\[Folder /),
  ]);
  await team.kubectl("delete", "vch", "vapp", "--wait=false");
  await team.gone("vch", "vapp");
  expect(await ours("vapp")).toEqual([]);
});

test("the watch has never broken", async () => {
  expect(await lab.logOf("operator")).not.toContain("the property watch broke");
});

test("where all is lost, host and image are made again, and the container is told gone", async () => {
  await container("lost", "sleep", "1000");
  const { vsphere } = await team.running("lost");
  expect(await lab.tree()).toContain(`[${vsphere?.moRef?.replace(":", " ")}]`);
  // Its inventory and datastores end with the process.
  await lab.kill("vcenter");
  await team.until("lost", "gone", ({ state }) => state === "Gone");
  await untilSeen(
    "the host's places and keeper",
    () => ours("team-a"),
    (lines) => lines.length >= 2 && lines.some((line) => line.includes("-keeper")),
  );
  await team.kubectl("delete", "cvm", "lost", "--wait=false");
  await team.gone("cvm", "lost");
});

test("the last host gone, nothing is left", async () => {
  await team.kubectl("delete", "vch", "team-a", "--wait=false");
  await team.gone("vch", "team-a");
  await team.kubectl("delete", "volumestore", "default");
  expect(await lab.tree()).not.toMatch(/team-a|VirtualMachine/);
  expect(await readdir(lab.datastore("LocalDS_0"))).toEqual([]);
});
