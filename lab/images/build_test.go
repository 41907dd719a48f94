package images

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// build makes all but the large and the Debian image in dir.
func build(dir string, packages debs) *builder {
	s, err := newStore(dir)
	if err != nil {
		panic(err)
	}
	b := &builder{store: s, packages: packages}
	if err := b.busybox(context.Background()); err != nil {
		panic(err)
	}
	for _, publish := range []func() error{b.layers, b.broken} {
		if err := publish(); err != nil {
			panic(err)
		}
	}
	return b
}

// cached is what most tests look at, made once.
var cached = sync.OnceValue(func() *builder {
	dir, err := os.MkdirTemp("", "lab-images-")
	if err != nil {
		panic(err)
	}
	return build(dir, debs(filepath.Join(dir, "debs")))
})

func TestMain(m *testing.M) {
	code := m.Run()
	os.RemoveAll(cached().dir)
	os.Exit(code)
}

func TestSameRecipesGiveSameDigests(t *testing.T) {
	first := cached()
	second := build(t.TempDir(), first.packages)
	for _, a := range first.catalog {
		if !slices.Contains(second.catalog, a) {
			t.Errorf("%s:%s has another digest when made again: %s", a.Repository, a.Tag, a.Digest)
		}
	}
}

func TestUnknownPackageIsNamed(t *testing.T) {
	_, err := debs(t.TempDir()).path(context.Background(), "no-such-package-of-debian")
	if err == nil {
		t.Fatal("a package that doesn't exist was found")
	}
}

func TestFormsOfOneImageShareDiffIDs(t *testing.T) {
	b := cached()
	for i, step := range layersSteps {
		var diffIDs []string
		for _, c := range []compression{gzipped, zstandard, uncompressed} {
			l, err := b.layer(step.createdBy, c, step.fill)
			if err != nil {
				t.Fatal(err)
			}
			diffIDs = append(diffIDs, l.DiffID.String())
		}
		if len(slices.Compact(diffIDs)) != 1 {
			t.Errorf("layer %d: diffIDs differ between compressions: %v", i, diffIDs)
		}
	}
}

func TestAttributesAndOwnersAreInTheTar(t *testing.T) {
	b := cached()
	l, err := b.layer("", gzipped, everyKind)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(filepath.Join(b.Blobs(), "sha256", l.Digest.Hex))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	unzipped, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]tar.Header{}
	if err := eachEntry(tar.NewReader(unzipped), func(h tar.Header, _ io.Reader) error {
		found[h.Name] = h
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if got := found["data/capable"].PAXRecords["SCHILY.xattr.security.capability"]; got != capNetBindService {
		t.Errorf("data/capable: security.capability = %q", got)
	}
	if got := found["data/large-ids"]; got.Uid != 4_000_000 || got.Gid != 3_000_000_000 {
		t.Errorf("data/large-ids: owner %d:%d", got.Uid, got.Gid)
	}
	if got := found["devices/large-minor"]; got.Devmajor != 10 || got.Devminor != 300 {
		t.Errorf("devices/large-minor: %d:%d", got.Devmajor, got.Devminor)
	}
	if got := found["data/setuid"].Mode; got != 0o4755 {
		t.Errorf("data/setuid: mode %o", got)
	}
}
