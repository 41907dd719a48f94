// Package datastore maps vSphere's datastores onto directories of this host:
// paths, locks, browsing and the /folder HTTP service.
package datastore

import (
	"path"
	"path/filepath"
	"strings"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
)

// Path is a datastore path, "[name] a/b.vmdk". File is slash-separated and
// relative, "" for the datastore's root.
type Path struct {
	Datastore string
	File      string
}

func (p Path) String() string {
	if p.File == "" {
		return "[" + p.Datastore + "]"
	}
	return "[" + p.Datastore + "] " + p.File
}

// Dir is the directory that holds the path's file.
func (p Path) Dir() Path {
	dir := path.Dir(p.File)
	if dir == "." {
		dir = ""
	}
	return Path{p.Datastore, dir}
}

// Join appends a name.
func (p Path) Join(name string) Path { return Path{p.Datastore, path.Join(p.File, name)} }

// ParsePath parses "[name] a/b". Paths that lead out of the datastore are
// InvalidDatastorePath.
func ParsePath(s string) (Path, error) {
	bad := fault.New(&types.InvalidDatastorePath{InvalidDatastore: types.InvalidDatastore{}, DatastorePath: s})
	rest, ok := strings.CutPrefix(s, "[")
	if !ok {
		return Path{}, bad
	}
	name, file, ok := strings.Cut(rest, "]")
	if !ok || name == "" {
		return Path{}, bad
	}
	file = strings.TrimPrefix(file, " ")
	if strings.ContainsRune(file, 0) || strings.HasPrefix(file, "/") {
		return Path{}, bad
	}
	for part := range strings.SplitSeq(file, "/") {
		if part == ".." {
			return Path{}, bad
		}
	}
	if file = path.Clean(file); file == "." {
		file = ""
	}
	return Path{name, file}, nil
}

// Host is the path's place under a datastore's directory.
func (p Path) Host(root string) string { return filepath.Join(root, filepath.FromSlash(p.File)) }
