package ops

import (
	"github.com/vmware/govmomi/simulator/esx"
	"github.com/vmware/govmomi/simulator/vpx"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// The version that the model says it is.
const (
	Version    = "8.0.3"
	APIVersion = "8.0.3.0"
	build      = "24022515"
)

// managers puts the service's singletons into the inventory: a vCenter's, whose
// own UUID is instance, or those of a bare host, which has none.
func (s *Service) managers(tx *inventory.Tx, bare bool, instance string) {
	c := inventory.DeepCopy(vpx.ServiceContent)
	if bare {
		c = inventory.DeepCopy(esx.ServiceContent)
	}
	c.About = types.AboutInfo{
		Name: "VMware vCenter Server", FullName: "VMware vCenter Server " + Version + " build-" + build, Vendor: "VMware, Inc.",
		Version: Version, Build: build, PatchLevel: "0", LocaleVersion: "INTL", LocaleBuild: "000", OsType: "linux-x64", ProductLineId: "vpx",
		ApiType: "VirtualCenter", ApiVersion: APIVersion, InstanceUuid: instance,
		LicenseProductName: "VMware VirtualCenter Server", LicenseProductVersion: "8.0",
	}
	if bare {
		c.About = types.AboutInfo{
			Name: "VMware ESXi", FullName: "VMware ESXi " + Version + " build-" + build, Vendor: "VMware, Inc.",
			Version: Version, Build: build, PatchLevel: "0", LocaleVersion: "INTL", LocaleBuild: "000", OsType: "vmnix-x86", ProductLineId: "embeddedEsx",
			ApiType: "HostAgent", ApiVersion: APIVersion, LicenseProductName: "VMware ESX Server", LicenseProductVersion: "8.0",
		}
	}
	// Only what is there is offered.
	c.AccountManager, c.VirtualizationManager, c.SnmpSystem, c.CryptoManager = nil, nil, nil, nil
	c.HealthUpdateManager, c.FailoverClusterConfigurator, c.FailoverClusterManager, c.TenantManager = nil, nil, nil, nil
	c.VStorageObjectManager, c.HostSpecManager, c.IoFilterManager, c.CertificateManager = nil, nil, nil, nil
	c.StorageResourceManager, c.OverheadMemoryManager, c.GuestOperationsManager, c.LocalizationManager = nil, nil, nil, nil
	c.ComplianceManager, c.ClusterProfileManager, c.HostProfileManager, c.DvSwitchManager = nil, nil, nil, nil
	c.IpPoolManager, c.OvfManager, c.VmCompatibilityChecker, c.VmProvisioningChecker = nil, nil, nil, nil
	c.LicenseManager, c.DiagnosticManager, c.CustomizationSpecManager = nil, nil, nil
	c.AlarmManager, c.ScheduledTaskManager, c.PerfManager, c.ServiceManager, c.UserDirectory = nil, nil, nil, nil, nil
	s.content = c
	s.Tasks.Call(*c.TaskManager)

	tx.Add(&mo.ServiceInstance{Self: serviceInstance, Content: c, Capability: types.Capability{ProvisioningSupported: true, MultiHostSupported: true}})
	tx.Add(&mo.PropertyCollector{Self: c.PropertyCollector})
	tx.Add(&mo.ViewManager{Self: *c.ViewManager})
	tx.Add(&mo.SessionManager{Self: *c.SessionManager, MessageLocaleList: []string{"en"}, SupportedLocaleList: []string{"en"}, DefaultLocale: "en"})
	tx.Add(&mo.TaskManager{Self: *c.TaskManager, Description: vpx.Description, MaxCollector: 32})
	tx.Add(&mo.EventManager{Self: *c.EventManager, MaxCollector: 32})
	tx.Add(&mo.SearchIndex{Self: *c.SearchIndex})
	tx.Add(&mo.FileManager{Self: *c.FileManager})
	tx.Add(&mo.VirtualDiskManager{Self: *c.VirtualDiskManager})
	tx.Add(&mo.DatastoreNamespaceManager{Self: *c.DatastoreNamespaceManager})
	if fields := c.CustomFieldsManager; fields != nil && tx.Lookup(*fields) == nil {
		tx.Add(&mo.CustomFieldsManager{Self: *fields})
	}
	if tx.Lookup(*c.AuthorizationManager) == nil {
		tx.Add(&mo.AuthorizationManager{Self: *c.AuthorizationManager})
	}
	tx.Add(&mo.OptionManager{Self: *c.Setting, Setting: inventory.DeepCopy(vpx.Setting)})
	if c.ExtensionManager != nil {
		tx.Add(&mo.ExtensionManager{Self: *c.ExtensionManager})
	}
}

var serviceInstance = Ref{Type: "ServiceInstance", Value: "ServiceInstance"}
