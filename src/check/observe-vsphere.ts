import {
  EXTRA_CONFIG,
  OWNER_ATTRIBUTE,
  parseOwnerFile,
  parseVmMarker,
  VM_MARKER_KEYS,
} from "../api/markers.ts";
import { formatDatastorePath, OWNER_FILE } from "../api/naming.ts";
import {
  type Datacenter,
  type DatastoreEntry,
  type DatastoreInfo,
  listDirectory,
  listTree,
  morefKey,
  readDevices,
  readTextFile,
  surveyDatastores,
  surveyFolders,
  surveyHostPortGroups,
  surveyPools,
  surveyPortGroups,
  surveyVApps,
  surveyVms,
  type VSphere,
} from "../vsphere/index.ts";
import type {
  ObservedClaim,
  ObservedDatastore,
  ObservedDirectory,
  ObservedMachine,
  Site,
  Unseen,
} from "./observed.ts";
import { asSeen, seenNamesOf } from "./seen-names.ts";

/** Looks at a whole datacenter, and changes nothing. What of it can't be looked at is told to `unseen`. */
export async function observeSite(
  vsphere: VSphere,
  datacenter: Datacenter,
  servers: readonly string[],
  unseen: (it: Unseen) => void,
): Promise<Site> {
  const machines = await observeMachines(vsphere, datacenter);
  const datastores: ObservedDatastore[] = [];
  const names = new Map<string, ReadonlyMap<string, string>>();
  for (const datastore of await surveyDatastores(vsphere, datacenter)) {
    const what = `Datastore "${datastore.name}"`;
    if (!datastore.accessible) {
      unseen({ what, why: "It isn't accessible." });
      continue;
    }
    try {
      const root = formatDatastorePath({ datastore: datastore.name, path: "" });
      const atTop = (await listDirectory(vsphere, datastore.browser, root)) ?? [];
      if (datastore.objectStore) names.set(datastore.name, seenNamesOf(atTop));
      datastores.push(await observeDatastore(vsphere, datacenter, datastore, machines, atTop));
    } catch (error) {
      unseen({ what, why: (error as Error).message });
    }
  }
  const site: Site = {
    servers,
    machines,
    vApps: await surveyVApps(vsphere, datacenter),
    pools: await surveyPools(vsphere, datacenter, OWNER_ATTRIBUTE),
    folders: await surveyFolders(vsphere, datacenter, OWNER_ATTRIBUTE),
    portGroups: await surveyPortGroups(vsphere, datacenter),
    hostPortGroups: await surveyHostPortGroups(vsphere, datacenter),
    datastores,
  };
  return asSeen(site, names);
}

async function observeMachines(
  vsphere: VSphere,
  datacenter: Datacenter,
): Promise<ObservedMachine[]> {
  const vms = await surveyVms(vsphere, datacenter, VM_MARKER_KEYS);
  const marked = vms.filter(({ extraConfig }) => extraConfig[EXTRA_CONFIG.installation]);
  const devices = await readDevices(
    vsphere,
    marked.map(({ ref }) => ref),
  );
  return vms.map((vm) => ({
    ref: vm.ref,
    name: vm.name ?? vm.ref.value,
    instanceUuid: vm.instanceUuid,
    vApp: vm.parentVApp,
    path: vm.vmPathName,
    marker: parseVmMarker((key) => vm.extraConfig[key]),
    devices: devices.get(morefKey(vm.ref)),
  }));
}

async function observeDatastore(
  vsphere: VSphere,
  datacenter: Datacenter,
  { name, browser }: DatastoreInfo,
  machines: readonly ObservedMachine[],
  atTop: readonly DatastoreEntry[],
): Promise<ObservedDatastore> {
  const root = formatDatastorePath({ datastore: name, path: "" });
  const registered = new Set(machines.map(({ path = "" }) => path.slice(0, path.lastIndexOf("/"))));
  const read = (path: string): Promise<string | undefined> =>
    readTextFile(vsphere, { datacenter: datacenter.path, datastore: name, path });
  const directories: ObservedDirectory[] = [];
  for (const entry of atTop) {
    const seen = entry.friendlyName ?? entry.name;
    const isOurs = entry.isDirectory && /^[0-9a-f]{64}$/.test(seen);
    if (!isOurs || registered.has(formatDatastorePath({ datastore: name, path: entry.name })))
      continue;
    // A file that is too large, or vanishes, says nothing.
    const text = await read(`${entry.name}/${seen}.vmx`).catch(() => undefined);
    directories.push({ name: seen, installation: installationIn(text ?? "") });
  }
  const claims: ObservedClaim[] = [];
  for (const { name: file } of (await listTree(vsphere, browser, root, OWNER_FILE)) ?? []) {
    const path = file.split("/").slice(0, -1).join("/");
    const text = path === "" ? undefined : await read(file);
    if (text === undefined) continue;
    const place = formatDatastorePath({ datastore: name, path });
    const entries = (await listTree(vsphere, browser, place)) ?? [];
    claims.push({ path, owner: parseOwnerFile(text), entries });
  }
  return { name, directories, claims };
}

/** The installation that a VM's configuration file names. */
const installationIn = (vmx: string): string | undefined =>
  new RegExp(`^${EXTRA_CONFIG.installation.replace(".", "\\.")} = "([^"]+)"$`, "m").exec(vmx)?.[1];
