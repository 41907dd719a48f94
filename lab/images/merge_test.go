package images

import (
	"reflect"
	"testing"
)

func TestMergedFilesOfLayers(t *testing.T) {
	b := cached()
	set := &Set{Dir: b.dir, Tags: b.catalog}
	files, err := set.Files("library/layers:latest")
	if err != nil {
		t.Fatal(err)
	}
	byPath := map[string]File{}
	for _, f := range files {
		byPath[f.Path] = f
	}
	for _, gone := range []string{"removed/dir/inside", "removed/link", "opaque/lower-dir", "opaque-last/lower", "kinds/dir-to-file/inside", "removed/.wh.file"} {
		if f, there := byPath[gone]; there {
			t.Errorf("%s is still there: %+v", gone, f)
		}
	}
	for path, want := range map[string]File{
		"bin/sh":                   {Type: "file", Mode: "0755", SameAs: "bin/["},
		"removed/file":             {Type: "file", Mode: "0600"},
		"removed/kept":             {Type: "file", Mode: "0644"},
		"opaque/upper":             {Type: "file", Mode: "0644"},
		"opaque/lower":             {Type: "file", Mode: "0644"},
		"opaque-last/upper":        {Type: "file", Mode: "0644"},
		"kinds/link-to-dir":        {Type: "dir", Mode: "0755"},
		"kinds/mode":               {Type: "dir", Mode: "0751", UID: 7, GID: 8},
		"kinds/mode/inside":        {Type: "file", Mode: "0644"},
		"links/across-layers":      {Type: "file", Mode: "0640", UID: 1000, GID: 1001, SameAs: "data/plain"},
		"links/harder":             {Type: "file", Mode: "0644", SameAs: "links/hard"},
		"implied/new":              {Type: "dir", Mode: "0755"},
		"data/setuid":              {Type: "file", Mode: "4755"},
		"devices/large-minor":      {Type: "char", Mode: "0600", Device: "10:300"},
		"links/absolute":           {Type: "symlink", Mode: "0777", UID: 1000, GID: 1000, Target: "/data/plain"},
		"data/large-ids":           {Type: "file", Mode: "0600", UID: 4_000_000, GID: 3_000_000_000},
		"kinds/attribute":          {Type: "file", Mode: "0644"},
		"data/tagged-dir":          {Type: "dir", Mode: "0755", Xattrs: map[string]string{"user.vic.note": "6f6e2061206469726563746f7279"}},
		"names/.what":              {Type: "file", Mode: "0644"},
		"data/implied-parent":      {Type: "file", Mode: "0644"},
		"kinds/hard-b":             {Type: "file", Mode: "0644"},
		"kinds/file-to-dir":        {Type: "dir", Mode: "0755"},
		"kinds/dir-to-file":        {Type: "file", Mode: "0644"},
		"kinds/link-to-file":       {Type: "file", Mode: "0644"},
		"data/zeros":               {Type: "file", Mode: "0644"},
		"devices/fifo":             {Type: "fifo", Mode: "0644"},
		"names/new\nline":          {Type: "file", Mode: "0644"},
		"names/grüße 世界":           {Type: "file", Mode: "0644"},
		"kinds/file-to-dir/inside": {Type: "file", Mode: "0644"},
	} {
		got := byPath[path]
		got.Path, got.Size, got.SHA256, got.MTime = "", 0, "", ""
		if !reflect.DeepEqual(got, want) {
			t.Errorf("%s:\n got %+v\nwant %+v", path, got, want)
		}
	}
}

func TestFormsOfOneImageHaveTheSameFiles(t *testing.T) {
	b := cached()
	set := &Set{Dir: b.dir, Tags: b.catalog}
	want, err := set.Files("library/layers:latest")
	if err != nil {
		t.Fatal(err)
	}
	for _, tag := range []string{"zstd", "docker"} {
		if got, err := set.Files("library/layers:" + tag); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s has other files (%v)", tag, err)
		}
	}
}

func TestFilesOfAnImageThatIsntThere(t *testing.T) {
	b := cached()
	set := &Set{Dir: b.dir, Tags: b.catalog}
	for _, reference := range []string{"library/none:latest", "broken/platform:latest", "broken/missing:latest"} {
		if _, err := set.Files(reference); err == nil {
			t.Errorf("%s has files", reference)
		}
	}
}
