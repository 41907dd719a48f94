package images

import (
	"archive/tar"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/v1/types"
)

// capNetBindService is the security.capability attribute that
// `setcap cap_net_bind_service=ep` writes: struct vfs_cap_data of revision 2
// (linux/capability.h), little endian: magic with the effective flag, then
// permitted and inheritable, low words and high words.
const capNetBindService = "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"

// layersSteps are the layers of library/layers above busybox: whatever the
// image specification allows in a layer, and what later layers may do to it.
var layersSteps = []struct {
	createdBy string
	fill      func(*tree)
}{
	{"every kind of file", everyKind},
	{"an empty layer", func(*tree) {}},
	{"whiteouts, opaque directories, changes of kind", changes},
	{"things that come back", comebacks},
}

func everyKind(t *tree) {
	t.dir("data", 0o755)
	t.file("data/plain", 0o640, "plain\n", owner(1000, 1001))
	t.file("data/empty", 0o644, "")
	t.file("data/setuid", 0o4755, "#!/bin/sh\n", owner(0, 0))
	t.file("data/setgid", 0o2755, "#!/bin/sh\n", owner(0, 33))
	t.dir("data/sticky", 0o1777)
	t.dir("data/setgid-dir", 0o2775, owner(0, 33))
	t.file("data/capable", 0o755, "#!/bin/sh\n", xattr("security.capability", capNetBindService))
	t.file("data/tagged", 0o644, "tagged\n", xattr("user.vic.note", "a value"))
	t.dir("data/tagged-dir", 0o755, xattr("user.vic.note", "on a directory"))
	t.file("data/large-ids", 0o600, "", owner(4_000_000, 3_000_000_000))
	t.file("data/fine-time", 0o644, "", func(h *tar.Header) { h.ModTime = epoch.Add(123456789 * time.Nanosecond) })
	t.file("data/old", 0o644, "", func(h *tar.Header) { h.ModTime = time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC) })
	t.stream("data/zeros", 0o644, 5<<20, zeros(5<<20))

	t.dir("links", 0o755)
	t.file("links/target", 0o644, "one file, three names\n")
	t.hardlink("links/hard", "links/target", 0o644)
	t.hardlink("links/harder", "links/hard", 0o644)
	t.symlink("links/relative", "target")
	t.symlink("links/upward", "../data/plain")
	t.symlink("links/absolute", "/data/plain", owner(1000, 1000))
	t.symlink("links/dangling", "/nowhere/at/all")
	t.symlink("links/directory", "../data")
	t.symlink("links/long", "/"+strings.Repeat("long/", 40)+"target")

	t.dir("devices", 0o755)
	t.device(tar.TypeChar, "devices/null", 0o666, 1, 3)
	t.device(tar.TypeBlock, "devices/loop", 0o660, 7, 0, owner(0, 6))
	t.device(tar.TypeChar, "devices/large-minor", 0o600, 10, 300)
	t.device(tar.TypeFifo, "devices/fifo", 0o644, 0, 0)

	t.dir("names", 0o755)
	t.file("names/"+strings.Repeat("n", 120), 0o644, "longer than a ustar name\n")
	t.file("names/"+strings.Repeat("m", 255), 0o644, "as long as a name can be\n")
	deep := "names"
	for range 6 {
		deep += "/" + strings.Repeat("d", 60)
		t.dir(deep, 0o755)
	}
	t.file(deep+"/file", 0o644, "a path longer than ustar's 255\n")
	t.file("names/grüße 世界", 0o644, "UTF-8\n")
	t.file("names/new\nline", 0o644, "")
	t.file("names/ leading and trailing ", 0o644, "")
	t.file("names/.what", 0o644, "no whiteout\n")

	t.dir("removed", 0o755)
	t.file("removed/file", 0o644, "gone soon\n")
	t.file("removed/kept", 0o644, "stays\n")
	t.dir("removed/dir", 0o755)
	t.file("removed/dir/inside", 0o644, "gone soon\n")
	t.symlink("removed/link", "kept")
	t.dir("opaque", 0o755)
	t.file("opaque/lower", 0o644, "hidden soon\n")
	t.dir("opaque/lower-dir", 0o755)
	t.file("opaque/lower-dir/inside", 0o644, "hidden soon\n")
	t.dir("opaque-last", 0o755)
	t.file("opaque-last/lower", 0o644, "hidden soon\n")
	t.dir("kinds", 0o755)
	t.file("kinds/file-to-dir", 0o644, "")
	t.dir("kinds/dir-to-file", 0o755)
	t.file("kinds/dir-to-file/inside", 0o644, "")
	t.symlink("kinds/link-to-dir", "../data")
	t.symlink("kinds/link-to-file", "../data/plain")
	t.file("kinds/hard-a", 0o644, "a\n")
	t.hardlink("kinds/hard-b", "kinds/hard-a", 0o644)
	t.dir("kinds/mode", 0o700)
	t.file("kinds/mode/inside", 0o644, "")
	t.file("kinds/attribute", 0o644, "", xattr("user.vic.note", "gone soon"))
}

func changes(t *tree) {
	t.remove("removed/", "file")
	t.remove("removed/", "dir")
	t.remove("removed/", "link")
	t.remove("removed/", "never-was")
	t.dir("opaque", 0o755)
	t.hideLower("opaque/")
	t.file("opaque/upper", 0o644, "upper\n")
	// The marker may come after what it doesn't hide.
	t.dir("opaque-last", 0o755)
	t.file("opaque-last/upper", 0o644, "upper\n")
	t.hideLower("opaque-last/")
	t.dir("kinds/file-to-dir", 0o755)
	t.file("kinds/file-to-dir/inside", 0o644, "")
	t.file("kinds/dir-to-file", 0o644, "")
	t.dir("kinds/link-to-dir", 0o755)
	t.file("kinds/link-to-dir/inside", 0o644, "not in /data\n")
	t.file("kinds/link-to-file", 0o644, "not /data/plain\n")
	t.file("kinds/hard-a", 0o644, "another file, b keeps the old one\n")
	t.dir("kinds/mode", 0o751, owner(7, 8))
	t.file("kinds/attribute", 0o644, "")
	t.hardlink("links/across-layers", "data/plain", 0o640, owner(1000, 1001))
	// No entry for the directory, which exists in a lower layer.
	t.file("data/implied-parent", 0o644, "")
	// No entry for a directory that exists nowhere.
	t.file("implied/new/parent", 0o644, "")
}

func comebacks(t *tree) {
	t.file("removed/file", 0o600, "back\n")
	t.dir("removed/dir", 0o700)
	t.file("opaque/lower", 0o644, "back\n")
}

// layers publishes the same files in four forms: OCI with gzip, with zstd and
// uncompressed layers, Docker's schema 2. All have the same diffIDs, so the
// same chain of disks.
func (b *builder) layers() error {
	forms := []struct {
		tag       string
		compress  []compression // of the steps in turn
		mediaType types.MediaType
	}{
		{"latest", []compression{gzipped}, ""},
		{"zstd", []compression{zstandard, uncompressed}, ""},
		{"docker", []compression{gzipped}, types.DockerManifestSchema2},
	}
	for _, form := range forms {
		layers := []layer{b.base}
		for i, step := range layersSteps {
			l, err := b.layer(step.createdBy, form.compress[i%len(form.compress)], step.fill)
			if err != nil {
				return err
			}
			layers = append(layers, l)
		}
		if err := b.publish("library/layers", form.tag, image{config: busyboxConfig(), layers: layers, mediaType: form.mediaType}); err != nil {
			return err
		}
	}
	return nil
}
