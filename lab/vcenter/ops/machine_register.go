package ops

import (
	"path"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/device"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) registerVM(c *rpc.Call, r *types.RegisterVM_Task) (*types.RegisterVM_TaskResponse, error) {
	if r.Pool == nil || r.AsTemplate {
		return nil, fault.InvalidArgument("pool")
	}
	at := place{folder: &c.This, pool: *r.Pool, host: r.Host}
	if err := s.checkPlace(at); err != nil {
		return nil, err
	}
	ref, err := s.startFree(c, "Folder.registerVm", func(*task.Run) (types.AnyType, error) {
		return s.register(at, r.Path, r.Name)
	})
	return &types.RegisterVM_TaskResponse{Returnval: ref}, err
}

func (s *Service) registerChildVM(c *rpc.Call, r *types.RegisterChildVM_Task) (*types.RegisterChildVM_TaskResponse, error) {
	at := place{pool: c.This, host: r.Host}
	if err := s.checkPlace(at); err != nil {
		return nil, err
	}
	ref, err := s.startFree(c, "ResourcePool.registerVm", func(*task.Run) (types.AnyType, error) {
		return s.register(at, r.Path, r.Name)
	})
	return &types.RegisterChildVM_TaskResponse{Returnval: ref}, err
}

// register makes a VM of a configuration file found on a datastore.
func (s *Service) register(at place, file, name string) (types.AnyType, error) {
	p, host, err := s.hostPath(file)
	if err != nil {
		return nil, err
	}
	if path.Ext(p.File) != ".vmx" {
		return nil, fault.New(&types.InvalidDatastorePath{DatastorePath: file})
	}
	taken := s.findMachine(nil, func(vm *mo.VirtualMachine) bool { return vm.Config.Files.VmPathName == p.String() })
	if taken != nil {
		return nil, fault.Newf(&types.AlreadyExists{Name: p.String()}, "The specified key, name, or identifier '%s' already exists.", p.String())
	}
	config, err := readVMX(host)
	if err != nil {
		if _, there := s.exists(p.String()); there {
			return nil, fault.Newf(&types.InvalidVmConfig{}, "The configuration file %s is not readable: %v", p, err)
		}
		return nil, fileFault(err, p.String())
	}
	if name == "" {
		if name = config.Name; name == "" {
			name = strings.TrimSuffix(path.Base(p.File), ".vmx")
		}
	}
	if config.Name, err = s.checkName(name); err != nil {
		return nil, err
	}
	release, ok := s.names.take(at.parent(), config.Name)
	if !ok {
		return nil, fault.New(&types.DuplicateName{Name: config.Name, Object: at.parent()})
	}
	defer release()
	homeFiles(config, home{vmx: p})
	s.reattach(config)
	return s.addMachine(at, config)
}

// reattach reads the chains of the VM's disks again: they may have changed
// while nobody looked, and a missing one shows at power-on.
func (s *Service) reattach(config *types.VirtualMachineConfigInfo) {
	for _, disk := range device.Disks(config.Hardware.Device) {
		b, _ := device.BackingOf(disk)
		chain, _, err := s.readChain(b.File)
		if err != nil {
			continue
		}
		if file := device.FileBacking(disk); file != nil && file.Datastore != nil {
			device.SetChain(disk, *file.Datastore, b.Mode, b.Thin, chain)
		}
	}
	for _, d := range config.Hardware.Device {
		if b, ok := d.GetVirtualDevice().Backing.(*types.VirtualEthernetCardNetworkBackingInfo); ok {
			b.Network = nil
			s.Inv.View(func(r inventory.Reader) {
				if n := networkFor(r, b); n != nil {
					b.Network = &n.Self
				}
			})
		}
	}
}
