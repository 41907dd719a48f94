package mounts

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

const (
	mke2fs = "/sbin/mke2fs"

	// label is how a person recognises the file system.
	label = "vic"

	// journalMiB is enough for a container's metadata, and small beside it. Disks below smallDisk get mke2fs's choice.
	journalMiB = 32
	smallDisk  = 1 << 30

	// blankBytes is how much of a disk must read as zeros to be taken for a new one.
	blankBytes = 1 << 20
)

// Format makes an ext4 file system on a whole disk, for a chain of image disks and the container's disk on top
// (docs/decisions: "The file system of image disks").
func Format(device string) error {
	blank, size, err := examine(device)
	if err != nil {
		return err
	}
	extended := "nodiscard,lazy_itable_init=0,lazy_journal_init=0"
	if blank {
		// A new virtual disk reads as zeros: writing more of them would fill its file for nothing.
		extended = "nodiscard,assume_storage_prezeroed=1"
	}
	args := []string{"-q", "-F", "-t", "ext4", "-L", label, "-m", "0", "-E", extended}
	if size >= smallDisk {
		args = append(args, "-J", "size="+strconv.Itoa(journalMiB))
	}
	command := exec.Command(mke2fs, append(args, device)...)
	command.Env = []string{"LC_ALL=C"}
	if words, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("mke2fs: %w: %s", err, strings.TrimSpace(string(words)))
	}
	return nil
}

// examine tells whether a disk looks new, and its size in bytes.
func examine(device string) (blank bool, size int64, err error) {
	f, err := os.Open(device)
	if err != nil {
		return false, 0, err
	}
	defer f.Close()
	head := make([]byte, blankBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && err != io.ErrUnexpectedEOF {
		return false, 0, err
	}
	size, err = f.Seek(0, io.SeekEnd)
	return bytes.Equal(head[:n], make([]byte, n)), size, err
}
