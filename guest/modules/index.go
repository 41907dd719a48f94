package modules

import (
	"encoding/json"
	"os"
	"path"
	"path/filepath"
)

// indexFile stands in the modules' directory; made when the initramfs is, so that a boot parses no ELF.
const indexFile = "index.json"

// Index is all modules of a directory by name.
type Index struct {
	dir    string
	byName map[string]Module
	names  []string
}

// NewIndex makes an index of modules whose files are in dir.
func NewIndex(dir string, list []Module) *Index {
	x := &Index{dir: dir, byName: map[string]Module{}}
	for _, m := range list {
		x.byName[m.Name] = m
		x.names = append(x.names, m.Name)
	}
	return x
}

// OpenIndex reads the index of a directory.
func OpenIndex(dir string) (*Index, error) {
	data, err := os.ReadFile(filepath.Join(dir, indexFile))
	if err != nil {
		return nil, err
	}
	var list []Module
	if err := json.Unmarshal(data, &list); err != nil {
		return nil, err
	}
	return NewIndex(dir, list), nil
}

// Encode is the index as a file: its name and its content.
func (x *Index) Encode() (name string, content []byte, err error) {
	list := make([]Module, 0, len(x.names))
	for _, n := range x.names {
		list = append(list, x.byName[n])
	}
	content, err = json.Marshal(list)
	return indexFile, content, err
}

// Order lists the modules that these need, themselves included, each after those it depends on.
// Names that are not in the index are taken to be built into the kernel.
func (x *Index) Order(names ...string) []Module {
	var order []Module
	seen := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		m, ok := x.byName[name]
		if seen[name] || !ok {
			return
		}
		seen[name] = true
		for _, needed := range m.Depends {
			visit(needed)
		}
		order = append(order, m)
	}
	for _, name := range names {
		visit(name)
	}
	return order
}

// Drivers names the modules that drive a device, by its MODALIAS.
func (x *Index) Drivers(modalias string) []string {
	var names []string
	for _, name := range x.names {
		for _, pattern := range x.byName[name].Aliases {
			if ok, _ := path.Match(pattern, modalias); ok {
				names = append(names, name)
				break
			}
		}
	}
	return names
}
