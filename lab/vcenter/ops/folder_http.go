package ops

import (
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/authorization"
	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// ResolveFolder gives the directory of the datastore that a /folder request
// names. dcPath is the datacenter's path below the root folder; it may be left
// out, as no two of the lab's datastores have one name.
func (s *Service) ResolveFolder(dcPath, dsName string) (string, error) {
	ds, err := s.datastoreNamed(dsName)
	if err != nil {
		return "", err
	}
	if dcPath != "" {
		var path string
		s.Inv.View(func(r inventory.Reader) { path = pathOf(r, datacenterOf(r, ds)) })
		if path != strings.Trim(dcPath, "/") {
			return "", fault.New(&types.NotFound{})
		}
	}
	return s.datastoreDir(ds), nil
}

// AuthorizeFolder says whether the user may read and write files of a datastore
// over HTTP; of one that isn't there, that is for ResolveFolder to say.
func (s *Service) AuthorizeFolder(user, dcPath, dsName string) bool {
	ds, err := s.datastoreNamed(dsName)
	if err != nil {
		return true
	}
	var missing []authorization.Need
	s.Inv.View(func(r inventory.Reader) {
		var datacenter *Ref
		if dc := datacenterOf(r, ds); dc != nil && dcPath != "" {
			datacenter = &dc.Self
		}
		principal := authorization.Principal(user)
		needs := authorization.FolderNeeds(s.content.RootFolder, datacenter, ds.Self)
		s.Checked.Note(principal, "/folder", needs)
		missing = s.missing(r, principal, needs)
	})
	return len(missing) == 0
}

// pathOf is a datacenter's path below the root folder.
func pathOf(r inventory.Reader, dc *mo.Datacenter) string {
	var names []string
	for o := inventory.Object(dc); ; {
		up := inventory.Parent(o)
		if up == nil {
			break
		}
		names = append([]string{inventory.EntityOf(o).Name}, names...)
		o = r.Lookup(*up)
	}
	return strings.Join(names, "/")
}

// FileLocked says whether a running VM has the file, or one below it, open.
func (s *Service) FileLocked(host string) bool {
	if _, held := s.locks.Held(host); held {
		return true
	}
	descriptor, ok := datastore.DescriptorOf(host)
	if !ok {
		return false
	}
	_, held := s.locks.Held(descriptor)
	return held
}
