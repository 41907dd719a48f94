package vmdk

import (
	"bufio"
	"fmt"
	"strconv"
	"strings"
)

// noParent is the parentCID of a disk that has none.
const noParent = 0xffffffff

// descriptor is the text that says what a disk is.
type descriptor struct {
	cid       uint32
	parentCID uint32
	parent    string // as written: relative to the disk's directory, or absolute
	sectors   uint64
	extent    string // file name of the extent
	uuid      string // ddb.uuid as written: "60 00 C2 9x …"
}

// text renders d the way VMware and QEMU do; QEMU rewrites the CID line in
// place when the disk is first written to.
func (d descriptor) text() (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "# Disk DescriptorFile\nversion=1\nCID=%08x\nparentCID=%08x\ncreateType=\"monolithicSparse\"\n", d.cid, d.parentCID)
	if d.parent != "" {
		fmt.Fprintf(&b, "parentFileNameHint=\"%s\"\n", d.parent)
	}
	fmt.Fprintf(&b, "\n# Extent description\nRW %d SPARSE \"%s\"\n", d.sectors, d.extent)
	const heads, sectorsPerTrack = 255, 63
	cylinders := min(d.sectors/(heads*sectorsPerTrack), 65535)
	fmt.Fprintf(&b, "\n# The Disk Data Base\n#DDB\n\nddb.virtualHWVersion = \"14\"\n"+
		"ddb.geometry.cylinders = \"%d\"\nddb.geometry.heads = \"%d\"\nddb.geometry.sectors = \"%d\"\n"+
		"ddb.adapterType = \"lsilogic\"\nddb.thinProvisioned = \"1\"\n", cylinders, heads, sectorsPerTrack)
	if d.uuid != "" {
		fmt.Fprintf(&b, "ddb.uuid = \"%s\"\n", d.uuid)
	}
	if strings.ContainsAny(d.parent+d.extent, "\"\n\r\x00") {
		return "", fmt.Errorf("file name cannot stand in a descriptor: %q", d.parent+d.extent)
	}
	if b.Len() >= descriptorSectors*sectorSize {
		return "", fmt.Errorf("descriptor of %d bytes is too long", b.Len())
	}
	return b.String(), nil
}

// parseDescriptor reads a descriptor's text. It takes one sparse extent, the
// file itself; what lies in other files is refused by readHeader already.
func parseDescriptor(text string) (descriptor, error) {
	var d descriptor
	var createType string
	seen := map[string]bool{}
	lines := bufio.NewScanner(strings.NewReader(strings.TrimRight(text, "\x00")))
	for lines.Scan() {
		line := strings.TrimSpace(lines.Text())
		if strings.HasPrefix(line, "RW ") || strings.HasPrefix(line, "RDONLY ") {
			_, _ = fmt.Sscanf(line, "%s %d SPARSE %q", new(string), &d.sectors, &d.extent)
			continue
		}
		key, value, found := strings.Cut(line, "=")
		if !found || strings.HasPrefix(line, "#") {
			continue
		}
		key, value = strings.TrimSpace(key), strings.Trim(strings.TrimSpace(value), `"`)
		if seen[key] {
			return d, fmt.Errorf("descriptor says %s twice", key)
		}
		seen[key] = true
		var err error
		switch key {
		case "CID":
			d.cid, err = parseCID(value)
		case "parentCID":
			d.parentCID, err = parseCID(value)
		case "parentFileNameHint":
			d.parent = value
		case "createType":
			createType = value
		case "ddb.uuid":
			d.uuid = value
		}
		if err != nil {
			return d, fmt.Errorf("descriptor's %s: %w", key, err)
		}
	}
	if err := lines.Err(); err != nil {
		return d, fmt.Errorf("descriptor: %w", err)
	}
	switch {
	case createType != "monolithicSparse":
		return d, fmt.Errorf("createType %q is not supported", createType)
	case !seen["CID"] || !seen["parentCID"]:
		return d, fmt.Errorf("descriptor has no CID")
	case (d.parentCID == noParent) != (d.parent == ""):
		return d, fmt.Errorf("parentCID and parentFileNameHint disagree")
	}
	return d, nil
}

func parseCID(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 16, 32)
	return uint32(n), err
}
