package ops

import (
	"os"
	"path/filepath"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// datastoreNamed finds a datastore, or faults with InvalidDatastore.
func (s *Service) datastoreNamed(name string) (found *mo.Datastore, err error) {
	s.Inv.View(func(r inventory.Reader) {
		for ds := range inventory.All[mo.Datastore](r) {
			if ds.Name == name {
				found = ds
			}
		}
	})
	if found == nil {
		return nil, fault.New(&types.InvalidDatastore{Name: "[" + name + "]"})
	}
	return found, nil
}

// parsePath parses a datastore path whose datastore must exist.
func (s *Service) parsePath(text string) (datastore.Path, error) {
	p, err := datastore.ParsePath(text)
	if err != nil {
		return p, err
	}
	_, err = s.datastoreNamed(p.Datastore)
	return p, err
}

// Host is where a datastore path is on this host. Datastores keep their
// directories when they are renamed: the directory is the moref's.
func (s *Service) host(p datastore.Path) (string, error) {
	ds, err := s.datastoreNamed(p.Datastore)
	if err != nil {
		return "", err
	}
	return p.Host(s.datastoreDir(ds)), reachable(ds)
}

// datastoreDir is the directory behind a datastore, whose URL names it.
func (s *Service) datastoreDir(ds *mo.Datastore) string {
	return filepath.Join(s.Root, strings.TrimSuffix(strings.TrimPrefix(ds.Summary.Url, datastoreURL), "/"))
}

const datastoreURL = "ds:///vmfs/volumes/"

// hostPath parses a datastore path and gives its place on this host too.
func (s *Service) hostPath(text string) (datastore.Path, string, error) {
	p, err := datastore.ParsePath(text)
	if err != nil {
		return p, "", err
	}
	host, err := s.host(p)
	return p, host, err
}

// datastorePath is the opposite: "[ds] a/b" of a file on this host.
func (s *Service) datastorePath(host string) string {
	var found string
	s.Inv.View(func(r inventory.Reader) {
		for ds := range inventory.All[mo.Datastore](r) {
			if rel, err := filepath.Rel(s.datastoreDir(ds), host); err == nil && rel != ".." && !strings.HasPrefix(rel, "../") {
				found = datastore.Path{Datastore: ds.Name, File: filepath.ToSlash(rel)}.String()
				return
			}
		}
	})
	return found
}

// fileFault translates an error of the host's file system; file is the
// datastore path that the client knows.
func fileFault(err error, file string) error {
	switch {
	case err == nil:
		return nil
	case os.IsNotExist(err):
		return fault.New(&types.FileNotFound{FileFault: types.FileFault{File: file}})
	case os.IsExist(err):
		return fault.New(&types.FileAlreadyExists{FileFault: types.FileFault{File: file}})
	}
	return fault.Newf(&types.CannotAccessFile{FileFault: types.FileFault{File: file}}, "Unable to access file %s", file)
}

func lockedFault(file string) error {
	return fault.New(&types.FileLocked{FileFault: types.FileFault{File: file}})
}
