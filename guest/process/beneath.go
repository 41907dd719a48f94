package process

import (
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// openBeneath is open for a process that stands outside the file tree: whatever links the tree's root has laid, the file is
// one of the tree's. What it is is looked at before it is opened, as no rule keeps this process from a device.
func openBeneath(root, path string) io.ReadCloser {
	dir, err := os.OpenFile(root, unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return nothing()
	}
	defer dir.Close()
	how := unix.OpenHow{Flags: unix.O_PATH | unix.O_CLOEXEC, Resolve: unix.RESOLVE_IN_ROOT | unix.RESOLVE_NO_MAGICLINKS}
	fd, err := unix.Openat2(int(dir.Fd()), strings.TrimPrefix(path, "/"), &how)
	if err != nil {
		return nothing()
	}
	found := os.NewFile(uintptr(fd), path)
	defer found.Close()
	if info, err := found.Stat(); err != nil || !info.Mode().IsRegular() {
		return nothing()
	}
	f, err := os.Open(fmt.Sprintf("/proc/self/fd/%d", fd))
	if err != nil {
		return nothing()
	}
	return limited(f)
}

// nothing is an empty file.
func nothing() io.ReadCloser { return io.NopCloser(strings.NewReader("")) }

// limited is what is read of a file at most.
func limited(f *os.File) io.ReadCloser {
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(f, maxUserFile), f}
}
