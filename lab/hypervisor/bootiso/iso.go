package bootiso

import (
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/kdomanski/iso9660"
)

// Bounds of what is read from a medium that anybody may have uploaded.
const (
	maxConfig = 64 << 10
	maxFile   = 256 << 20
)

// medium is an ISO 9660 file system.
type medium struct{ image *iso9660.Image }

func openMedium(file *os.File) (medium, error) {
	image, err := iso9660.OpenImage(file)
	return medium{image}, err
}

// read returns the whole file name, an absolute path in the medium. Case
// doesn't matter, as ISO 9660 names without extensions are upper case.
func (m medium) read(name string, limit int64) ([]byte, error) {
	entry, err := m.image.RootDir()
	if err != nil {
		return nil, err
	}
	for part := range strings.SplitSeq(strings.Trim(name, "/"), "/") {
		children, err := entry.GetChildren()
		if err != nil {
			return nil, err
		}
		if entry = find(children, part); entry == nil {
			return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
		}
	}
	if entry.IsDir() {
		return nil, fmt.Errorf("%s is a directory", name)
	}
	if entry.Size() > limit {
		return nil, fmt.Errorf("%s is bigger than %d bytes", name, limit)
	}
	return io.ReadAll(entry.Reader())
}

func find(children []*iso9660.File, name string) *iso9660.File {
	for _, child := range children {
		plain, _, _ := strings.Cut(child.Name(), ";")
		if strings.EqualFold(strings.TrimSuffix(plain, "."), name) {
			return child
		}
	}
	return nil
}
