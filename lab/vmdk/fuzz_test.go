package vmdk

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// What is uploaded to a datastore may be anything.
func FuzzReadImage(f *testing.F) {
	dir := f.TempDir()
	base, child := filepath.Join(dir, "base.vmdk"), filepath.Join(dir, "child.vmdk")
	if err := (Store{}).Create(base, mebibyte); err != nil {
		f.Fatal(err)
	}
	if err := (Store{}).CreateChild(child, base); err != nil {
		f.Fatal(err)
	}
	for _, path := range []string{base, child} {
		content, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		text := bytes.TrimRight(content[sectorSize:(descriptorOffset+descriptorSectors)*sectorSize], "\x00")
		f.Add(content[:sectorSize], string(text))
	}
	f.Fuzz(func(t *testing.T, sector []byte, text string) {
		if h, err := readHeader(bytes.NewReader(sector)); err == nil && (h.Capacity == 0 || h.Compression != 0) {
			t.Errorf("accepted %+v", h) // QEMU would look for other files
		}
		if d, err := parseDescriptor(text); err == nil && (d.parentCID == noParent) != (d.parent == "") {
			t.Errorf("accepted %+v", d)
		}
	})
}
