import { NotFoundByNameError } from "../model/errors.ts";
import { cached } from "./lookup-cache.ts";
import type { MoRef } from "../wsdl/moref.ts";
import type { VSphere } from "../model/vsphere.ts";
import { choose, pathTo, readBelow } from "./traverse.ts";

/** A datacenter with the folders and parts that others are looked up in. */
export interface Datacenter {
  ref: MoRef<"Datacenter">;
  name: string;
  /** Names from the root folder down to it, as vSphere stores them: what a transfer names it by. */
  path: string;
  vmFolder: MoRef<"Folder">;
  hostFolder: MoRef<"Folder">;
  networkFolder: MoRef<"Folder">;
  datastoreFolder: MoRef<"Folder">;
}

const PARTS = ["name", "parent", "vmFolder", "hostFolder", "networkFolder", "datastoreFolder"];

/** The datacenter of that name or path, or the only one. Rejects with NotFoundByNameError (also if several exist and none is named). */
export function findDatacenter(vs: VSphere, name?: string): Promise<Datacenter> {
  return cached(vs, `datacenter/${name ?? ""}`, async () => {
    const folders = { type: "Folder", path: "childEntity" };
    const wanted = { Folder: ["name", "parent"], Datacenter: PARTS };
    const all = await readBelow(vs, vs.content.rootFolder, [folders], wanted);
    const datacenters = all.filter(({ ref }) => ref.type === "Datacenter");
    const paths = datacenters.map((each) => pathTo(each, all).join("/")).toSorted();
    const where = `the server, which has ${paths.join(", ") || "none"}`;
    if (name === undefined && datacenters.length !== 1)
      throw new NotFoundByNameError("datacenter", "", where);
    const found =
      name === undefined ? datacenters[0]! : choose("datacenter", name, datacenters, all, where);
    const path = pathTo(found, all).join("/");
    return { ...found.props, ref: found.ref, path } as unknown as Datacenter;
  });
}
