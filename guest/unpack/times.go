package unpack

import (
	"archive/tar"
	"errors"
	"path"

	"golang.org/x/sys/unix"
)

// directoryTimes are the times that directories shall have when a layer has been applied, for each change in a
// directory moves its time. By inode; the path finds it again.
type directoryTimes map[uint64]directoryTime

type directoryTime struct {
	path  string
	times [2]unix.Timespec
}

// keepParent remembers the time of the directory that holds an entry.
func (d directoryTimes) keepParent(name string, dir int) error {
	return d.keep(path.Dir(name), dir)
}

// keep remembers a directory's present time, if it has none to be set yet.
func (d directoryTimes) keep(name string, dir int) error {
	s, err := stat(dir, ".")
	if err != nil {
		return err
	}
	if _, known := d[s.Ino]; !known {
		d[s.Ino] = directoryTime{name, [2]unix.Timespec{s.Atim, s.Mtim}}
	}
	return nil
}

// set takes the time that the layer itself gives a directory.
func (d directoryTimes) set(name string, dir int, base string, header *tar.Header) error {
	s, err := stat(dir, base)
	if err == nil {
		d[s.Ino] = directoryTime{name, timesOf(header)}
	}
	return err
}

// restore sets all times. Directories that the layer has replaced or removed since have no time to get.
func (d directoryTimes) restore(t *tree) error {
	for inode, is := range d {
		fd, err := t.open(is.path)
		if isAbsent(err) {
			continue
		}
		if err != nil {
			return err
		}
		s, err := stat(fd, ".")
		if err == nil && s.Ino == inode {
			err = setTimes(fd, ".", is.times)
		}
		if err = errors.Join(err, unix.Close(fd)); err != nil {
			return err
		}
	}
	return nil
}
