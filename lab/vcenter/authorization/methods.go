package authorization

import (
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// static are the privileges that VMware's type tables name for a method, on the
// object called. Methods without any are those that every session may call; what
// they show is another matter, see Viewer.
var static = map[string][]string{
	"RetrieveServiceContent": nil, "CurrentTime": {"System.View"}, "Login": nil, "Logout": nil,
	"SessionIsActive": {"Sessions.ValidateSession"}, "TerminateSession": {"Sessions.TerminateSession"},

	"CreatePropertyCollector": nil, "DestroyPropertyCollector": nil, "CreateFilter": nil, "DestroyPropertyFilter": nil, "RetrievePropertiesEx": nil,
	"ContinueRetrievePropertiesEx": nil, "CancelRetrievePropertiesEx": nil, "RetrieveProperties": nil, "WaitForUpdatesEx": nil, "WaitForUpdates": nil,
	"CheckForUpdates": nil, "CancelWaitForUpdates": nil, "Fetch": nil,

	"DestroyView": {"System.View"}, "ModifyListView": nil, "ResetListView": nil,
	"ConvertNamespacePathToUuidPath": {"System.View"},
	"FindByUuid":                     {"System.View"}, "FindAllByUuid": {"System.View"}, "FindByInventoryPath": {"System.View"}, "FindByDatastorePath": {"System.View"},
	"FindChild": {"System.View"}, "FindByDnsName": {"System.View"}, "FindByIp": {"System.View"},
	"QueryEvents": {"System.View"}, "CreateCollectorForEvents": {"System.View"}, "ReadNextEvents": nil, "ReadPreviousEvents": nil,
	"SetCollectorPageSize": nil, "RewindCollector": nil, "ResetCollector": nil, "DestroyCollector": nil,

	"AddCustomFieldDef": {"Global.ManageCustomFields"}, "RemoveCustomFieldDef": {"Global.ManageCustomFields"}, "RenameCustomFieldDef": {"Global.ManageCustomFields"},
	"AddAuthorizationRole": {"Authorization.ModifyRoles"}, "UpdateAuthorizationRole": {"Authorization.ModifyRoles"}, "RemoveAuthorizationRole": {"Authorization.ModifyRoles"},
	"RetrieveRolePermissions": {"System.View"}, "RetrieveAllPermissions": {"System.View"},

	"CreateFolder": {"Folder.Create"}, "CreateResourcePool": {"Resource.CreatePool"}, "CreateVApp": {"VApp.Create"},
	"PowerOnVApp_Task": {"VApp.PowerOn"}, "PowerOffVApp_Task": {"VApp.PowerOff"}, "SuspendVApp_Task": {"VApp.Suspend"},
	"AddDVPortgroup_Task": {"DVPortgroup.Create"}, "CreateDVPortgroup_Task": {"DVPortgroup.Create"},

	"PowerOnVM_Task": {"VirtualMachine.Interact.PowerOn"}, "PowerOffVM_Task": {"VirtualMachine.Interact.PowerOff"}, "SuspendVM_Task": {"VirtualMachine.Interact.Suspend"},
	"ResetVM_Task": {"VirtualMachine.Interact.Reset"}, "ShutdownGuest": {"VirtualMachine.Interact.PowerOff"}, "RebootGuest": {"VirtualMachine.Interact.Reset"},
	"StandbyGuest": {"VirtualMachine.Interact.Suspend"}, "AnswerVM": {"VirtualMachine.Interact.AnswerQuestion"}, "UnregisterVM": {"VirtualMachine.Inventory.Unregister"},
	"CreateSnapshot_Task": {"VirtualMachine.State.CreateSnapshot"}, "RemoveAllSnapshots_Task": {"VirtualMachine.State.RemoveSnapshot"},
	"RevertToCurrentSnapshot_Task": {"VirtualMachine.State.RevertToSnapshot"}, "ConsolidateVMDisks_Task": {"VirtualMachine.State.RemoveSnapshot"},
	"RemoveSnapshot_Task": {"VirtualMachine.State.RemoveSnapshot"}, "RevertToSnapshot_Task": {"VirtualMachine.State.RevertToSnapshot"},
	"RenameSnapshot": {"VirtualMachine.State.RenameSnapshot"}, "MarkAsTemplate": {"VirtualMachine.Provisioning.MarkAsTemplate"},
	"DisconnectHost_Task": {"Host.Config.Connection"}, "ReconnectHost_Task": {"Host.Config.Connection"},
	"AddPortGroup": {"Host.Config.Network"}, "UpdatePortGroup": {"Host.Config.Network"}, "RemovePortGroup": {"Host.Config.Network"},
	"EnterMaintenanceMode_Task": {"Host.Config.Maintenance"}, "ExitMaintenanceMode_Task": {"Host.Config.Maintenance"},
	"UpdateProgress": {"Task.Update"},
}

func init() {
	rule(func(q *query, p *types.CreateContainerView) { q.on(p.Container, "System.View") })
	rule(func(q *query, p *types.SetField) { q.on(p.Entity, "Global.SetCustomField") })
	// Its type is no entity's alone; the reference: Global.SetCustomField on the entity.
	rule(func(q *query, _ *types.SetCustomValue) { q.on(q.this, "Global.SetCustomField") })
	rule(func(q *query, p *types.SetEntityPermissions) { q.on(p.Entity, "Authorization.ModifyPermissions") })
	rule(func(q *query, p *types.ResetEntityPermissions) { q.on(p.Entity, "Authorization.ModifyPermissions") })
	rule(func(q *query, p *types.RemoveEntityPermission) { q.on(p.Entity, "Authorization.ModifyPermissions") })
	rule(func(q *query, p *types.RetrieveEntityPermissions) { q.on(p.Entity, "System.Read") })
	rule(func(q *query, p *types.HasPrivilegeOnEntity) { q.on(p.Entity, "System.Read") })
	rule(func(q *query, p *types.HasPrivilegeOnEntities) { each(q, p.Entity, "System.Read") })
	rule(func(q *query, p *types.HasUserPrivilegeOnEntities) { each(q, p.Entities, "System.View") })
	rule(func(q *query, p *types.FetchUserPrivilegeOnEntities) { each(q, p.Entities, "System.View") })
	rule(func(q *query, p *types.CreateListView) { each(q, p.Obj, "System.View") })
	rule(cancelTask)
	rule(func(q *query, p *types.MarkAsVirtualMachine) {
		q.on(q.this, "VirtualMachine.Provisioning.MarkAsVM")
		q.on(p.Pool, "Resource.AssignVMToPool")
	})
	fileRules()
	placeRules()
	machineRules()
}

func each(q *query, refs []Ref, privilege string) {
	for _, ref := range refs {
		if inventory.EntityOf(q.Lookup(ref)) != nil {
			q.on(ref, privilege)
		}
	}
}

// cancelTask: who didn't start it needs Global.CancelTask on its entity
// (reference, Task.CancelTask).
func cancelTask(q *query, _ *types.CancelTask) {
	t, ok := q.Lookup(q.this).(*mo.Task)
	if !ok || t.Info.Entity == nil {
		return
	}
	if by, ok := t.Info.Reason.(*types.TaskReasonUser); ok && Principal(by.UserName) == q.user {
		return
	}
	q.on(*t.Info.Entity, "Global.CancelTask")
}

// fileRules: the reference at FileManager, VirtualDiskManager and
// HostDatastoreBrowser.
func fileRules() {
	const manage = "Datastore.FileManagement"
	file := func(q *query, dc *Ref, path string) {
		q.onIf(dc, "System.View")
		q.onDatastore(path, manage)
	}
	rule(func(q *query, p *types.MakeDirectory) { file(q, p.Datacenter, p.Name) })
	rule(func(q *query, p *types.DeleteDatastoreFile_Task) { file(q, p.Datacenter, p.Name) })
	rule(func(q *query, p *types.MoveDatastoreFile_Task) {
		file(q, p.SourceDatacenter, p.SourceName)
		file(q, p.DestinationDatacenter, p.DestinationName)
	})
	rule(func(q *query, p *types.CopyDatastoreFile_Task) {
		file(q, p.SourceDatacenter, p.SourceName)
		file(q, p.DestinationDatacenter, p.DestinationName)
	})
	rule(func(q *query, p *types.CreateVirtualDisk_Task) { file(q, p.Datacenter, p.Name) })
	rule(func(q *query, p *types.DeleteVirtualDisk_Task) { file(q, p.Datacenter, p.Name) })
	rule(func(q *query, p *types.QueryVirtualDiskUuid) { file(q, p.Datacenter, p.Name) })
	rule(func(q *query, p *types.CopyVirtualDisk_Task) {
		file(q, p.SourceDatacenter, p.SourceName)
		file(q, p.DestDatacenter, p.DestName)
	})
	// The reference demands Datastore.Config of who creates a top-level directory,
	// and says nothing of who deletes one.
	rule(func(q *query, p *types.CreateDirectory) { q.on(p.Datastore, "Datastore.Config") })
	rule(func(q *query, p *types.DeleteDirectory) {
		q.onIf(p.Datacenter, "System.View")
		for ds := range inventory.All[mo.Datastore](q) {
			if strings.HasPrefix("ds://"+strings.TrimPrefix(p.DatastorePath, "ds://"), ds.Summary.Url) {
				q.on(ds.Self, "Datastore.Config")
			}
		}
	})
	rule(func(q *query, p *types.SearchDatastore_Task) { q.onDatastore(p.DatastorePath, "Datastore.Browse") })
	rule(func(q *query, p *types.SearchDatastoreSubFolders_Task) {
		q.onDatastore(p.DatastorePath, "Datastore.Browse")
	})
}

// FolderNeeds are what a request for a datastore's file over HTTP demands:
// Programming Guide, "Privilege Requirements for HTTP Access". datacenter is nil
// where the request names none.
func FolderNeeds(root Ref, datacenter *Ref, datastore Ref) []Need {
	needs := []Need{{root, "System.View"}}
	for _, ref := range []*Ref{datacenter, &datastore} {
		if ref != nil {
			needs = append(needs, Need{*ref, "Datastore.Browse"}, Need{*ref, "Datastore.FileManagement"})
		}
	}
	return needs
}
