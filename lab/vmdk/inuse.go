package vmdk

import (
	"os"

	"golang.org/x/sys/unix"
)

// qemuWriteLock is the byte on which QEMU holds a shared lock while it may
// write to an image: RAW_LOCK_PERM_BASE (100) plus the number of the bit
// BLK_PERM_WRITE (1), in block/file-posix.c.
const qemuWriteLock = 101

// hasWriter says whether a QEMU has the file open for writing.
func hasWriter(file *os.File) (bool, error) {
	lock := unix.Flock_t{Type: unix.F_WRLCK, Whence: 0, Start: qemuWriteLock, Len: 1}
	if err := unix.FcntlFlock(file.Fd(), unix.F_OFD_GETLK, &lock); err != nil {
		return false, &os.PathError{Op: "getlk", Path: file.Name(), Err: err}
	}
	return lock.Type != unix.F_UNLCK, nil
}
