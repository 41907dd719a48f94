// Command mkinitramfs writes the guest's initramfs: the agent as /init, the kernel modules it may need with
// their index, and whatever else is named, such as mke2fs with its libraries.
//
//	mkinitramfs -out FILE -init TETHER -mtime SECONDS [-module FILE.ko]… [-file PATH=FILE]…
package main

import (
	"bufio"
	"flag"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/vic-operator/vic-operator/guest/boot"
	"github.com/vic-operator/vic-operator/guest/initramfs"
	"github.com/vic-operator/vic-operator/guest/modules"
)

type list []string

func (l *list) String() string     { return strings.Join(*l, " ") }
func (l *list) Set(v string) error { *l = append(*l, v); return nil }

func main() {
	var ko, files list
	out := flag.String("out", "", "the archive to write")
	init := flag.String("init", "", "the program that becomes /init")
	mtime := flag.Int64("mtime", 0, "the time of all entries, seconds since 1970")
	flag.Var(&ko, "module", "a kernel module (repeatable)")
	flag.Var(&files, "file", "PATH=FILE, an executable or library (repeatable)")
	flag.Parse()
	if err := write(*out, *init, *mtime, ko, files); err != nil {
		fmt.Fprintln(os.Stderr, "mkinitramfs:", err)
		os.Exit(1)
	}
}

func write(out, init string, mtime int64, ko, files list) error {
	f, err := os.Create(out)
	if err != nil {
		return err
	}
	defer f.Close()
	buffered := bufio.NewWriterSize(f, 1<<20)
	w := initramfs.NewWriter(buffered, mtime)
	for _, dir := range boot.Directories {
		w.Dir(dir)
	}
	w.CharDevice("dev/console", 0o600, 5, 1)
	w.CharDevice("dev/null", 0o666, 1, 3)
	if err := addFile(w, "init", init); err != nil {
		return err
	}
	if err := addModules(w, ko); err != nil {
		return err
	}
	for _, entry := range files {
		name, file, ok := strings.Cut(entry, "=")
		if !ok {
			return fmt.Errorf("-file %s: not PATH=FILE", entry)
		}
		if err := addFile(w, name, file); err != nil {
			return err
		}
	}
	if err := w.Close(); err != nil {
		return err
	}
	if err := buffered.Flush(); err != nil {
		return err
	}
	return f.Close()
}

func addFile(w *initramfs.Writer, name, file string) error {
	content, err := os.ReadFile(file)
	if err == nil {
		w.File(name, 0o755, content)
	}
	return err
}

func addModules(w *initramfs.Writer, ko list) error {
	var all []modules.Module
	for _, file := range ko {
		m, err := modules.Read(file)
		if err != nil {
			return err
		}
		all = append(all, m)
		if err := addFile(w, path.Join(boot.ModulesDir, filepath.Base(file)), file); err != nil {
			return err
		}
	}
	name, content, err := modules.NewIndex(boot.ModulesDir, all).Encode()
	if err == nil {
		w.File(path.Join(boot.ModulesDir, name), 0o644, content)
	}
	return err
}
