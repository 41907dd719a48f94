package ops

import (
	"errors"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

// Directories at the top of an object store are objects whose names the store
// chooses. People see another one: the lab's stores resolve that nowhere but
// here, and so hold clients to the reference, which says of it that "it may not
// be relied upon for future directory references".

func (s *Service) namespaceHandlers() {
	const kind = "DatastoreNamespaceManager"
	rpc.Handle(s.Mux, kind, func(_ *rpc.Call, r *types.CreateDirectory) (*types.CreateDirectoryResponse, error) {
		ds, err := s.objectStore(r.Datastore)
		if err != nil {
			return nil, err
		}
		name, err := s.createNamespace(ds, r.DisplayName)
		return &types.CreateDirectoryResponse{Returnval: vmfsPath(ds) + name}, err
	})
	rpc.Handle(s.Mux, kind, func(_ *rpc.Call, r *types.DeleteDirectory) (*types.DeleteDirectoryResponse, error) {
		ds, name, err := s.inStore(r.Datacenter, r.DatastorePath)
		if err != nil {
			return nil, err
		}
		return &types.DeleteDirectoryResponse{}, s.deleteNamespace(ds, name)
	})
	rpc.Handle(s.Mux, kind, func(_ *rpc.Call, r *types.ConvertNamespacePathToUuidPath) (*types.ConvertNamespacePathToUuidPathResponse, error) {
		ds, name, err := s.inStore(r.Datacenter, r.NamespaceUrl)
		if err != nil {
			return nil, err
		}
		top, rest, deeper := strings.Cut(name, "/")
		found, ok := s.namespaceNamed(ds, top)
		if !ok && s.Assumed().UnfoundNames {
			return &types.ConvertNamespacePathToUuidPathResponse{Returnval: r.NamespaceUrl}, nil
		}
		if !ok {
			return nil, fault.New(&types.InvalidDatastorePath{DatastorePath: r.NamespaceUrl})
		}
		if deeper {
			found += "/" + rest
		}
		return &types.ConvertNamespacePathToUuidPathResponse{Returnval: ds.Summary.Url + found}, nil
	})
}

// isObjectStore says whether top-level directories of a datastore are objects.
func isObjectStore(ds *mo.Datastore) bool {
	able := ds.Capability.TopLevelDirectoryCreateSupported
	return able != nil && !*able
}

func (s *Service) objectStore(ref Ref) (*mo.Datastore, error) {
	ds, ok := s.Inv.Lookup(ref).(*mo.Datastore)
	if !ok {
		return nil, inventory.NotFound(ref)
	}
	if !isObjectStore(ds) {
		return nil, fault.New(&types.CannotCreateFile{FileFault: types.FileFault{File: ds.Summary.Url}})
	}
	return ds, reachable(ds)
}

// vmfsPath is an object store's URL as its stable paths begin.
func vmfsPath(ds *mo.Datastore) string { return strings.TrimPrefix(ds.Summary.Url, "ds://") }

// inStore splits a path such as /vmfs/volumes/STORE/NAME, with or without ds://.
func (s *Service) inStore(dc *Ref, text string) (ds *mo.Datastore, name string, err error) {
	if dc == nil {
		return nil, "", fault.InvalidArgument("datacenter")
	}
	bad := fault.New(&types.InvalidDatastorePath{DatastorePath: text})
	s.Inv.View(func(r inventory.Reader) {
		for each := range inventory.All[mo.Datastore](r) {
			rest, ok := strings.CutPrefix(strings.TrimPrefix(text, "ds://"), vmfsPath(each))
			if ok && isObjectStore(each) {
				ds, name = each, path.Clean(rest)
			}
		}
	})
	if ds == nil || name == "." || strings.HasPrefix(name, "..") {
		return nil, "", bad
	}
	return ds, name, reachable(ds)
}

// namesDir holds a file for each name that people see, with the object's name
// in it.
func (s *Service) namesDir(ds *mo.Datastore) string {
	return filepath.Join(s.Root, ".namespaces", filepath.Base(s.datastoreDir(ds)))
}

// namespaceNamed finds an object by the name that people see, or its own.
func (s *Service) namespaceNamed(ds *mo.Datastore, name string) (string, bool) {
	if text, err := os.ReadFile(filepath.Join(s.namesDir(ds), name)); err == nil {
		name = string(text)
	}
	_, err := os.Stat(filepath.Join(s.datastoreDir(ds), name))
	return name, err == nil
}

// friendlyNames gives the names that people see of a store's objects.
func (s *Service) friendlyNames(ds *mo.Datastore) map[string]string {
	names := map[string]string{}
	entries, _ := os.ReadDir(s.namesDir(ds))
	for _, entry := range entries {
		if object, ok := s.namespaceNamed(ds, entry.Name()); ok {
			names[object] = entry.Name()
		}
	}
	return names
}

// createNamespace makes a top-level directory, and gives the name that the store
// chose for it.
func (s *Service) createNamespace(ds *mo.Datastore, displayName string) (string, error) {
	if strings.ContainsAny(displayName, `/\`) || displayName == "." || displayName == ".." {
		return "", fault.New(&types.InvalidDatastorePath{DatastorePath: displayName})
	}
	s.namespaces.Lock()
	defer s.namespaces.Unlock()
	if displayName != "" {
		if _, there := s.namespaceNamed(ds, displayName); there {
			return "", fileFault(os.ErrExist, displayName)
		}
	}
	name := uuid.NewString()
	err := os.Mkdir(filepath.Join(s.datastoreDir(ds), name), 0o755)
	if err == nil && displayName != "" {
		err = errors.Join(os.MkdirAll(s.namesDir(ds), 0o755),
			os.WriteFile(filepath.Join(s.namesDir(ds), displayName), []byte(name), 0o644))
	}
	return name, fileFault(err, displayName)
}

// deleteNamespace deletes an empty top-level directory by its own name.
func (s *Service) deleteNamespace(ds *mo.Datastore, name string) error {
	dir := filepath.Join(s.datastoreDir(ds), name)
	p := datastore.Path{Datastore: ds.Name, File: name}
	switch entries, err := os.ReadDir(dir); {
	case strings.Contains(name, "/"):
		return fault.New(&types.InvalidDatastorePath{DatastorePath: p.String()})
	case err != nil:
		return fileFault(err, p.String())
	case len(entries) > 0:
		// vmware/vic, deleteFilesIteratively: vSAN "sometimes" refuses so.
		return fault.Newf(&types.CannotDeleteFile{FileFault: types.FileFault{File: p.String()}}, "Directory not empty")
	}
	return fileFault(os.Remove(dir), p.String())
}

// notAtTop refuses what can't be done to a top-level directory of an object
// store but by its manager.
func (s *Service) notAtTop(p datastore.Path, refusal error) error {
	if ds, err := s.datastoreNamed(p.Datastore); err != nil || !isObjectStore(ds) || p.Dir().File != "" {
		return nil
	}
	return refusal
}

// notByName refuses what leaves objects behind where disks are such: the
// deletion of a disk as a file, or of a directory with something in it (VIC
// empties directories on vSAN, and deletes disks there by VirtualDiskManager).
func (s *Service) notByName(p datastore.Path, host string, refusal error) error {
	if ds, err := s.datastoreNamed(p.Datastore); err != nil || !isObjectStore(ds) {
		return nil
	}
	if entries, _ := os.ReadDir(host); len(entries) > 0 || strings.HasSuffix(p.File, ".vmdk") {
		return refusal
	}
	return nil
}

// noTopLevel is what stands in the way of a directory that a client wants made
// with those above it.
func (s *Service) noTopLevel(p datastore.Path) error {
	top, _, _ := strings.Cut(p.File, "/")
	at := datastore.Path{Datastore: p.Datastore, File: top}
	if _, there := s.exists(at.String()); there {
		return nil
	}
	return s.notAtTop(at, cannotCreate(at))
}

func cannotCreate(p datastore.Path) error {
	return fault.Newf(&types.CannotCreateFile{FileFault: types.FileFault{File: p.String()}}, "Cannot create file %s", p)
}
