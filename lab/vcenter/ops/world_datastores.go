package ops

import (
	"os"
	"path/filepath"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

func (b *builder) datastores() error {
	for _, w := range b.w.Datastores {
		if err := b.datastore(w); err != nil {
			return err
		}
	}
	b.dc.Datastore = b.storeRefs
	for _, compute := range b.computes {
		compute.Datastore = b.storeRefs
	}
	for _, ref := range b.hostRefs {
		h := inventory.MustEdit[mo.HostSystem](b.tx, ref)
		h.Datastore = b.storeRefs
		inventory.MustEdit[mo.HostDatastoreBrowser](b.tx, h.DatastoreBrowser).Datastore = b.storeRefs
	}
	return nil
}

// Sizes that datastores say they have.
const (
	datastoreCapacity = 4 << 40
	datastoreFree     = 3 << 40
)

func (b *builder) datastore(w Datastore) error {
	name := w.Name
	ref := b.tx.NewRef("Datastore", "datastore")
	if err := os.MkdirAll(filepath.Join(b.s.Root, name), 0o755); err != nil {
		return err
	}
	url := datastoreURL + name + "/"
	ds := &mo.Datastore{}
	ds.ManagedEntity = newEntity(ref, &b.storeFolder.Self, name)
	ds.Browser = Ref{Type: "HostDatastoreBrowser", Value: "datastoreBrowser-" + ref.Value}
	ds.Summary = types.DatastoreSummary{Datastore: &ref, Name: name, Url: url, Capacity: datastoreCapacity, FreeSpace: datastoreFree, Accessible: true,
		MultipleHostAccess: types.NewBool(true), Type: w.Type, MaintenanceMode: "normal"}
	ds.Info, ds.Capability = datastoreInfo(w, url)
	for _, host := range b.hostRefs {
		ds.Host = append(ds.Host, types.DatastoreHostMount{Key: host, MountInfo: types.HostMountInfo{
			Path: "/vmfs/volumes/" + name, AccessMode: "readWrite", Mounted: types.NewBool(true), Accessible: types.NewBool(true)}})
	}
	b.tx.Add(ds)
	b.tx.Add(&mo.HostDatastoreBrowser{Self: ds.Browser, Datastore: []Ref{ref}})
	b.storeFolder.ChildEntity = append(b.storeFolder.ChildEntity, ref)
	b.storeRefs = append(b.storeRefs, ref)
	return nil
}

// datastoreInfo is what differs by a datastore's type: an NFS share knows no
// sparse disks of VMFS, and top-level directories of a vSAN and of virtual
// volumes are objects.
func datastoreInfo(w Datastore, url string) (types.BaseDatastoreInfo, types.DatastoreCapability) {
	info := types.DatastoreInfo{Name: w.Name, Url: url, FreeSpace: datastoreFree, MaxFileSize: 62 << 40, MaxMemoryFileSize: 62 << 40}
	capability := types.DatastoreCapability{DirectoryHierarchySupported: true, PerFileThinProvisioningSupported: true,
		TopLevelDirectoryCreateSupported: types.NewBool(true)}
	if w.Type == "NFS" {
		return &types.NasDatastoreInfo{DatastoreInfo: info, Nas: &types.HostNasVolume{
			HostFileSystemVolume: types.HostFileSystemVolume{Type: "NFS", Name: w.Name, Capacity: datastoreCapacity},
			RemoteHost:           "nas.lab", RemotePath: "/export/" + w.Name,
		}}, capability
	}
	if w.Type == "vsan" {
		capability.TopLevelDirectoryCreateSupported = types.NewBool(false)
		return &types.VsanDatastoreInfo{DatastoreInfo: info, MembershipUuid: uuid.NewString()}, capability
	}
	if w.Type == "VVOL" {
		capability.TopLevelDirectoryCreateSupported = types.NewBool(false)
		return &types.VvolDatastoreInfo{DatastoreInfo: info}, capability
	}
	capability.SeSparseSupported, capability.VmfsSparseSupported = types.NewBool(true), types.NewBool(true)
	return &types.VmfsDatastoreInfo{DatastoreInfo: info,
		Vmfs: &types.HostVmfsVolume{HostFileSystemVolume: types.HostFileSystemVolume{Type: "VMFS", Name: w.Name, Capacity: datastoreCapacity},
			BlockSizeMb: 1, MajorVersion: 6, Version: "6.82", Uuid: uuid.NewString(), Extent: []types.HostScsiDiskPartition{}},
	}, capability
}
