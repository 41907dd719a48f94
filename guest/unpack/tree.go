package unpack

import (
	"errors"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/sys/unix"
)

const (
	maxLinks     = 40 // symbolic links followed on one path, as the kernel's own limit
	implicitMode = 0o755
	noFollow     = unix.AT_SYMLINK_NOFOLLOW
)

// tree is a directory taken for the root of a file system: the kernel resolves every path as if it had been chrooted
// there (openat2, RESOLVE_IN_ROOT), so that neither ".." nor absolute symbolic links lead out of it.
type tree struct {
	root int
	real string // the root's own path

	// The parent of the last entry, for layers list directories one by one.
	cached     int
	cachedPath string
}

const nothingCached = -1

func openTree(dir string) (*tree, error) {
	root, err := unix.Open(dir, unix.O_PATH|unix.O_DIRECTORY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	real, err := os.Readlink(descriptorPath(root))
	return &tree{root: root, real: real, cached: nothingCached}, err
}

func (t *tree) close() {
	t.forget()
	unix.Close(t.root)
}

// forget drops the cached directory; needed when it may have been removed. What makes room for an entry can't have
// removed the directory that the entry is in.
func (t *tree) forget() {
	if t.cached != nothingCached {
		unix.Close(t.cached)
		t.cached = nothingCached
	}
}

// parent opens the directory that holds an entry. It stays the tree's to close. With create, missing ones are made.
func (t *tree) parent(name string, create bool) (dir int, base string, err error) {
	name = path.Clean(name)
	if name == "." {
		return t.root, ".", nil
	}
	above := path.Dir(name)
	if t.cached == nothingCached || t.cachedPath != above {
		t.forget()
		open := t.open
		if create {
			open = func(name string) (int, error) { return t.openOrMake(name, maxLinks) }
		}
		if dir, err = open(above); err != nil {
			return 0, "", err
		}
		t.cached, t.cachedPath = dir, above
	}
	return t.cached, path.Base(name), nil
}

// open opens a directory, following symbolic links within the tree.
func (t *tree) open(name string) (int, error) {
	fd, err := unix.Openat2(t.root, name, &unix.OpenHow{
		Flags:   unix.O_PATH | unix.O_DIRECTORY | unix.O_CLOEXEC,
		Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS | unix.RESOLVE_NO_XDEV,
	})
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	return fd, nil
}

// openOrMake makes what is missing on the way, also where a symbolic link leads to nothing yet.
func (t *tree) openOrMake(name string, links int) (int, error) {
	fd, err := t.open(name)
	if !errors.Is(err, unix.ENOENT) {
		return fd, err
	}
	above, err := t.openOrMake(path.Dir(name), links)
	if err != nil {
		return 0, err
	}
	defer unix.Close(above)
	base := path.Base(name)
	err = unix.Mkdirat(above, base, implicitMode)
	if err == nil {
		if err = unix.Fchmodat(above, base, implicitMode, 0); err != nil { // whatever the umask
			return 0, err
		}
		return t.open(name)
	}
	if !errors.Is(err, unix.EEXIST) || links == 0 {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	target, err := readlinkat(above, base)
	if err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	if !path.IsAbs(target) {
		real, err := os.Readlink(descriptorPath(above))
		if err != nil {
			return 0, err
		}
		target = path.Join(strings.TrimPrefix(real, t.real), target)
	}
	return t.openOrMake(inside(target), links-1)
}

// inside is a path as seen from the root: ".." stops there.
func inside(name string) string {
	return path.Join(".", path.Clean("/"+name))
}

func descriptorPath(fd int) string { return fmt.Sprintf("/proc/self/fd/%d", fd) }

func readlinkat(dir int, base string) (string, error) {
	buffer := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(dir, base, buffer)
	if err != nil {
		return "", err
	}
	return string(buffer[:n]), nil
}

// stat looks at an entry itself, not at what it may point to.
func stat(dir int, base string) (unix.Stat_t, error) {
	var s unix.Stat_t
	err := unix.Fstatat(dir, base, &s, noFollow)
	return s, err
}

func isDir(s unix.Stat_t) bool { return s.Mode&unix.S_IFMT == unix.S_IFDIR }

// children names what is in a directory.
func children(dir int, base string) ([]string, error) {
	fd, err := unix.Openat(dir, base, unix.O_RDONLY|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), base)
	defer f.Close()
	return f.Readdirnames(-1)
}
