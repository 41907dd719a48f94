import type { VSphere } from "../model/vsphere.ts";
import { isDrsEnabled } from "./compute.ts";
import type { Datacenter } from "./datacenter.ts";
import { allSwitches } from "./lookup.ts";
import { readBelow } from "./traverse.ts";

/** What a server can do, in one datacenter. */
export interface Capabilities {
  /** At least one cluster has DRS switched on. */
  drs: boolean;
  /** vApps can be made: in clusters with DRS, and on hosts that are in none. Only vCenter has them. */
  vApps: boolean;
  /** There is a distributed switch. */
  distributedSwitches: boolean;
  /** Inventory folders can be made: only vCenter has them. */
  folders: boolean;
  /** Objects can bear custom attributes: only vCenter has them. */
  customAttributes: boolean;
}

/** Finds out what a datacenter's server can do. */
export async function readCapabilities(vs: VSphere, datacenter: Datacenter): Promise<Capabilities> {
  const folders = { type: "Folder", path: "childEntity" };
  const computes = await readBelow(vs, datacenter.hostFolder, [folders], {
    ComputeResource: ["name"],
    ClusterComputeResource: ["name", "configurationEx"],
  });
  const isCluster = ({ ref }: (typeof computes)[number]) => ref.type === "ClusterComputeResource";
  const drs = computes.some(({ props }) => isDrsEnabled(props["configurationEx"]));
  const isVCenter = vs.about.apiType === "VirtualCenter";
  return {
    drs,
    vApps: isVCenter && (drs || !computes.every(isCluster)),
    distributedSwitches: isVCenter && (await allSwitches(vs, datacenter)).length > 0,
    folders: isVCenter,
    customAttributes: vs.content.customFieldsManager !== undefined,
  };
}
