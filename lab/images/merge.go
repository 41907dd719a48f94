package images

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
)

// File is one name in an image's file system, with what its inode has.
type File struct {
	Path   string            `json:"path"` // "bin/sh"
	Type   string            `json:"type"` // file, dir, symlink, char, block, fifo
	Mode   string            `json:"mode"` // octal, with setuid, setgid, sticky
	UID    int               `json:"uid"`
	GID    int               `json:"gid"`
	Size   int64             `json:"size,omitempty"`
	SHA256 string            `json:"sha256,omitempty"` // of a file's content
	Target string            `json:"target,omitempty"` // of a symlink
	Device string            `json:"device,omitempty"` // major:minor
	Xattrs map[string]string `json:"xattrs,omitempty"` // values in hex
	MTime  string            `json:"mtime,omitempty"`  // RFC 3339; empty where no layer gives one
	SameAs string            `json:"sameAs,omitempty"` // the first name of the inode, where it has several
}

// inode is what several names may share.
type inode struct {
	header tar.Header
	sha256 string
	// implied directories have no entry in any layer.
	implied bool
}

// merged file system, by clean relative path.
type merge map[string]*inode

// Files says what the files of an image are once its layers are applied in
// order, by the image specification alone: what to compare an unpacked disk
// with. reference is "repository:tag" or "repository:sha256:…".
func (s *Set) Files(reference string) ([]File, error) {
	manifest, err := s.manifest(reference)
	if err != nil {
		return nil, err
	}
	m := merge{}
	for i, l := range manifest.Layers {
		if err := s.apply(m, l); err != nil {
			return nil, fmt.Errorf("layer %d: %w", i, err)
		}
	}
	return m.files(), nil
}

// manifest finds the image for linux/amd64.
func (s *Set) manifest(reference string) (*v1.Manifest, error) {
	repository, name, _ := strings.Cut(reference, ":")
	for _, tag := range s.Tags {
		if tag.Repository != repository || tag.Tag != name {
			continue
		}
		if tag.MediaType.IsImage() {
			var manifest v1.Manifest
			return &manifest, s.readJSON(tag.Digest, &manifest)
		}
		var index v1.IndexManifest
		if err := s.readJSON(tag.Digest, &index); err != nil {
			return nil, err
		}
		for _, member := range index.Manifests {
			if member.Platform.Satisfies(v1.Platform{OS: "linux", Architecture: "amd64"}) {
				return s.manifest(repository + ":" + member.Digest.String())
			}
		}
	}
	return nil, fmt.Errorf("%s: no such image for linux/amd64", reference)
}

func (s *Set) readJSON(digest v1.Hash, into any) error {
	content, err := os.ReadFile(s.blob(digest))
	if err != nil {
		return err
	}
	return json.Unmarshal(content, into)
}

func (s *Set) blob(digest v1.Hash) string {
	return filepath.Join(s.Blobs(), digest.Algorithm, digest.Hex)
}

// apply reads a layer twice: whiteouts hide what lower layers have, wherever
// they stand in the archive.
func (s *Set) apply(m merge, l v1.Descriptor) error {
	if err := s.eachIn(l, func(h tar.Header, _ io.Reader) error {
		m.hide(h.Name)
		return nil
	}); err != nil {
		return err
	}
	return s.eachIn(l, m.put)
}

func (s *Set) eachIn(l v1.Descriptor, visit func(tar.Header, io.Reader) error) error {
	f, err := os.Open(s.blob(l.Digest))
	if err != nil {
		return err
	}
	defer f.Close()
	var content io.Reader = f
	switch l.MediaType {
	case types.OCILayer, types.DockerLayer:
		unzipped, err := gzip.NewReader(f)
		if err != nil {
			return err
		}
		content = unzipped
	case types.OCILayerZStd:
		decoder, err := zstd.NewReader(f)
		if err != nil {
			return err
		}
		defer decoder.Close()
		content = decoder
	}
	return eachEntry(tar.NewReader(content), visit)
}

const whiteout = ".wh."

func (m merge) hide(name string) {
	dir, base := path.Split(path.Clean(name))
	switch {
	case base == ".wh..wh..opq":
		m.removeBelow(path.Clean(dir))
	case strings.HasPrefix(base, whiteout):
		m.remove(path.Join(dir, strings.TrimPrefix(base, whiteout)))
	}
}

func (m merge) remove(name string) {
	delete(m, name)
	m.removeBelow(name)
}

func (m merge) removeBelow(name string) {
	for other := range m {
		if strings.HasPrefix(other, name+"/") {
			delete(m, other)
		}
	}
}

func (m merge) put(h tar.Header, content io.Reader) error {
	name := path.Clean(h.Name)
	if strings.HasPrefix(path.Base(name), whiteout) {
		return nil
	}
	m.needDir(path.Dir(name))
	if h.Typeflag == tar.TypeLink {
		target := m[path.Clean(h.Linkname)]
		if target == nil {
			return fmt.Errorf("%s: a link to %s, which isn't there", name, h.Linkname)
		}
		m.remove(name)
		m[name] = target
		return nil
	}
	before := m[name]
	if before != nil && !(before.header.Typeflag == tar.TypeDir && h.Typeflag == tar.TypeDir) {
		m.remove(name)
	}
	node := &inode{header: h}
	if h.Typeflag == tar.TypeReg {
		sum := sha256.New()
		if _, err := io.Copy(sum, content); err != nil {
			return err
		}
		node.sha256 = hex.EncodeToString(sum.Sum(nil))
	}
	m[name] = node
	return nil
}

// needDir makes the directories that no layer has an entry for.
func (m merge) needDir(name string) {
	if name == "." || m[name] != nil {
		return
	}
	m.needDir(path.Dir(name))
	m[name] = &inode{header: tar.Header{Typeflag: tar.TypeDir, Mode: 0o755}, implied: true}
}

var typeNames = map[byte]string{
	tar.TypeReg: "file", tar.TypeDir: "dir", tar.TypeSymlink: "symlink",
	tar.TypeChar: "char", tar.TypeBlock: "block", tar.TypeFifo: "fifo",
}

// files lists all names in order.
func (m merge) files() []File {
	first := map[*inode]string{}
	var list []File
	for _, name := range slices.Sorted(maps.Keys(m)) {
		node := m[name]
		f := node.file(name)
		if earlier, ok := first[node]; ok {
			f.SameAs = earlier
		} else {
			first[node] = name
		}
		list = append(list, f)
	}
	return list
}

func (n *inode) file(name string) File {
	h := n.header
	f := File{
		Path: name, Type: typeNames[h.Typeflag], Mode: fmt.Sprintf("%04o", h.Mode&0o7777), UID: h.Uid, GID: h.Gid,
		SHA256: n.sha256, Target: h.Linkname,
	}
	switch h.Typeflag {
	case tar.TypeReg:
		f.Size = h.Size
	case tar.TypeChar, tar.TypeBlock:
		f.Device = fmt.Sprintf("%d:%d", h.Devmajor, h.Devminor)
	}
	if h.FileInfo().Mode()&fs.ModeSymlink != 0 {
		f.Mode = "0777" // Linux knows no other
	}
	if !n.implied {
		f.MTime = h.ModTime.UTC().Format("2006-01-02T15:04:05.999999999Z07:00")
	}
	for key, value := range h.PAXRecords {
		if attribute, ok := strings.CutPrefix(key, "SCHILY.xattr."); ok {
			if f.Xattrs == nil {
				f.Xattrs = map[string]string{}
			}
			f.Xattrs[attribute] = hex.EncodeToString([]byte(value))
		}
	}
	return f
}
