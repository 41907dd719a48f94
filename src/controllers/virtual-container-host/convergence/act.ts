import { createReadStream } from "node:fs";
import { REASONS } from "../../../api/conditions.ts";
import { OWNER_ATTRIBUTE } from "../../../api/markers.ts";
import type { DatastorePath } from "../../../api/naming.ts";
import {
  addPortGroup,
  createFolder,
  createResourcePool,
  createVApp,
  defineAttribute,
  isFault,
  makeDirectory,
  parseDatastorePath,
  reconfigurePortGroup,
  renameEntity,
  setAttribute,
  updateAllocation,
  uploadFile,
} from "../../../vsphere/index.ts";
import { claimDirectory } from "../../directories/owner-file.ts";
import { realPath } from "../../directories/real-path.ts";
import type { Problem } from "../../reporting/problem.ts";
import type { PooledServer } from "../../servers/server-pool.ts";
import type { HostIdentity } from "./identity.ts";
import type { Iso } from "./iso.ts";
import type { Ground } from "./ground.ts";
import { setHostPortGroups } from "./host-port-groups.ts";
import type { Sight } from "./observe.ts";
import type { HostStep } from "./plan.ts";

/** A host, and where it is to stand. */
export interface Site {
  readonly server: PooledServer;
  readonly me: HostIdentity;
  /** Directories that other resources claim on its datastore. */
  readonly neighbours: readonly DatastorePath[];
  /** Whether a VM couldn't be made, perhaps because the bridge's port group has no free port. */
  readonly isShort: boolean;
}

/** Performs one step. Each is harmless to repeat. Returns the problem where a person has to do something. */
export async function act(
  step: HostStep,
  {
    server,
    me,
    ground,
    sight,
    iso,
    neighbours,
  }: Omit<Site, "isShort"> & { readonly ground: Ground; readonly sight: Sight; readonly iso: Iso },
): Promise<Problem | undefined> {
  const { vsphere, datacenter } = server;
  switch (step.do) {
    case "createFolder":
      await createFolder(vsphere, datacenter.vmFolder, me.names.unmarked);
      return undefined;
    case "mark":
      await setAttribute(
        vsphere,
        step.ref,
        await defineAttribute(vsphere, OWNER_ATTRIBUTE),
        me.marker,
      );
      return undefined;
    case "rename":
      return named(step.name, () => vsphere.tasks.run(renameEntity(vsphere, step.ref, step.name)));
    case "createVApp": {
      const folder = sight.observed.folder?.ref;
      if (!folder) return undefined;
      const { name, cpu, memory } = step;
      const options = { name, folder, annotation: me.marker, cpu, memory };
      return named(name, () => createVApp(vsphere, ground.pool, options));
    }
    case "createPool":
      return named(step.name, () => createResourcePool(vsphere, ground.pool, step));
    case "updateLimits":
      await updateAllocation(vsphere, step.ref, { cpu: step.cpu, memory: step.memory });
      return undefined;
    case "createPortGroup": {
      if (ground.bridge.kind !== "distributed") return undefined;
      const { ref } = ground.bridge;
      const options = { name: step.name, description: me.marker, vlan: step.vlan };
      return named(step.name, () => vsphere.tasks.run(addPortGroup(vsphere, ref, options)));
    }
    case "addHostPortGroups":
    case "setHostPortGroups":
      if (ground.bridge.kind !== "standard" || sight.bridge?.kind !== "standard") return undefined;
      await setHostPortGroups(vsphere, step, ground.bridge.switchName, sight.bridge.hosts);
      return undefined;
    case "setPortGroup": {
      const { configVersion, vlan } = step;
      const change = {
        configVersion,
        strict: true as const,
        ...(vlan === undefined ? {} : { vlan }),
      };
      await vsphere.tasks.run(reconfigurePortGroup(vsphere, step.ref, change));
      return undefined;
    }
    case "growPortGroup": {
      const { configVersion, numPorts } = step;
      await vsphere.tasks.run(reconfigurePortGroup(vsphere, step.ref, { configVersion, numPorts }));
      return undefined;
    }
    case "makeDirectories": {
      const taken = await claimDirectory(server, me.root, me.owner, neighbours);
      if (taken) return taken;
      await makeDirectory(vsphere, datacenter.ref, await realPath(server, me.paths.isoDirectory));
      await makeDirectory(vsphere, datacenter.ref, await realPath(server, me.paths.images));
      return undefined;
    }
    case "uploadIso": {
      const path = await realPath(server, `${me.paths.isoDirectory}/${iso.fileName}`);
      const where = parseDatastorePath(path);
      await uploadFile(
        vsphere,
        { datacenter: datacenter.path, ...where },
        createReadStream(iso.file),
        { size: iso.sizeBytes },
      );
      return undefined;
    }
  }
}

/** A name that somebody else took is a person's to sort out. */
async function named(name: string, make: () => Promise<unknown>): Promise<Problem | undefined> {
  try {
    await make();
    return undefined;
  } catch (error) {
    if (!isFault(error, "DuplicateName")) throw error;
    return {
      reason: REASONS.NameClash,
      message: `"${name}" exists in vSphere and isn't ours: rename it there, or give this VirtualContainerHost another name.`,
    };
  }
}
