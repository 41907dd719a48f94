package property

import (
	"reflect"
	"sync"

	"github.com/vmware/govmomi/vim25/mo"
)

// kinds are the managed object types that property specs may name.
var kinds = map[string]reflect.Type{}

func kind[T any]() { kinds[reflect.TypeFor[T]().Name()] = reflect.TypeFor[T]() }

func init() {
	kind[mo.ManagedEntity]()
	kind[mo.ExtensibleManagedObject]()
	kind[mo.Folder]()
	kind[mo.Datacenter]()
	kind[mo.ComputeResource]()
	kind[mo.ClusterComputeResource]()
	kind[mo.ResourcePool]()
	kind[mo.VirtualApp]()
	kind[mo.HostSystem]()
	kind[mo.HostNetworkSystem]()
	kind[mo.VirtualMachine]()
	kind[mo.VirtualMachineSnapshot]()
	kind[mo.Datastore]()
	kind[mo.StoragePod]()
	kind[mo.Network]()
	kind[mo.OpaqueNetwork]()
	kind[mo.DistributedVirtualPortgroup]()
	kind[mo.DistributedVirtualSwitch]()
	kind[mo.VmwareDistributedVirtualSwitch]()
	kind[mo.HostDatastoreBrowser]()
	kind[mo.EnvironmentBrowser]()
	kind[mo.Task]()
	kind[mo.TaskManager]()
	kind[mo.EventManager]()
	kind[mo.EventHistoryCollector]()
	kind[mo.HistoryCollector]()
	kind[mo.ServiceInstance]()
	kind[mo.SessionManager]()
	kind[mo.PropertyCollector]()
	kind[mo.PropertyFilter]()
	kind[mo.ViewManager]()
	kind[mo.View]()
	kind[mo.ManagedObjectView]()
	kind[mo.ContainerView]()
	kind[mo.ListView]()
	kind[mo.InventoryView]()
	kind[mo.SearchIndex]()
	kind[mo.FileManager]()
	kind[mo.DatastoreNamespaceManager]()
	kind[mo.VirtualDiskManager]()
	kind[mo.CustomFieldsManager]()
	kind[mo.AuthorizationManager]()
	kind[mo.OptionManager]()
	kind[mo.ExtensionManager]()
	kind[mo.LicenseManager]()
	kind[mo.DistributedVirtualSwitchManager]()
	kind[mo.PerformanceManager]()
	kind[mo.UserDirectory]()
	kind[mo.ServiceManager]()
	kind[mo.AlarmManager]()
	kind[mo.HostNetworkSystem]()
	kind[mo.HostDatastoreSystem]()
	kind[mo.HostStorageSystem]()
	kind[mo.HostFirewallSystem]()
	kind[mo.HostServiceSystem]()
	kind[mo.HostVirtualNicManager]()
	kind[mo.OvfManager]()
	kind[mo.GuestOperationsManager]()
	kind[mo.VirtualizationManager]()
	kind[mo.StorageResourceManager]()
}

// knownKind says whether name is a managed object type at all.
func knownKind(name string) bool {
	return name == "ManagedObject" || kinds[name] != nil || mo.IsManagedObjectType(name)
}

var ancestry sync.Map // reflect.Type → map[string]bool

// IsA says whether obj is of the managed object type name or derived from it.
func IsA(obj any, name string) bool {
	if name == "ManagedObject" {
		return true
	}
	t := reflect.TypeOf(obj)
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	names, ok := ancestry.Load(t)
	if !ok {
		m := map[string]bool{}
		collectAncestors(t, m)
		names, _ = ancestry.LoadOrStore(t, m)
	}
	return names.(map[string]bool)[name]
}

func collectAncestors(t reflect.Type, m map[string]bool) {
	m[t.Name()] = true
	for i := range t.NumField() {
		if f := t.Field(i); f.Anonymous && f.Type.Kind() == reflect.Struct {
			collectAncestors(f.Type, m)
		}
	}
}
