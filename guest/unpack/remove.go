package unpack

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// entry is a name in a directory, whatever path led to it.
type entry struct {
	directory uint64 // inode
	name      string
}

// removeBelow takes away what lower layers left at a name, sparing what the present layer put there: a whiteout
// hides lower layers alone (OCI image spec, "Whiteouts"), wherever in the layer it stands.
func (l *layer) removeBelow(dir int, base string) error {
	s, err := stat(dir, base)
	if errors.Is(err, unix.ENOENT) {
		return nil
	}
	if err != nil {
		return err
	}
	own, err := l.isOwn(dir, base)
	if err != nil || !isDir(s) {
		if err == nil && !own {
			err = unix.Unlinkat(dir, base, 0)
		}
		return err
	}
	if err := l.removeChildrenBelow(dir, base); err != nil {
		return err
	}
	if own {
		return nil
	}
	err = unix.Unlinkat(dir, base, unix.AT_REMOVEDIR)
	if errors.Is(err, unix.ENOTEMPTY) {
		return nil // holds something of this layer
	}
	return err
}

// removeChildrenBelow empties a directory of what lower layers left in it.
func (l *layer) removeChildrenBelow(dir int, base string) error {
	names, err := children(dir, base)
	if err != nil {
		return err
	}
	fd, err := unix.Openat(dir, base, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, name := range names {
		if err := l.removeBelow(fd, name); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// removeAll takes away what stands in an entry's place.
func removeAll(dir int, base string) error {
	err := unix.Unlinkat(dir, base, 0)
	if !errors.Is(err, unix.EISDIR) {
		return err
	}
	names, err := children(dir, base)
	if err != nil {
		return err
	}
	fd, err := unix.Openat(dir, base, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, name := range names {
		if err := removeAll(fd, name); err != nil {
			return err
		}
	}
	return unix.Unlinkat(dir, base, unix.AT_REMOVEDIR)
}

func (l *layer) isOwn(dir int, base string) (bool, error) {
	s, err := stat(dir, ".")
	return l.own[entry{s.Ino, base}], err
}

func (l *layer) claim(dir int, base string) error {
	s, err := stat(dir, ".")
	if err == nil {
		l.own[entry{s.Ino, base}] = true
	}
	return err
}
