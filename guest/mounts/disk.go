// Package mounts finds disks, mounts their file systems, and builds the file tree that a container sees.
package mounts

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

const pause = 10 * time.Millisecond

// ErrNoDisk says that a disk didn't turn up in time.
var ErrNoDisk = errors.New("no disk")

// AwaitDisk waits for the disk at a SCSI target of bus 0 and returns its device. The names of disks
// (sda, sdb) go by the order in which the kernel happened to find them and mean nothing.
func AwaitDisk(target int, patience time.Duration) (string, error) {
	pattern := fmt.Sprintf("/sys/bus/scsi/devices/*:0:%d:0/block/*", target)
	for deadline := time.Now().Add(patience); ; time.Sleep(pause) {
		found, _ := filepath.Glob(pattern)
		if len(found) > 0 {
			device := filepath.Join("/dev", filepath.Base(found[0]))
			if isReady(device) {
				return device, nil
			}
		}
		if time.Now().After(deadline) {
			return "", fmt.Errorf("%w at SCSI target %d within %s", ErrNoDisk, target, patience)
		}
	}
}

// isReady tells whether a disk can be read: for a moment after it has turned up it can't (ENXIO).
func isReady(device string) bool {
	f, err := os.Open(device)
	if err != nil {
		return false
	}
	return f.Close() == nil
}

// Mount options (Linux: Documentation/admin-guide/ext4.rst). Inode tables need no zeroing, for a new virtual disk
// reads as zeros, and doing it all the same would fill the disk's file. A file system made by a stranger may ask to
// panic on errors; it isn't heeded.
const (
	// LeafOptions are those of a container's own disk.
	LeafOptions = "noinit_itable,errors=remount-ro"
	// LayerOptions are those of an image's disk while it is filled: it is thrown away when that fails, so its journal
	// would only be written for the sake of the disk's growth.
	LayerOptions = "noload,noinit_itable,errors=remount-ro"
)

// Mount mounts an ext4 file system.
func Mount(device, target string, flags uintptr, options string) error {
	if err := os.MkdirAll(target, 0o755); err != nil {
		return err
	}
	if err := unix.Mount(device, target, "ext4", flags, options); err != nil {
		return fmt.Errorf("mount %s: %w", device, err)
	}
	return nil
}
