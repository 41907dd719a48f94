import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

/** A fleet as a platform team keeps it in git: one base, and an overlay of a few lines for each team. */
export interface Fleet {
  /** One namespace and host each. */
  readonly teams: readonly Team[];
  readonly containersPerTeam: number;
  /** Where `docker.io` is asked. */
  readonly registry: string;
}

export interface Team {
  readonly name: string;
  /** Name of a VSphereServer in `platform`. */
  readonly server: string;
  readonly vlan: number;
}

/** Writes the tree for `kubectl apply -k`; kustomize reads JSON as it reads YAML. */
export async function writeOverlay(directory: string, fleet: Fleet): Promise<void> {
  const put = async (folder: string, name: string, ...objects: object[]): Promise<void> => {
    await mkdir(join(directory, folder), { recursive: true });
    const text = objects.map((each) => JSON.stringify(each, null, 2)).join("\n---\n");
    await writeFile(join(directory, folder, name), text);
  };
  await put(".", "kustomization.yaml", {
    resources: fleet.teams.map(({ name }) => `teams/${name}`),
  });
  const numbers = Array.from({ length: fleet.containersPerTeam }, (_, index) => index + 1);
  await put("base", "host.yaml", host(fleet.registry));
  await put("base", "containers.yaml", ...numbers.map((each) => container(`c-${each}`)));
  await put("base", "kustomization.yaml", { resources: ["host.yaml", "containers.yaml"] });
  for (const team of fleet.teams) {
    const folder = `teams/${team.name}`;
    // oxlint-disable-next-line no-await-in-loop -- a few small files
    await put(folder, "namespace.yaml", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: team.name },
    });
    // oxlint-disable-next-line no-await-in-loop
    await put(folder, "kustomization.yaml", {
      namespace: team.name,
      resources: ["namespace.yaml", "../../base"],
      patches: [{ target: { kind: "VirtualContainerHost" }, patch: JSON.stringify(patchOf(team)) }],
    });
  }
}

const patchOf = ({ name, server, vlan }: Team): object[] => [
  { op: "replace", path: "/spec/serverRef/name", value: server },
  { op: "replace", path: "/spec/imageStore/path", value: name },
  { op: "replace", path: "/spec/networks/bridge/vlan", value: vlan },
];

const apiVersion = "vic.dev/v1alpha1";

const host = (registry: string): object => ({
  apiVersion,
  kind: "VirtualContainerHost",
  metadata: { name: "host" },
  spec: {
    serverRef: { name: "", namespace: "platform" },
    compute: { cluster: "Compute-1" },
    imageStore: { datastore: "ssd-1", path: "" },
    networks: { bridge: { switch: "DVS-East", vlan: 1 }, management: { portGroup: "VM Network" } },
    registries: { mirrors: [{ registry: "docker.io", endpoint: `http://${registry}` }] },
    containerDefaults: { cpus: 1, memoryMiB: 128 },
    deletionPolicy: "Delete",
  },
});

const container = (name: string): object => ({
  apiVersion,
  kind: "ContainerVM",
  metadata: { name },
  spec: { hostRef: { name: "host" }, image: "busybox", command: ["sleep", "100000"] },
});
