package ops

import (
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
)

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
