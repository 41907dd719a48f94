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
		f.Add(content[:(descriptorOffset+descriptorSectors)*sectorSize])
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		h, err := readHeader(bytes.NewReader(content))
		if err != nil {
			return
		}
		if h.Capacity == 0 || h.Compression != 0 {
			t.Fatalf("accepted %+v", h) // QEMU would look for other files
		}
		text := content[min(len(content), int(h.DescriptorOffset)*sectorSize):]
		d, err := parseDescriptor(string(text[:min(len(text), int(h.DescriptorSize)*sectorSize)]))
		if err == nil && (d.parentCID == noParent) != (d.parent == "") {
			t.Fatalf("accepted %+v", d)
		}
	})
}
