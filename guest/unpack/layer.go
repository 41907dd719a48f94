package unpack

import (
	"archive/tar"
	"errors"
	"io"
	"path"
	"strings"
)

const (
	whiteoutPrefix = ".wh."
	whiteoutMeta   = ".wh..wh." // of aufs; of these only the opaque mark means anything
	whiteoutOpaque = ".wh..wh..opq"
)

// layer is the application of one layer to a tree.
type layer struct {
	tree  *tree
	own   map[entry]bool // what this layer put there
	times directoryTimes
	files int64
	bytes int64
}

// applyTar applies a layer's tar archive.
func (l *layer) applyTar(r io.Reader) error {
	archive := tar.NewReader(r)
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return l.times.restore(l.tree)
		}
		if err != nil {
			return corrupt(err)
		}
		if header.Typeflag == tar.TypeXGlobalHeader {
			continue
		}
		if err := l.applyHeader(header, decoded{archive}); err != nil {
			return Fail(ReasonOf(err), "%q: %w", header.Name, err)
		}
	}
}

func (l *layer) applyHeader(header *tar.Header, content io.Reader) error {
	name, err := cleanName(header.Name)
	if err != nil {
		return err
	}
	base := path.Base(name)
	switch {
	case base == whiteoutOpaque:
		return l.applyOpaque(path.Dir(name))
	case isMeta(name):
		return nil
	case strings.HasPrefix(base, whiteoutPrefix):
		return l.applyWhiteout(path.Dir(name), strings.TrimPrefix(base, whiteoutPrefix))
	}
	return l.applyEntry(name, header, content)
}

func (l *layer) applyWhiteout(directory, hidden string) error {
	if hidden == "" || hidden == "." || hidden == ".." {
		return Fail(LayerCorrupt, "a whiteout of nothing")
	}
	dir, base, err := l.tree.parent(path.Join(directory, hidden), false)
	if isAbsent(err) {
		return nil
	}
	if err == nil {
		err = l.times.keep(directory, dir)
	}
	if err == nil {
		err = l.removeBelow(dir, base)
	}
	return err
}

func (l *layer) applyOpaque(directory string) error {
	// The directory's entry need not have come yet, nor come at all.
	dir, err := l.tree.open(directory)
	if isAbsent(err) {
		return nil
	}
	if err == nil {
		defer closeDescriptor(dir)
		err = l.times.keep(directory, dir)
	}
	if err == nil {
		err = l.removeChildrenBelow(dir, ".")
	}
	l.tree.forget() // it may be gone
	return err
}

// cleanName makes a path of an archive relative to the root. Leading slashes mean the root, as they do to tar.
func cleanName(name string) (string, error) {
	cleaned := path.Clean(strings.TrimLeft(name, "/"))
	if cleaned == ".." || strings.HasPrefix(cleaned, "../") {
		return "", Fail(PathEscapes, "leads out of the file system")
	}
	return cleaned, nil
}

func isMeta(name string) bool {
	for part := range strings.SplitSeq(name, "/") {
		if strings.HasPrefix(part, whiteoutMeta) {
			return true
		}
	}
	return false
}

// decoded is a file's content. An error of reading it is the layer's fault, one of writing it isn't.
type decoded struct{ from io.Reader }

func (d decoded) Read(p []byte) (int, error) {
	n, err := d.from.Read(p)
	if err != nil && err != io.EOF {
		err = corrupt(err)
	}
	return n, err
}

// corrupt marks an error of decoding as the layer's fault, unless it has a reason already.
func corrupt(err error) error {
	var e *Error
	if errors.As(err, &e) {
		return err
	}
	return Fail(LayerCorrupt, "%w", err)
}
