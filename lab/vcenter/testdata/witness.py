"""Walks through the vCenter with VMware's own Python client.

Usage: witness.py HOST PORT USER PASSWORD. Exits 0 if all went as it must.
"""

import sys

from pyVim.connect import Disconnect, SmartConnect
from pyVim.task import WaitForTask
from pyVmomi import vim, vmodl

host, port, user, password = sys.argv[1:]


def refused(fault, call, *args, **kwargs):
    """Wants call, or the task that it starts, to end with the fault."""
    try:
        result = call(*args, **kwargs)
        if isinstance(result, vim.Task):
            WaitForTask(result)
    except fault:
        return
    raise AssertionError(f"{call} wasn't refused with {fault}")


def child(parent, name):
    return next(c for c in parent if c.name == name)


refused(vim.fault.InvalidLogin, SmartConnect, host=host, port=int(port), user=user, pwd="wrong", disableSslCertValidation=True)
si = SmartConnect(host=host, port=int(port), user=user, pwd=password, disableSslCertValidation=True)
content = si.RetrieveContent()
assert content.about.apiType == "VirtualCenter", content.about
assert si.CurrentTime().tzinfo is not None
assert content.sessionManager.currentSession.userName == user

dc = child(content.rootFolder.childEntity, "DC0")
cluster = child(dc.hostFolder.childEntity, "Compute-1")
assert cluster.configurationEx.drsConfig.enabled
assert [h.runtime.connectionState for h in cluster.host] == ["connected"] * len(cluster.host)
assert {d.name for d in dc.datastore} == {"ssd-1", "hdd-1"}
switch = child(dc.networkFolder.childEntity, "DVS-East")

# Port group: version checked, left-out fields kept, renamed.
spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name="bridge", type="ephemeral", description="ours")
spec.defaultPortConfig = vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(
    vlan=vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(vlanId=12, inherited=False)
)
pg_task = switch.CreateDVPortgroup_Task(spec)
WaitForTask(pg_task)
pg = pg_task.info.result
refused(vim.fault.DuplicateName, switch.AddDVPortgroup_Task, [spec])
change = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name="bridge-2", configVersion="stale")
refused(vim.fault.ConcurrentAccess, pg.ReconfigureDVPortgroup_Task, change)
change.configVersion = pg.config.configVersion
WaitForTask(pg.ReconfigureDVPortgroup_Task(change))
assert (pg.name, pg.config.description, pg.config.defaultPortConfig.vlan.vlanId) == ("bridge-2", "ours", 12)

# Folder and vApp.
folder = dc.vmFolder.CreateFolder("team.vch")
refused(vim.fault.DuplicateName, dc.vmFolder.CreateFolder, "team.vch")
allocation = vim.ResourceAllocationInfo(reservation=0, expandableReservation=True, limit=-1, shares=vim.SharesInfo(level="normal", shares=0))
resources = vim.ResourceConfigSpec(cpuAllocation=allocation, memoryAllocation=allocation)
app = cluster.resourcePool.CreateVApp("team.vch", resources, vim.vApp.VAppConfigSpec(annotation="marker"), folder)
assert app.vAppConfig.annotation == "marker" and app.parentFolder == folder
app.UpdateConfig(None, vim.ResourceConfigSpec(cpuAllocation=vim.ResourceAllocationInfo(limit=4000), memoryAllocation=vim.ResourceAllocationInfo()))
assert (app.config.cpuAllocation.limit, app.config.cpuAllocation.reservation, app.config.memoryAllocation.limit) == (4000, 0, -1)

# A base disk, and a VM whose disk is its child.
disks = content.virtualDiskManager
content.fileManager.MakeDirectory("[ssd-1] images/base", dc, True)
refused(vim.fault.FileAlreadyExists, content.fileManager.MakeDirectory, "[ssd-1] images/base", dc, False)
base = vim.VirtualDiskManager.FileBackedVirtualDiskSpec(diskType="thin", adapterType="lsiLogic", capacityKb=2048)
WaitForTask(disks.CreateVirtualDisk_Task("[ssd-1] images/base/base.vmdk", dc, base))
assert len(disks.QueryVirtualDiskUuid("[ssd-1] images/base/base.vmdk", dc)) > 30


def device_spec(device, operation="create"):
    change = vim.vm.device.VirtualDeviceSpec(operation="add", device=device)
    if operation:
        change.fileOperation = operation
    return change


def flat(name, parent=None):
    return vim.vm.device.VirtualDisk.FlatVer2BackingInfo(fileName=name, diskMode="persistent", parent=parent)


controller = vim.vm.device.ParaVirtualSCSIController(key=-1, busNumber=0, sharedBus="noSharing")
root = vim.vm.device.VirtualDisk(key=-2, controllerKey=-1, unitNumber=0, capacityInKB=0,
                                 backing=flat("[ssd-1] c1/c1.vmdk", flat("[ssd-1] images/base/base.vmdk")))
port_connection = vim.dvs.PortConnection(switchUuid=switch.uuid, portgroupKey=pg.key)
card = vim.vm.device.VirtualVmxnet3(key=-3, addressType="manual", macAddress="00:50:56:0a:0b:0c",
                                    backing=vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo(port=port_connection))
log = vim.vm.device.VirtualSerialPort(key=-4, yieldOnPoll=True, backing=vim.vm.device.VirtualSerialPort.FileBackingInfo(fileName="[ssd-1] c1/c1.log"))
guest_config = '{"version":1,"role":"container","id":"c1","hostname":"c1","networks":[{"name":"bridge","mac":"00:50:56:0a:0b:0c","address":"172.16.0.2/16"}],"process":{"args":["nginx"]},"log":{"port":"ttyS0"}}'
vm_spec = vim.vm.ConfigSpec(
    name="c1", numCPUs=1, memoryMB=512, instanceUuid="11111111-2222-5333-8444-555555555555", uuid="11111111-2222-5333-8444-666666666666",
    files=vim.vm.FileInfo(vmPathName="[ssd-1] c1/c1.vmx"),
    deviceChange=[device_spec(controller, None), device_spec(root), device_spec(card, None), device_spec(log, None)],
    extraConfig=[vim.option.OptionValue(key="guestinfo.vic.config", value=guest_config), vim.option.OptionValue(key="guestinfo.vic.report", value="{}")],
)
create = app.CreateChildVM_Task(vm_spec)
WaitForTask(create)
vm = create.info.result
refused(vim.fault.DuplicateName, app.CreateChildVM_Task, vm_spec)
assert vm.parent is None and vm.parentVApp == app and vm.resourcePool == app and list(app.vm) == [vm]
disk = next(d for d in vm.config.hardware.device if isinstance(d, vim.vm.device.VirtualDisk))
assert disk.capacityInKB == 2048 and disk.backing.parent.fileName == "[ssd-1] images/base/base.vmdk"
assert content.searchIndex.FindByUuid(dc, vm_spec.instanceUuid, True, True) == vm
assert content.searchIndex.FindByUuid(None, vm_spec.uuid, True) == vm
assert content.searchIndex.FindByDatastorePath(dc, "[ssd-1] c1/c1.vmx") == vm
assert [f.type for f in vm.layoutEx.file].count("diskDescriptor") == 2

# Watch it start, report and stop.
view = content.viewManager.CreateContainerView(app, [vim.VirtualMachine], True)
traversal = vmodl.query.PropertyCollector.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
collector = content.propertyCollector.CreatePropertyCollector()
collector.CreateFilter(
    vmodl.query.PropertyCollector.FilterSpec(
        propSet=[vmodl.query.PropertyCollector.PropertySpec(type=vim.VirtualMachine, pathSet=["runtime.powerState", "guest.ipAddress", "guest.toolsRunningStatus"])],
        objectSet=[vmodl.query.PropertyCollector.ObjectSpec(obj=view, skip=True, selectSet=[traversal])],
    ),
    False,
)
seen = {}
version = ""


def watch_until(done):
    global version
    options = vmodl.query.PropertyCollector.WaitOptions(maxWaitSeconds=20)
    while not done(seen):
        updates = collector.WaitForUpdatesEx(version, options)
        assert updates, seen
        version = updates.version
        for filter_set in updates.filterSet:
            for o in filter_set.objectSet:
                for p in o.changeSet:
                    seen[p.name] = p.val


WaitForTask(vm.PowerOnVM_Task())
watch_until(lambda s: s.get("guest.ipAddress") == "172.16.0.2" and s["runtime.powerState"] == "poweredOn" and s["guest.toolsRunningStatus"] == "guestToolsRunning")
assert vm.guest.net[0].ipAddress[0] == "172.16.0.2" and vm.guest.hostName == "c1"
refused(vim.fault.InvalidPowerState, vm.PowerOnVM_Task)
refused(vim.fault.InvalidPowerState, vm.Destroy_Task)
refused(vim.fault.FileLocked, content.fileManager.DeleteDatastoreFile_Task, "[ssd-1] c1", dc)
refused(vim.fault.FileLocked, disks.DeleteVirtualDisk_Task, "[ssd-1] images/base/base.vmdk", dc)
refused(vim.fault.ResourceInUse, pg.Destroy_Task)
vm.ShutdownGuest()
watch_until(lambda s: s["runtime.powerState"] == "poweredOff")
report = next(o.value for o in vm.config.extraConfig if o.key == "guestinfo.vic.report")
assert '"exitCode":143' in report, report
refused(vim.fault.InvalidPowerState, vm.ShutdownGuest)

# Files.
search = vim.host.DatastoreBrowser.SearchSpec(matchPattern=["*.log"], details=vim.host.DatastoreBrowser.FileInfo.Details(fileSize=True, fileType=True, modification=True))
found = child(dc.datastore, "ssd-1").browser.SearchDatastore_Task("[ssd-1] c1", search)
WaitForTask(found)
assert [f.path for f in found.info.result.file] == ["c1.log"], found.info.result
refused(vim.fault.FileNotFound, child(dc.datastore, "ssd-1").browser.SearchDatastore_Task, "[ssd-1] nowhere")

# Custom fields, events, moves.
field = content.customFieldsManager.AddCustomFieldDef("vic.owner", vim.Folder)
content.customFieldsManager.SetField(folder, field.key, "marker")
assert folder.customValue[0].value == "marker"
kinds = {type(e).__name__ for e in content.eventManager.QueryEvents(vim.event.EventFilterSpec(entity=vim.event.EventFilterSpec.ByEntity(entity=vm, recursion="self")))}
assert {"vim.event.VmCreatedEvent", "vim.event.VmPoweredOnEvent", "vim.event.VmPoweredOffEvent"} <= kinds, kinds
other = next(h for h in cluster.host if h != vm.runtime.host)
WaitForTask(vm.MigrateVM_Task(None, other, "defaultPriority"))
assert vm.runtime.host == other and vm in other.vm

# Unregister, register again, delete; the base goes with its last child.
vm.UnregisterVM()
refused(vmodl.fault.ManagedObjectNotFound, vm.PowerOnVM_Task)
registered = app.RegisterChildVM_Task("[ssd-1] c1/c1.vmx")
WaitForTask(registered)
vm = registered.info.result
assert vm.config.instanceUuid == vm_spec.instanceUuid and vm.parentVApp == app
WaitForTask(app.Destroy_Task())
refused(vim.fault.FileNotFound, disks.DeleteVirtualDisk_Task, "[ssd-1] images/base/base.vmdk", dc)
WaitForTask(pg.Destroy_Task())
WaitForTask(folder.Destroy_Task())
Disconnect(si)
print("ok")
