package modules

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"
)

// first are loaded before any other, where the kernel has them as modules: Debian's libcrc32c names
// its need of a crc32c only as a "softdep" on an alias, and fails without one.
var first = []string{"crc32c_generic"}

// always are needed by devices that no bus announces until they are loaded.
var always = []string{"sd_mod"}

// Loader loads modules, each once.
type Loader struct {
	index  *Index
	loaded map[string]bool
}

// NewLoader makes a loader for the modules of an index.
func NewLoader(index *Index) *Loader {
	return &Loader{index: index, loaded: map[string]bool{}}
}

// Coldplug loads the drivers of the devices that are there. Drivers may bring up buses with
// devices of their own (virtio), so it looks again until nothing new turns up.
func (l *Loader) Coldplug() error {
	if err := l.Load(append(first, always...)...); err != nil {
		return err
	}
	for {
		var names []string
		for _, modalias := range deviceAliases() {
			for _, name := range l.index.Drivers(modalias) {
				if !l.loaded[name] {
					names = append(names, name)
				}
			}
		}
		if len(names) == 0 {
			return nil
		}
		if err := l.Load(names...); err != nil {
			return err
		}
	}
}

// Load loads modules with all that they depend on.
func (l *Loader) Load(names ...string) error {
	for _, m := range l.index.Order(names...) {
		if l.loaded[m.Name] {
			continue
		}
		l.loaded[m.Name] = true
		if err := insert(filepath.Join(l.index.dir, m.File)); err != nil {
			return fmt.Errorf("module %s: %w", m.Name, err)
		}
	}
	return nil
}

func insert(file string) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := unix.FinitModule(int(f.Fd()), "", 0); err != nil && !errors.Is(err, unix.EEXIST) {
		return err
	}
	return nil
}

// deviceAliases are the names under which the devices of all buses ask for drivers.
func deviceAliases() []string {
	files, _ := filepath.Glob("/sys/bus/*/devices/*/modalias")
	aliases := make([]string, 0, len(files))
	for _, file := range files {
		if data, err := os.ReadFile(file); err == nil {
			aliases = append(aliases, strings.TrimSpace(string(data)))
		}
	}
	return aliases
}
