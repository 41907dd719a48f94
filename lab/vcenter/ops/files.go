package ops

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) fileHandlers() {
	rpc.Handle(s.Mux, "FileManager", s.makeDirectory)
	rpc.Handle(s.Mux, "FileManager", s.deleteFile)
	rpc.Handle(s.Mux, "FileManager", s.moveFile)
}

// path resolves a datastore path with the datacenter that a client names
// beside it; that is required, as names of datastores are a datacenter's.
func (s *Service) path(name string, dc *Ref) (datastore.Path, string, error) {
	if dc == nil {
		return datastore.Path{}, "", fault.InvalidArgument("datacenter")
	}
	if _, ok := s.Inv.Lookup(*dc).(*mo.Datacenter); !ok {
		return datastore.Path{}, "", inventory.NotFound(*dc)
	}
	return s.hostPath(name)
}

// makeDirectory refuses a directory that is there, with its parents to be made
// or not: so the reference says, and govc's "mkdir -p" looks over that fault.
func (s *Service) makeDirectory(_ *rpc.Call, r *types.MakeDirectory) (*types.MakeDirectoryResponse, error) {
	p, host, err := s.path(r.Name, r.Datacenter)
	if err != nil {
		return nil, err
	}
	if err := s.noTopLevel(p); err != nil {
		return nil, err
	}
	if r.CreateParentDirectories != nil && *r.CreateParentDirectories {
		if err := os.MkdirAll(filepath.Dir(host), 0o755); err != nil {
			return nil, fileFault(err, p.String())
		}
	}
	err = os.Mkdir(host, 0o755)
	if os.IsExist(err) && s.Assumed().RemakeDirectories {
		err = nil
	}
	return &types.MakeDirectoryResponse{}, fileFault(err, p.String())
}

func (s *Service) deleteFile(c *rpc.Call, r *types.DeleteDatastoreFile_Task) (*types.DeleteDatastoreFile_TaskResponse, error) {
	p, host, err := s.path(r.Name, r.Datacenter)
	if err != nil {
		return nil, err
	}
	ref, err := s.startFree(c, "FileManager.deleteFile", func(*task.Run) (types.AnyType, error) {
		return nil, s.deletePath(p, host)
	})
	return &types.DeleteDatastoreFile_TaskResponse{Returnval: ref}, err
}

// deletePath deletes a file, or a directory with all in it, unless some of it
// is open.
func (s *Service) deletePath(p datastore.Path, host string) error {
	if p.File == "" {
		return fault.New(&types.InvalidDatastorePath{DatastorePath: p.String()})
	}
	if _, err := os.Lstat(host); err != nil {
		return fileFault(err, p.String())
	}
	refusal := fault.Newf(&types.CannotDeleteFile{FileFault: types.FileFault{File: p.String()}}, "Cannot delete file %s", p)
	if err := errors.Join(s.notAtTop(p, refusal), s.notByName(p, host, refusal)); err != nil {
		return refusal
	}
	if file, held := s.locks.Held(host); held {
		if s.Assumed().PartialDeletes {
			s.deleteUnlocked(host)
		}
		return lockedFault(s.datastorePath(file))
	}
	// A disk's extents aren't locked by name, their descriptor is.
	if descriptor, ok := datastore.DescriptorOf(host); ok {
		if _, held := s.locks.Held(descriptor); held {
			return lockedFault(p.String())
		}
	}
	return fileFault(os.RemoveAll(host), p.String())
}

// deleteUnlocked deletes what is below dir and isn't open.
func (s *Service) deleteUnlocked(dir string) {
	_ = filepath.WalkDir(dir, func(name string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !s.FileLocked(name) {
			_ = os.Remove(name)
		}
		return nil
	})
}

func (s *Service) moveFile(c *rpc.Call, r *types.MoveDatastoreFile_Task) (*types.MoveDatastoreFile_TaskResponse, error) {
	from, fromHost, err := s.path(r.SourceName, r.SourceDatacenter)
	if err != nil {
		return nil, err
	}
	dc := r.DestinationDatacenter
	if dc == nil {
		dc = r.SourceDatacenter
	}
	to, toHost, err := s.path(r.DestinationName, dc)
	if err != nil {
		return nil, err
	}
	force := r.Force != nil && *r.Force
	ref, err := s.startFree(c, "FileManager.moveFile", func(*task.Run) (types.AnyType, error) {
		return nil, s.movePath(from, to, fromHost, toHost, force)
	})
	return &types.MoveDatastoreFile_TaskResponse{Returnval: ref}, err
}

func (s *Service) movePath(from, to datastore.Path, fromHost, toHost string, force bool) error {
	if from.File == "" || to.File == "" {
		return fault.New(&types.InvalidDatastorePath{DatastorePath: from.String()})
	}
	if _, err := os.Lstat(fromHost); err != nil {
		return fileFault(err, from.String())
	}
	if err := errors.Join(s.notAtTop(from, cannotCreate(to)), s.notAtTop(to, cannotCreate(to))); err != nil {
		return cannotCreate(to)
	}
	for _, host := range []string{fromHost, toHost} {
		if file, held := s.locks.Held(host); held {
			return lockedFault(s.datastorePath(file))
		}
	}
	if there, err := os.Lstat(toHost); err == nil {
		if !force || there.IsDir() { // a directory stays, forced or not
			return fileFault(os.ErrExist, to.String())
		}
		if err := os.RemoveAll(toHost); err != nil {
			return fileFault(err, to.String())
		}
	}
	if _, err := os.Stat(filepath.Dir(toHost)); err != nil {
		return fileFault(err, to.Dir().String())
	}
	return fileFault(os.Rename(fromHost, toHost), from.String())
}
