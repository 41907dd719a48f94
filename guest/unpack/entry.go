package unpack

import (
	"archive/tar"
	"errors"
	"io"

	"golang.org/x/sys/unix"
)

// applyEntry makes one file, directory, link or device, in the place of whatever is there.
func (l *layer) applyEntry(name string, header *tar.Header, content io.Reader) error {
	dir, base, err := l.tree.parent(name, true)
	if err != nil {
		return invalid(err)
	}
	if base == "." && header.Typeflag != tar.TypeDir {
		return Fail(LayerCorrupt, "the root is not a directory")
	}
	if base != "." {
		if err := l.times.keepParent(name, dir); err != nil {
			return err
		}
	}
	if header.Typeflag == tar.TypeLink {
		return l.link(dir, base, header)
	}
	kept, err := makeRoom(dir, base, header.Typeflag == tar.TypeDir)
	if err != nil {
		return invalid(err)
	}
	if err := l.create(dir, base, header, content, kept); err != nil {
		return err
	}
	if header.Typeflag == tar.TypeDir {
		if err := l.times.set(name, dir, base, header); err != nil {
			return err
		}
	}
	return l.claim(dir, base)
}

// makeRoom removes what is in the way. A directory stays for a directory, with all that is in it.
func makeRoom(dir int, base string, forDirectory bool) (kept bool, err error) {
	s, err := stat(dir, base)
	switch {
	case errors.Is(err, unix.ENOENT):
		return false, nil
	case err != nil:
		return false, err
	case forDirectory && isDir(s):
		return true, nil
	}
	return false, removeAll(dir, base)
}

func (l *layer) create(dir int, base string, header *tar.Header, content io.Reader, kept bool) error {
	var err error
	switch header.Typeflag {
	case tar.TypeDir:
		if !kept {
			err = unix.Mkdirat(dir, base, 0o700)
		}
	case tar.TypeReg, tar.TypeCont, tar.TypeGNUSparse:
		err = l.createFile(dir, base, content)
	case tar.TypeSymlink:
		err = unix.Symlinkat(header.Linkname, dir, base)
	case tar.TypeChar, tar.TypeBlock, tar.TypeFifo:
		err = makeNode(dir, base, header)
	default:
		return Fail(LayerCorrupt, "an entry of unknown type %q", header.Typeflag)
	}
	if err != nil {
		return invalid(err)
	}
	return setAttributes(dir, base, header, kept)
}

func (l *layer) createFile(dir int, base string, content io.Reader) error {
	n, err := writeFile(dir, base, content)
	l.files++
	l.bytes += n
	return err
}

func makeNode(dir int, base string, header *tar.Header) error {
	kind := map[byte]uint32{tar.TypeChar: unix.S_IFCHR, tar.TypeBlock: unix.S_IFBLK, tar.TypeFifo: unix.S_IFIFO}
	device := unix.Mkdev(uint32(header.Devmajor), uint32(header.Devminor))
	return unix.Mknodat(dir, base, kind[header.Typeflag]|0o600, int(device))
}

// link makes a hard link to an entry that is there already, itself, not what it may point to.
func (l *layer) link(dir int, base string, header *tar.Header) error {
	target, err := cleanName(header.Linkname)
	if err != nil {
		return Fail(PathEscapes, "a hard link to %q leads out of the file system", header.Linkname)
	}
	// The tree's cache holds one directory, and this needs two.
	into, err := unix.FcntlInt(uintptr(dir), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer closeDescriptor(into)
	from, fromBase, err := l.tree.parent(target, false)
	if isAbsent(err) {
		return Fail(LayerCorrupt, "a hard link to %q, which isn't there", header.Linkname)
	}
	if err != nil {
		return err
	}
	of, err := stat(from, fromBase)
	if err != nil || isDir(of) {
		return Fail(LayerCorrupt, "a hard link to %q, which isn't there or is a directory", header.Linkname)
	}
	if there, err := stat(into, base); err == nil && there.Ino == of.Ino {
		return l.claim(into, base) // the very same file
	}
	if _, err := makeRoom(into, base, false); err != nil {
		return err
	}
	l.tree.forget() // what made room may have held the target
	if from, fromBase, err = l.tree.parent(target, false); err != nil {
		return corrupt(err)
	}
	if err := unix.Linkat(from, fromBase, into, base, 0); err != nil {
		return invalid(err)
	}
	return l.claim(into, base)
}

// invalid marks errors that only an archive's content can cause.
func invalid(err error) error {
	for _, blamed := range []error{unix.ENAMETOOLONG, unix.EINVAL, unix.ENOENT, unix.ENOTDIR, unix.ELOOP, unix.EMLINK} {
		if errors.Is(err, blamed) {
			return corrupt(err)
		}
	}
	return err
}

// isAbsent tells that a path leads to nothing.
func isAbsent(err error) bool {
	return errors.Is(err, unix.ENOENT) || errors.Is(err, unix.ENOTDIR) || errors.Is(err, unix.ELOOP)
}

func closeDescriptor(fd int) { _ = unix.Close(fd) }
