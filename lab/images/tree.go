package images

import (
	"archive/tar"
	"bytes"
	"io"
	"strings"
	"time"
)

// epoch is the modification time of all files that don't bring their own.
var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// tree writes one layer's entries, in the order of the calls. The first error
// sticks and is returned by close.
type tree struct {
	tar *tar.Writer
	err error
}

// add writes any entry. Names are relative, directories end in a slash.
func (t *tree) add(header tar.Header, content io.Reader) {
	if t.err != nil {
		return
	}
	header.Format = tar.FormatPAX
	if header.ModTime.IsZero() {
		header.ModTime = epoch
	}
	if t.err = t.tar.WriteHeader(&header); t.err == nil && content != nil {
		_, t.err = io.Copy(t.tar, content)
	}
}

// option changes a header before it is written.
type option func(*tar.Header)

func owner(uid, gid int) option { return func(h *tar.Header) { h.Uid, h.Gid = uid, gid } }

// xattr sets an extended attribute, as the PAX record that Docker and all OCI
// tools use for it.
func xattr(name, value string) option {
	return func(h *tar.Header) {
		if h.PAXRecords == nil {
			h.PAXRecords = map[string]string{}
		}
		h.PAXRecords["SCHILY.xattr."+name] = value
	}
}

func (t *tree) dir(name string, mode int64, options ...option) {
	t.entry(tar.Header{Typeflag: tar.TypeDir, Name: strings.TrimSuffix(name, "/") + "/", Mode: mode}, nil, options)
}

func (t *tree) file(name string, mode int64, content string, options ...option) {
	t.stream(name, mode, int64(len(content)), strings.NewReader(content), options...)
}

func (t *tree) stream(name string, mode, size int64, content io.Reader, options ...option) {
	t.entry(tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: mode, Size: size}, content, options)
}

func (t *tree) symlink(name, target string, options ...option) {
	t.entry(tar.Header{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777}, nil, options)
}

// hardlink has the mode that the target has, as tar writes it: dockerd gives the
// file what stands in the link's entry.
func (t *tree) hardlink(name, target string, mode int64, options ...option) {
	t.entry(tar.Header{Typeflag: tar.TypeLink, Name: name, Linkname: target, Mode: mode}, nil, options)
}

func (t *tree) device(kind byte, name string, mode, major, minor int64, options ...option) {
	t.entry(tar.Header{Typeflag: kind, Name: name, Mode: mode, Devmajor: major, Devminor: minor}, nil, options)
}

// remove is a whiteout: name of a lower layer is gone.
// https://github.com/opencontainers/image-spec/blob/main/layer.md#whiteouts
func (t *tree) remove(dir, name string) { t.file(dir+".wh."+name, 0, "") }

// hideLower is an opaque whiteout: nothing of a lower layer is left in dir.
func (t *tree) hideLower(dir string) { t.file(dir+".wh..wh..opq", 0, "") }

func (t *tree) entry(header tar.Header, content io.Reader, options []option) {
	for _, set := range options {
		set(&header)
	}
	t.add(header, content)
}

func (t *tree) close() error {
	if t.err != nil {
		return t.err
	}
	return t.tar.Close()
}

// zeros is n bytes of nothing.
func zeros(n int) io.Reader { return bytes.NewReader(make([]byte, n)) }
