package unpack

import (
	"archive/tar"
	"errors"
	"fmt"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// paxXattr is the prefix under which tar archives carry extended attributes (star, GNU tar, Docker).
	paxXattr = "SCHILY.xattr."

	// maxOwner is the largest user or group id; the next one means "leave it" to chown.
	maxOwner = 1<<32 - 2
)

// setAttributes gives an entry its owner, permissions, extended attributes and time. The order matters: a change of owner
// clears setuid and file capabilities. A directory kept from a lower layer loses the attributes it had.
func setAttributes(dir int, base string, header *tar.Header, kept bool) error {
	if header.Uid < 0 || header.Uid > maxOwner || header.Gid < 0 || header.Gid > maxOwner {
		return Fail(LayerCorrupt, "owner %d:%d", header.Uid, header.Gid)
	}
	if err := unix.Fchownat(dir, base, header.Uid, header.Gid, noFollow); err != nil {
		return err
	}
	if header.Typeflag != tar.TypeSymlink {
		if err := unix.Fchmodat(dir, base, uint32(header.Mode)&0o7777, 0); err != nil {
			return err
		}
	}
	if err := setXattrs(dir, base, header, kept); err != nil {
		return err
	}
	if header.Typeflag == tar.TypeDir {
		return nil // its time is set when all that goes into it has been: see directoryTimes
	}
	return setTimes(dir, base, timesOf(header))
}

func setXattrs(dir int, base string, header *tar.Header, kept bool) error {
	path := descriptorPath(dir) + "/" + base
	if kept {
		if err := clearXattrs(path); err != nil {
			return err
		}
	}
	for record, value := range header.PAXRecords {
		name, ok := strings.CutPrefix(record, paxXattr)
		if !ok {
			continue
		}
		if err := unix.Lsetxattr(path, name, []byte(value), 0); err != nil && !isUnsupported(err) {
			return fmt.Errorf("attribute %s: %w", name, err)
		}
	}
	return nil
}

func clearXattrs(path string) error {
	size, err := unix.Llistxattr(path, nil)
	if err != nil || size == 0 {
		if isUnsupported(err) {
			return nil
		}
		return err
	}
	buffer := make([]byte, size)
	if size, err = unix.Llistxattr(path, buffer); err != nil {
		return err
	}
	for name := range strings.SplitSeq(strings.TrimRight(string(buffer[:size]), "\x00"), "\x00") {
		if err := unix.Lremovexattr(path, name); err != nil && !isUnsupported(err) {
			return fmt.Errorf("attribute %s: %w", name, err)
		}
	}
	return nil
}

// isUnsupported tells of attributes that the kernel doesn't take on such a file, for instance user attributes on
// symbolic links. Docker leaves them out too.
func isUnsupported(err error) bool {
	return errors.Is(err, unix.ENOTSUP) || errors.Is(err, unix.EPERM)
}

// timesOf gives access and modification time; archives seldom have the former.
func timesOf(header *tar.Header) [2]unix.Timespec {
	access := header.AccessTime
	if access.IsZero() {
		access = header.ModTime
	}
	return [2]unix.Timespec{timespec(access), timespec(header.ModTime)}
}

func timespec(t time.Time) unix.Timespec {
	return unix.Timespec{Sec: t.Unix(), Nsec: int64(t.Nanosecond())}
}

func setTimes(dir int, base string, times [2]unix.Timespec) error {
	return unix.UtimesNanoAt(dir, base, times[:], noFollow)
}
