// Package modules brings the kernel's drivers up: which modules there are, what they need
// and which devices they drive, without udev and without depmod's files.
package modules

import (
	"bytes"
	"debug/elf"
	"fmt"
	"path/filepath"
	"strings"
)

// Module is one loadable module, as its .modinfo section tells.
type Module struct {
	Name    string   `json:"name"`
	File    string   `json:"file"`
	Depends []string `json:"depends,omitempty"`
	Aliases []string `json:"aliases,omitempty"` // patterns of the device names (MODALIAS) it drives
}

// Read describes the module in a .ko file. The file name gives the module's name, with "-" as "_", as the kernel has it.
func Read(file string) (Module, error) {
	f, err := elf.Open(file)
	if err != nil {
		return Module{}, err
	}
	defer f.Close()
	section := f.Section(".modinfo")
	if section == nil {
		return Module{}, fmt.Errorf("%s has no .modinfo", file)
	}
	data, err := section.Data()
	if err != nil {
		return Module{}, fmt.Errorf("%s: %w", file, err)
	}
	m := parse(data)
	m.Name, m.File = Name(file), filepath.Base(file)
	return m, nil
}

// Name is the kernel's name of the module in a file.
func Name(file string) string {
	return strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".ko"), "-", "_")
}

func parse(modinfo []byte) Module {
	var m Module
	for entry := range bytes.SplitSeq(modinfo, []byte{0}) {
		key, value, _ := strings.Cut(string(entry), "=")
		switch key {
		case "depends":
			for name := range strings.SplitSeq(value, ",") {
				if name != "" {
					m.Depends = append(m.Depends, strings.ReplaceAll(name, "-", "_"))
				}
			}
		case "alias":
			m.Aliases = append(m.Aliases, value)
		}
	}
	return m
}
