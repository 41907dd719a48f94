import { KINDS } from "../api/kinds.ts";
import { readLogin } from "../api/vsphere-login.ts";
import type { VSphereServer } from "../api/vsphereserver.gen.ts";
import type { KubeClient } from "../kube/client.ts";
import { namespaceKind, type Secret } from "../kube/core-kinds.ts";
import { keyOf } from "../kube/object.ts";
import {
  connect,
  type Datacenter,
  findDatacenter,
  morefKey,
  type VSphere,
} from "../vsphere/index.ts";
import { observeResources } from "./observe-resources.ts";
import { observeSite } from "./observe-vsphere.ts";
import type { Observed, Site, Unseen } from "./observed.ts";

interface Reached {
  readonly vsphere: VSphere;
  readonly datacenter: Datacenter;
  readonly servers: string[];
}

/** Looks at all resources, and at every datacenter that a VSphereServer leads to. Changes nothing. Throws where the API server doesn't answer. */
export async function observe(client: KubeClient): Promise<Observed> {
  const { metadata } = await client.get(namespaceKind, { name: "kube-system" });
  const before = await observeResources(client);
  const unseen: Unseen[] = [];
  const reached = new Map<string, Reached>();
  const sites: Site[] = [];
  try {
    for (const server of before.servers) {
      const what = `${KINDS.VSphereServer.kind} ${keyOf(server)}`;
      try {
        await reach(server, before.secrets, reached);
      } catch (error) {
        unseen.push({ what, why: (error as Error).message });
      }
    }
    for (const { vsphere, datacenter, servers } of reached.values())
      try {
        sites.push(await observeSite(vsphere, datacenter, servers, (it) => unseen.push(it)));
      } catch (error) {
        unseen.push({ what: `VSphereServer ${servers.join(", ")}`, why: (error as Error).message });
      }
  } finally {
    await Promise.all([...reached.values()].map(({ vsphere }) => vsphere.close()));
  }
  const after = await observeResources(client);
  return {
    installation: metadata?.uid ?? "",
    nowMs: Date.now(),
    before,
    after,
    sites,
    unseen,
  };
}

/** Logs in to a server, unless another VSphereServer leads to the same datacenter. */
async function reach(
  server: VSphereServer,
  secrets: readonly Secret[],
  reached: Map<string, Reached>,
): Promise<void> {
  const { namespace } = server.metadata;
  const { name } = server.spec.credentialsSecretRef;
  const secret = secrets.find(
    (each) => each.metadata?.namespace === namespace && each.metadata.name === name,
  );
  const login = readLogin(server.spec, secret?.data);
  if ("reason" in login) throw new Error(login.message);
  const { caBundle, ...rest } = login;
  const vsphere = await connect({ ...rest, ...(caBundle === undefined ? {} : { ca: caBundle }) });
  try {
    const datacenter = await findDatacenter(vsphere, server.spec.datacenter);
    const site = `${vsphere.about.instanceUuid ?? login.url} ${morefKey(datacenter.ref)}`;
    const known = reached.get(site);
    if (known) {
      known.servers.push(keyOf(server));
      await vsphere.close();
    } else reached.set(site, { vsphere, datacenter, servers: [keyOf(server)] });
  } catch (error) {
    await vsphere.close();
    throw error;
  }
}
