package ops

import (
	"os"
	"path/filepath"
	"slices"
	"sort"

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
	if err == nil && !slices.Contains(c.Object.(*mo.HostDatastoreBrowser).Datastore, ds.Self) {
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
	var friendly map[string]string
	if p.File == "" && isObjectStore(ds) {
		friendly = s.friendlyNames(ds)
	}
	for _, entry := range entries {
		if info := s.fileInfo(host, entry, spec); info != nil {
			info.GetFileInfo().FriendlyName = friendly[entry.Name()]
			if s.Assumed().UntypedListings {
				info = info.GetFileInfo()
			}
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
