/**
 * What the account that we log in with must be allowed to do: for each call that we make, the privileges, and on what
 * vCenter checks them. docs/privileges.md and the lab's account follow from it; test/e2e/privileges compares it with what
 * was checked. Sources: VMware's type tables for the privileges of methods, the Web Services API reference for those that
 * depend on what is asked, its Programming Guide ("Privilege Requirements for HTTP Access") for files.
 */

/** Where in the inventory a role is given: on the object itself, and with it on what is below where it propagates. */
export type Level =
  | "root"
  | "datacenter"
  | "hostFolder"
  | "compute"
  | "vmFolder"
  | "datastore"
  | "networkFolder";

/** Privileges that vCenter demands of a call. */
export interface Need {
  /** Method, or `/folder` for files over HTTP. */
  readonly method: string;
  /** Type of the object on which they are checked. */
  readonly type: string;
  /** Where they are given. */
  readonly level: Level;
  readonly privileges: readonly string[];
  /** What people see that needs them. */
  readonly purpose: string;
}

/** Of container hosts that are vApps with a bridge on a distributed switch. */
export const USUAL_NEEDS: readonly Need[] = [
  need("AddCustomFieldDef", "Folder", "root", "mark folders as ours", "Global.ManageCustomFields"),
  need("SetField", "Folder", "vmFolder", "mark folders as ours", "Global.SetCustomField"),
  need("CreateFolder", "Folder", "vmFolder", "folders of container hosts", "Folder.Create"),
  need("Rename_Task", "Folder", "vmFolder", "folders of container hosts", "Folder.Rename"),
  need(
    "Destroy_Task",
    "Folder",
    "vmFolder",
    "folders and vApps of deleted container hosts",
    "Folder.Delete",
    "VApp.Delete",
  ),
  need(
    "Destroy_Task",
    "VirtualApp",
    "vmFolder",
    "folders and vApps of deleted container hosts",
    "VApp.Delete",
  ),

  need("CreateVApp", "ResourcePool", "compute", "vApps of container hosts", "VApp.Create"),
  need("UpdateConfig", "VirtualApp", "compute", "limits of container hosts", "VApp.ResourceConfig"),
  need(
    "UpdateConfig",
    "ResourcePool",
    "compute",
    "limits of container hosts",
    "VApp.ResourceConfig",
  ),
  need(
    "CreateChildVM_Task",
    "VirtualApp",
    "compute",
    "VMs of containers",
    "VApp.AssignVM",
    "VirtualMachine.Config.AddNewDisk",
    "VirtualMachine.Config.AdvancedConfig",
    "VirtualMachine.Inventory.Create",
  ),
  need(
    "ReconfigVM_Task",
    "VirtualMachine",
    "compute",
    "disks of images",
    "VirtualMachine.Config.AddNewDisk",
    "VirtualMachine.Config.RemoveDisk",
  ),
  need("PowerOnVM_Task", "VirtualMachine", "compute", "starts", "VirtualMachine.Interact.PowerOn"),
  need("ShutdownGuest", "VirtualMachine", "compute", "stops", "VirtualMachine.Interact.PowerOff"),
  need("PowerOffVM_Task", "VirtualMachine", "compute", "stops", "VirtualMachine.Interact.PowerOff"),
  need(
    "UnregisterVM",
    "VirtualMachine",
    "compute",
    "deletion of containers",
    "VirtualMachine.Inventory.Unregister",
  ),

  need(
    "CreateChildVM_Task",
    "Datastore",
    "datastore",
    "VMs of containers",
    "Datastore.AllocateSpace",
  ),
  need("ReconfigVM_Task", "Datastore", "datastore", "disks of images", "Datastore.AllocateSpace"),
  need(
    "MakeDirectory",
    "Datastore",
    "datastore",
    "directories of images and volumes",
    "Datastore.FileManagement",
  ),
  need(
    "DeleteDatastoreFile_Task",
    "Datastore",
    "datastore",
    "deletion of containers and images",
    "Datastore.FileManagement",
  ),
  need(
    "SearchDatastore_Task",
    "Datastore",
    "datastore",
    "directories of images and volumes",
    "Datastore.Browse",
  ),
  need(
    "/folder",
    "Datastore",
    "datastore",
    "logs, owner files, the guest's ISO",
    "Datastore.Browse",
    "Datastore.FileManagement",
  ),
  need(
    "/folder",
    "Datacenter",
    "datacenter",
    "logs, owner files, the guest's ISO",
    "Datastore.Browse",
    "Datastore.FileManagement",
  ),

  need(
    "CreateDVPortgroup_Task",
    "VmwareDistributedVirtualSwitch",
    "networkFolder",
    "bridge networks",
    "DVPortgroup.Create",
  ),
  need(
    "ReconfigureDVPortgroup_Task",
    "DistributedVirtualPortgroup",
    "networkFolder",
    "bridge networks",
    "DVPortgroup.Modify",
  ),
  need(
    "Destroy_Task",
    "DistributedVirtualPortgroup",
    "networkFolder",
    "bridge networks of deleted container hosts",
    "DVPortgroup.Delete",
  ),
  need(
    "Destroy_Task",
    "Folder",
    "networkFolder",
    "bridge networks of deleted container hosts",
    "DVPortgroup.Delete",
  ),
  need(
    "CreateChildVM_Task",
    "DistributedVirtualPortgroup",
    "networkFolder",
    "VMs of containers",
    "Network.Assign",
  ),
  need("CreateChildVM_Task", "Network", "networkFolder", "VMs of workers", "Network.Assign"),
];

const POOLS = "container hosts that are resource pools";
const STANDARD_SWITCHES = "bridges on standard switches";
const VSAN = "vSAN datastores";
const ADOPTION = "taking over what another installation left";

/** Of datastores on which directories at the top are objects. */
export const OBJECT_STORE_NEEDS: readonly Need[] = [
  need("DeleteVirtualDisk_Task", "Datastore", "datastore", VSAN, "Datastore.FileManagement"),
  need("SearchDatastoreSubFolders_Task", "Datastore", "datastore", VSAN, "Datastore.Browse"),
  need("CreateDirectory", "Datastore", "datastore", VSAN, "Datastore.Config"),
  need("DeleteDirectory", "Datastore", "datastore", VSAN, "Datastore.Config"),
];

/** Of other shapes, and of what is rare: who hasn't that may leave them out. */
export const OTHER_NEEDS: readonly Need[] = [
  need("CreateResourcePool", "ResourcePool", "compute", POOLS, "Resource.CreatePool"),
  need("UpdateConfig", "ResourcePool", "compute", POOLS, "Resource.EditPool"),
  need("Rename_Task", "ResourcePool", "compute", POOLS, "Resource.RenamePool"),
  need("Destroy_Task", "ResourcePool", "compute", POOLS, "Resource.DeletePool"),
  need("SetField", "ResourcePool", "compute", POOLS, "Global.SetCustomField"),
  need("CreateVM_Task", "ResourcePool", "compute", POOLS, "Resource.AssignVMToPool"),
  need(
    "CreateVM_Task",
    "Folder",
    "vmFolder",
    POOLS,
    "VirtualMachine.Config.AddNewDisk",
    "VirtualMachine.Config.AdvancedConfig",
    "VirtualMachine.Inventory.Create",
  ),
  need("AddPortGroup", "HostSystem", "compute", STANDARD_SWITCHES, "Host.Config.Network"),
  need("UpdatePortGroup", "HostSystem", "compute", STANDARD_SWITCHES, "Host.Config.Network"),
  need("RemovePortGroup", "HostSystem", "compute", STANDARD_SWITCHES, "Host.Config.Network"),
  // Of its annotation (VAppConfigSpec reference).
  need("UpdateVAppConfig", "VirtualApp", "compute", ADOPTION, "VApp.Rename"),
  need(
    "ReconfigVM_Task",
    "VirtualMachine",
    "compute",
    ADOPTION,
    "VirtualMachine.Config.AdvancedConfig",
  ),
];

/** All of them. System.View, System.Read and System.Anonymous aren't listed: every role has them. */
export const NEEDS: readonly Need[] = [...USUAL_NEEDS, ...OBJECT_STORE_NEEDS, ...OTHER_NEEDS];

function need(
  method: string,
  type: string,
  level: Level,
  purpose: string,
  ...privileges: readonly string[]
): Need {
  return { method, type, level, privileges, purpose };
}

/** A role, and where the account gets it. */
export interface Role {
  readonly level: Level;
  /** `ReadOnly` is vCenter's own. */
  readonly name: string;
  readonly propagate: boolean;
  /** Sorted. */
  readonly privileges: readonly string[];
}

const PLACES: readonly (readonly [level: Level, name: string, propagate: boolean])[] = [
  ["root", "vic-vcenter", false],
  ["datacenter", "vic-datacenter", false],
  ["hostFolder", "ReadOnly", true],
  ["compute", "vic-compute", true],
  ["vmFolder", "vic-folder", true],
  ["datastore", "vic-datastore", false],
  ["networkFolder", "vic-network", true],
];

/** The roles that the account needs, exactly. */
export const ROLES: readonly Role[] = PLACES.map(([level, name, propagate]) => ({
  level,
  name,
  propagate,
  privileges: privilegesAt(level, NEEDS),
}));

/** The privileges that are given on a level, sorted. */
export function privilegesAt(level: Level, needs: readonly Need[]): string[] {
  const all = needs.filter((each) => each.level === level).flatMap((each) => each.privileges);
  return [...new Set(all)].toSorted();
}
