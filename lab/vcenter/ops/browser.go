package ops

import (
	"os"
	"path"
	"path/filepath"
	"sort"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) browserHandlers() {
	rpc.Handle(s.Mux, "HostDatastoreBrowser", func(c *rpc.Call, r *types.SearchDatastore_Task) (*types.SearchDatastore_TaskResponse, error) {
		p, host, err := s.browsable(c, r.DatastorePath)
		if err != nil {
			return nil, err
		}
		ref, err := s.startFree(c, "HostDatastoreBrowser.searchDatastore", func(*task.Run) (types.AnyType, error) {
			return s.list(p, host, r.SearchSpec)
		})
		return &types.SearchDatastore_TaskResponse{Returnval: ref}, err
	})
	rpc.Handle(s.Mux, "HostDatastoreBrowser", func(c *rpc.Call, r *types.SearchDatastoreSubFolders_Task) (*types.SearchDatastoreSubFolders_TaskResponse, error) {
		p, host, err := s.browsable(c, r.DatastorePath)
		if err != nil {
			return nil, err
		}
		ref, err := s.startFree(c, "HostDatastoreBrowser.searchDatastoreSubFolders", func(*task.Run) (types.AnyType, error) {
			return s.listTree(p, host, r.SearchSpec)
		})
		return &types.SearchDatastoreSubFolders_TaskResponse{Returnval: ref}, err
	})
}

// browsable resolves a path on one of the browser's own datastores.
func (s *Service) browsable(c *rpc.Call, text string) (datastore.Path, string, error) {
	p, host, err := s.hostPath(text)
	if err != nil {
		return p, host, err
	}
	ds, err := s.datastoreNamed(p.Datastore)
	if err == nil && !has(c.Object.(*mo.HostDatastoreBrowser).Datastore, ds.Self) {
		err = fault.New(&types.InvalidDatastore{Name: "[" + p.Datastore + "]"})
	}
	return p, host, err
}

// list reads one directory. Without a pattern everything matches.
func (s *Service) list(p datastore.Path, host string, spec *types.HostDatastoreBrowserSearchSpec) (types.AnyType, error) {
	entries, err := os.ReadDir(host)
	if err != nil {
		return nil, fileFault(err, p.String())
	}
	ds, err := s.datastoreNamed(p.Datastore)
	if err != nil {
		return nil, err
	}
	folder := p.String()
	if p.File != "" {
		folder += "/"
	}
	result := types.HostDatastoreBrowserSearchResults{Datastore: &ds.Self, FolderPath: folder}
	for _, entry := range entries {
		if info := s.fileInfo(host, entry, spec); info != nil {
			result.File = append(result.File, info)
		}
	}
	if spec != nil && spec.SortFoldersFirst != nil && *spec.SortFoldersFirst {
		sort.SliceStable(result.File, func(i, j int) bool { return isFolder(result.File[i]) && !isFolder(result.File[j]) })
	}
	return result, nil
}

func isFolder(f types.BaseFileInfo) bool {
	_, ok := f.(*types.FolderFileInfo)
	return ok
}

// listTree reads a directory and all below it, one result each.
func (s *Service) listTree(p datastore.Path, host string, spec *types.HostDatastoreBrowserSearchSpec) (types.AnyType, error) {
	var results types.ArrayOfHostDatastoreBrowserSearchResults
	err := filepath.WalkDir(host, func(name string, d os.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(host, name)
		if err != nil {
			return err
		}
		one, err := s.list(p.Join(filepath.ToSlash(rel)), name, spec)
		if err == nil {
			results.HostDatastoreBrowserSearchResults = append(results.HostDatastoreBrowserSearchResults, one.(types.HostDatastoreBrowserSearchResults))
		}
		return err
	})
	if err != nil {
		if os.IsNotExist(err) {
			err = fileFault(err, p.String())
		}
		return nil, err
	}
	return results, nil
}

// fileInfo describes a file as the query asks, or gives nil if it isn't wanted.
func (s *Service) fileInfo(dir string, entry os.DirEntry, spec *types.HostDatastoreBrowserSearchSpec) types.BaseFileInfo {
	name := entry.Name()
	if spec == nil {
		spec = &types.HostDatastoreBrowserSearchSpec{}
	}
	if !matches(name, spec) {
		return nil
	}
	st, err := entry.Info()
	if err != nil {
		return nil // gone meanwhile
	}
	if descriptor, ok := datastore.DescriptorOf(name); ok {
		if _, err := os.Stat(filepath.Join(dir, descriptor)); err == nil {
			return nil // an extent shows as part of its disk
		}
	}
	base := types.FileInfo{Path: name}
	if d := spec.Details; d != nil {
		if d.FileSize {
			base.FileSize = st.Size()
		}
		if d.Modification {
			at := st.ModTime()
			base.Modification = &at
		}
		if d.FileOwner {
			base.Owner = "root"
		}
	}
	return s.typed(dir, base, entry.IsDir(), spec)
}

// typed gives the file the type that the queries select; with queries, files of
// other types are left out.
func (s *Service) typed(dir string, base types.FileInfo, folder bool, spec *types.HostDatastoreBrowserSearchSpec) types.BaseFileInfo {
	var info types.BaseFileInfo = &base
	want := func(types.BaseFileQuery) bool { return false }
	switch {
	case folder:
		info = &types.FolderFileInfo{FileInfo: base}
		want = func(q types.BaseFileQuery) bool { _, ok := q.(*types.FolderFileQuery); return ok }
	case path.Ext(base.Path) == ".vmdk":
		disk := &types.VmDiskFileInfo{FileInfo: base}
		if d, err := s.Disks.Info(filepath.Join(dir, base.Path)); err == nil {
			disk.CapacityKb, disk.Thin = d.CapacityBytes/1024, types.NewBool(true)
			disk.DiskType = "VirtualDiskFlatVer2BackingInfo"
		}
		info = disk
		want = func(q types.BaseFileQuery) bool { _, ok := q.(*types.VmDiskFileQuery); return ok }
	case path.Ext(base.Path) == ".vmx":
		info = &types.VmConfigFileInfo{FileInfo: base}
		want = func(q types.BaseFileQuery) bool { _, ok := q.(*types.VmConfigFileQuery); return ok }
	case path.Ext(base.Path) == ".log":
		info = &types.VmLogFileInfo{FileInfo: base}
		want = func(q types.BaseFileQuery) bool { _, ok := q.(*types.VmLogFileQuery); return ok }
	case path.Ext(base.Path) == ".iso":
		info = &types.IsoImageFileInfo{FileInfo: base}
		want = func(q types.BaseFileQuery) bool { _, ok := q.(*types.IsoImageFileQuery); return ok }
	}
	if len(spec.Query) == 0 {
		if spec.Details == nil || !spec.Details.FileType {
			return &base
		}
		return info
	}
	for _, q := range spec.Query {
		if want(q) {
			return info
		}
	}
	return nil
}

func matches(name string, spec *types.HostDatastoreBrowserSearchSpec) bool {
	fold := spec.SearchCaseInsensitive != nil && *spec.SearchCaseInsensitive
	if fold {
		name = strings.ToLower(name)
	}
	for _, pattern := range spec.MatchPattern {
		if fold {
			pattern = strings.ToLower(pattern)
		}
		if ok, err := path.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return len(spec.MatchPattern) == 0
}
