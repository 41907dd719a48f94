package ops

import (
	"path"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

func (s *Service) searchHandlers() {
	m := s.Mux
	rpc.Handle(m, "SearchIndex", func(_ *rpc.Call, r *types.FindByUuid) (*types.FindByUuidResponse, error) {
		found, err := s.findByUUID(r.Datacenter, r.Uuid, r.VmSearch, r.InstanceUuid)
		if len(found) == 0 {
			return &types.FindByUuidResponse{}, err
		}
		return &types.FindByUuidResponse{Returnval: &found[0]}, err
	})
	rpc.Handle(m, "SearchIndex", func(_ *rpc.Call, r *types.FindAllByUuid) (*types.FindAllByUuidResponse, error) {
		found, err := s.findByUUID(r.Datacenter, r.Uuid, r.VmSearch, r.InstanceUuid)
		return &types.FindAllByUuidResponse{Returnval: found}, err
	})
	rpc.Handle(m, "SearchIndex", s.findByInventoryPath)
	rpc.Handle(m, "SearchIndex", s.findByDatastorePath)
	rpc.Handle(m, "SearchIndex", s.findChild)
	rpc.Handle(m, "SearchIndex", func(_ *rpc.Call, r *types.FindByDnsName) (*types.FindByDnsNameResponse, error) {
		ref := s.findMachine(r.Datacenter, func(vm *mo.VirtualMachine) bool {
			return r.VmSearch && vm.Guest != nil && strings.EqualFold(vm.Guest.HostName, r.DnsName)
		})
		return &types.FindByDnsNameResponse{Returnval: ref}, nil
	})
	rpc.Handle(m, "SearchIndex", func(_ *rpc.Call, r *types.FindByIp) (*types.FindByIpResponse, error) {
		ref := s.findMachine(r.Datacenter, func(vm *mo.VirtualMachine) bool {
			return r.VmSearch && vm.Guest != nil && vm.Guest.IpAddress == r.Ip && r.Ip != ""
		})
		return &types.FindByIpResponse{Returnval: ref}, nil
	})
}

func (s *Service) findByUUID(dc *Ref, uuid string, vmSearch bool, instance *bool) (found []Ref, err error) {
	uuid = strings.ToLower(uuid)
	s.Inv.View(func(r inventory.Reader) {
		if err = checkDatacenter(r, dc); err != nil {
			return
		}
		if !vmSearch {
			for host := range inventory.All[mo.HostSystem](r) {
				if host.Hardware != nil && host.Hardware.SystemInfo.Uuid == uuid {
					found = append(found, host.Self)
				}
			}
			return
		}
		for vm := range inventory.All[mo.VirtualMachine](r) {
			if vm.Config == nil {
				continue
			}
			have := vm.Config.Uuid
			if instance != nil && *instance {
				have = vm.Config.InstanceUuid
			}
			if have == uuid && inDatacenter(r, dc, vm) {
				found = append(found, vm.Self)
			}
		}
	})
	return found, err
}

func checkDatacenter(r inventory.Reader, dc *Ref) error {
	if dc == nil {
		return nil
	}
	_, err := inventory.Get[mo.Datacenter](r, *dc)
	return err
}

// inDatacenter says whether o stands below dc, or anywhere if dc is nil.
func inDatacenter(r inventory.Reader, dc *Ref, o inventory.Object) bool {
	if dc == nil {
		return true
	}
	at := datacenterOf(r, o)
	return at != nil && at.Self == *dc
}

// datacenterOf walks up to the datacenter, or gives nil.
func datacenterOf(r inventory.Reader, o inventory.Object) *mo.Datacenter {
	for depth := 0; o != nil && depth < 64; depth++ {
		if dc, ok := o.(*mo.Datacenter); ok {
			return dc
		}
		up := inventory.Parent(o)
		if up == nil {
			return nil
		}
		o = r.Lookup(*up)
	}
	return nil
}

func (s *Service) findMachine(dc *Ref, match func(*mo.VirtualMachine) bool) (ref *Ref) {
	s.Inv.View(func(r inventory.Reader) {
		for vm := range inventory.All[mo.VirtualMachine](r) {
			if match(vm) && inDatacenter(r, dc, vm) {
				ref = &vm.Self
				return
			}
		}
	})
	return ref
}

// findByInventoryPath follows "DC0/vm/folder/name" from the root folder.
func (s *Service) findByInventoryPath(_ *rpc.Call, r *types.FindByInventoryPath) (*types.FindByInventoryPathResponse, error) {
	var found *Ref
	s.Inv.View(func(reader inventory.Reader) {
		at := &s.content.RootFolder
		for name := range strings.SplitSeq(strings.Trim(r.InventoryPath, "/"), "/") {
			if name == "" {
				continue
			}
			if at = childNamed(reader, *at, name); at == nil {
				return
			}
		}
		found = at
	})
	return &types.FindByInventoryPathResponse{Returnval: found}, nil
}

// childNamed finds a direct child as inventory paths see it.
func childNamed(r inventory.Reader, parent Ref, name string) *Ref {
	var children []Ref
	switch p := r.Lookup(parent).(type) {
	case *mo.Datacenter:
		children = []Ref{p.VmFolder, p.HostFolder, p.DatastoreFolder, p.NetworkFolder}
	case *mo.ClusterComputeResource:
		children = append([]Ref{*p.ComputeResource.ResourcePool}, p.Host...)
	case *mo.ComputeResource:
		children = append([]Ref{*p.ResourcePool}, p.Host...)
	case *mo.ResourcePool:
		children = append(append(children, p.ResourcePool...), p.Vm...)
	case nil:
	default:
		children = childrenOf(p)
	}
	for _, ref := range children {
		if entityName(r, ref) == name {
			return &ref
		}
	}
	return nil
}

func (s *Service) findChild(_ *rpc.Call, r *types.FindChild) (*types.FindChildResponse, error) {
	res := &types.FindChildResponse{}
	var err error
	s.Inv.View(func(reader inventory.Reader) {
		if inventory.EntityOf(reader.Lookup(r.Entity)) == nil {
			err = inventory.NotFound(r.Entity)
			return
		}
		res.Returnval = childNamed(reader, r.Entity, r.Name)
	})
	return res, err
}

func (s *Service) findByDatastorePath(_ *rpc.Call, r *types.FindByDatastorePath) (*types.FindByDatastorePathResponse, error) {
	p, err := s.parsePath(r.Path)
	if err != nil {
		return nil, err
	}
	if path.Ext(p.File) != ".vmx" {
		return nil, fault.New(&types.InvalidDatastorePath{DatastorePath: r.Path})
	}
	s.Inv.View(func(reader inventory.Reader) { err = checkDatacenter(reader, &r.Datacenter) })
	if err != nil {
		return nil, err
	}
	ref := s.findMachine(&r.Datacenter, func(vm *mo.VirtualMachine) bool {
		return vm.Config != nil && vm.Config.Files.VmPathName == p.String()
	})
	return &types.FindByDatastorePathResponse{Returnval: ref}, nil
}
