package ops

import (
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) diskHandlers() {
	rpc.Handle(s.Mux, "VirtualDiskManager", s.createVirtualDisk)
	rpc.Handle(s.Mux, "VirtualDiskManager", s.deleteVirtualDisk)
	rpc.Handle(s.Mux, "VirtualDiskManager", s.copyVirtualDisk)
	rpc.Handle(s.Mux, "VirtualDiskManager", s.queryVirtualDiskUUID)
}

// diskPath resolves the name of a virtual disk.
func (s *Service) diskPath(name string, dc *Ref) (datastore.Path, string, error) {
	p, host, err := s.path(name, dc)
	if err == nil && !strings.HasSuffix(p.File, ".vmdk") {
		err = fault.New(&types.InvalidDatastorePath{DatastorePath: name})
	}
	return p, host, err
}

func (s *Service) createVirtualDisk(c *rpc.Call, r *types.CreateVirtualDisk_Task) (*types.CreateVirtualDisk_TaskResponse, error) {
	p, host, err := s.diskPath(r.Name, r.Datacenter)
	if err != nil {
		return nil, err
	}
	spec, ok := r.Spec.(*types.FileBackedVirtualDiskSpec)
	if !ok || spec.CapacityKb <= 0 {
		return nil, fault.InvalidArgument("spec")
	}
	switch types.VirtualDiskType(spec.DiskType) {
	case types.VirtualDiskTypeThin, types.VirtualDiskTypePreallocated, types.VirtualDiskTypeEagerZeroedThick, types.VirtualDiskTypeThick, types.VirtualDiskTypeSeSparse:
	default:
		return nil, fault.InvalidArgument("spec.diskType")
	}
	ref, err := s.startFree(c, "VirtualDiskManager.createVirtualDisk", func(*task.Run) (types.AnyType, error) {
		if err := s.Disks.Create(host, spec.CapacityKb*1024); err != nil {
			return nil, diskFault(err, p.String())
		}
		return p.String(), nil
	})
	return &types.CreateVirtualDisk_TaskResponse{Returnval: ref}, err
}

func (s *Service) deleteVirtualDisk(c *rpc.Call, r *types.DeleteVirtualDisk_Task) (*types.DeleteVirtualDisk_TaskResponse, error) {
	p, host, err := s.diskPath(r.Name, r.Datacenter)
	if err != nil {
		return nil, err
	}
	ref, err := s.startFree(c, "VirtualDiskManager.deleteVirtualDisk", func(*task.Run) (types.AnyType, error) {
		if _, err := s.Disks.Info(host); err != nil {
			return nil, diskFault(err, p.String())
		}
		if _, held := s.locks.Held(host); held {
			return nil, lockedFault(p.String())
		}
		return nil, diskFaultOrNil(s.Disks.Delete(host), p.String())
	})
	return &types.DeleteVirtualDisk_TaskResponse{Returnval: ref}, err
}

func diskFaultOrNil(err error, file string) error {
	if err == nil {
		return nil
	}
	return diskFault(err, file)
}

// copyVirtualDisk copies a disk; the copy of a child has no parent.
func (s *Service) copyVirtualDisk(c *rpc.Call, r *types.CopyVirtualDisk_Task) (*types.CopyVirtualDisk_TaskResponse, error) {
	from, fromHost, err := s.diskPath(r.SourceName, r.SourceDatacenter)
	if err != nil {
		return nil, err
	}
	dc := r.DestDatacenter
	if dc == nil {
		dc = r.SourceDatacenter
	}
	to, toHost, err := s.diskPath(r.DestName, dc)
	if err != nil {
		return nil, err
	}
	ref, err := s.startFree(c, "VirtualDiskManager.copyVirtualDisk", func(run *task.Run) (types.AnyType, error) {
		if _, err := s.Disks.Info(fromHost); err != nil {
			return nil, diskFault(err, from.String())
		}
		if r.Force != nil && *r.Force {
			if _, held := s.locks.Held(toHost); held {
				return nil, lockedFault(to.String())
			}
			_ = s.Disks.Delete(toHost)
		}
		claims := []datastore.Claim{{Path: fromHost}}
		owner := run.Ref.Value
		if _, ok := s.locks.Acquire(owner, claims); !ok {
			return nil, lockedFault(from.String())
		}
		defer s.locks.Release(owner, claims)
		run.Progress(10)
		return nil, diskFaultOrNil(s.Disks.Copy(fromHost, toHost), to.String())
	})
	return &types.CopyVirtualDisk_TaskResponse{Returnval: ref}, err
}

func (s *Service) queryVirtualDiskUUID(_ *rpc.Call, r *types.QueryVirtualDiskUuid) (*types.QueryVirtualDiskUuidResponse, error) {
	p, _, err := s.diskPath(r.Name, r.Datacenter)
	if err != nil {
		return nil, err
	}
	chain, _, err := s.readChain(p.String())
	if err != nil {
		return nil, err
	}
	return &types.QueryVirtualDiskUuidResponse{Returnval: formatDiskUUID(chain[0].UUID)}, nil
}

// formatDiskUUID writes a UUID as disks show it:
// "60 00 c2 9b 7f …-… " in two groups of eight bytes.
func formatDiskUUID(id string) string {
	hex := strings.ReplaceAll(id, "-", "")
	var b strings.Builder
	for i := 0; i+2 <= len(hex); i += 2 {
		switch i {
		case 0:
		case 16:
			b.WriteByte('-')
		default:
			b.WriteByte(' ')
		}
		b.WriteString(hex[i : i+2])
	}
	return b.String()
}
