// Package initramfs writes the archive that a Linux kernel unpacks into its first file system.
package initramfs

import (
	"fmt"
	"io"
	"path"
	"strings"
)

// The kinds of entries, as in st_mode.
const (
	directory   = 0o040000
	regular     = 0o100000
	symlink     = 0o120000
	character   = 0o020000
	trailerName = "TRAILER!!!"
)

// Writer writes a cpio archive in the "newc" format (Linux: Documentation/driver-api/early-userspace/buffer-format.rst).
// Everything in it belongs to root and has one time, so that the same input gives the same bytes.
type Writer struct {
	out   io.Writer
	mtime int64
	inode int
	made  map[string]bool
	err   error
}

// NewWriter starts an archive whose entries carry the time mtime, in seconds since 1970.
func NewWriter(out io.Writer, mtime int64) *Writer {
	return &Writer{out: out, mtime: mtime, made: map[string]bool{}}
}

// Dir adds a directory, and those above it.
func (w *Writer) Dir(name string) {
	name = clean(name)
	if name == "" || w.made[name] {
		return
	}
	w.Dir(path.Dir(name))
	w.made[name] = true
	w.entry(name, directory|0o755, nil, 0, 0)
}

// File adds a regular file with these permissions.
func (w *Writer) File(name string, permissions uint32, content []byte) {
	w.Dir(path.Dir(clean(name)))
	w.entry(clean(name), regular|permissions, content, 0, 0)
}

// Symlink adds a symbolic link.
func (w *Writer) Symlink(name, target string) {
	w.Dir(path.Dir(clean(name)))
	w.entry(clean(name), symlink|0o777, []byte(target), 0, 0)
}

// CharDevice adds a character device; unlike mknod, writing one needs no root.
func (w *Writer) CharDevice(name string, permissions, major, minor uint32) {
	w.Dir(path.Dir(clean(name)))
	w.entry(clean(name), character|permissions, nil, major, minor)
}

// Close ends the archive and returns the first error of all that was written.
func (w *Writer) Close() error {
	w.entry(trailerName, 0, nil, 0, 0)
	return w.err
}

func (w *Writer) entry(name string, mode uint32, content []byte, major, minor uint32) {
	w.inode++
	mtime, links := w.mtime, 1
	if name == trailerName {
		w.inode, mtime = 0, 0
	}
	header := fmt.Sprintf("070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
		w.inode, mode, 0, 0, links, mtime, len(content), 0, 0, major, minor, len(name)+1, 0)
	w.write(header + name + "\x00" + padding(len(header)+len(name)+1))
	w.write(string(content) + padding(len(content)))
}

func (w *Writer) write(s string) {
	if w.err == nil {
		_, w.err = io.WriteString(w.out, s)
	}
}

// padding fills up to a multiple of four.
func padding(length int) string {
	return strings.Repeat("\x00", (4-length%4)%4)
}

func clean(name string) string {
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}
