package bootiso

import (
	"errors"
	"path"
	"strings"
)

// entry is what isolinux would load by default. Paths are absolute in the ISO.
type entry struct {
	kernel  string
	initrds []string
	options string // APPEND without initrd=
}

// parseIsolinux finds the default entry of an isolinux.cfg that lies in dir.
// It knows DEFAULT, LABEL, KERNEL or LINUX, INITRD and APPEND (SYSLINUX wiki,
// "Config"); menus and included files are not followed.
func parseIsolinux(text, dir string) (entry, error) {
	type section struct{ kernel, initrd, options string }
	sections := map[string]*section{"": {}} // "": what stands before any LABEL
	current, byDefault, first := sections[""], "", ""
	for line := range strings.Lines(text) {
		keyword, value, _ := strings.Cut(strings.TrimSpace(strings.ReplaceAll(line, "\t", " ")), " ")
		value = strings.TrimSpace(value)
		switch strings.ToUpper(keyword) {
		case "DEFAULT":
			byDefault = value
		case "LABEL":
			current = &section{}
			sections[value] = current
			if first == "" {
				first = value
			}
		case "KERNEL", "LINUX":
			current.kernel = value
		case "INITRD":
			current.initrd = value
		case "APPEND":
			current.options = value
		}
	}
	chosen := sections[byDefault]
	if byDefault == "" {
		chosen = sections[first]
	}
	if chosen == nil { // DEFAULT may also be a command: a kernel with options
		kernel, options, _ := strings.Cut(byDefault, " ")
		chosen = &section{kernel: kernel, options: options}
	}
	if chosen.kernel == "" {
		return entry{}, errors.New("isolinux.cfg names no kernel")
	}
	if chosen.options == "" {
		chosen.options = sections[""].options
	}
	var options []string
	for _, option := range strings.Fields(chosen.options) {
		if initrd, found := strings.CutPrefix(option, "initrd="); found {
			chosen.initrd = initrd
		} else {
			options = append(options, option)
		}
	}
	e := entry{kernel: absolute(dir, chosen.kernel), options: strings.Join(options, " ")}
	for name := range strings.SplitSeq(chosen.initrd, ",") {
		if name != "" {
			e.initrds = append(e.initrds, absolute(dir, name))
		}
	}
	return e, nil
}

func absolute(dir, name string) string {
	if path.IsAbs(name) {
		return path.Clean(name)
	}
	return path.Join(dir, name)
}
