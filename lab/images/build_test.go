package images

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// cheap builds all but the large and the Debian image in a directory of its own.
func cheap(t *testing.T, packages debs) *builder {
	t.Helper()
	s, err := newStore(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	b := &builder{store: s, packages: packages}
	if err := b.busybox(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, publish := range []func() error{b.layers, b.broken} {
		if err := publish(); err != nil {
			t.Fatal(err)
		}
	}
	return b
}

func TestSameRecipesGiveSameDigests(t *testing.T) {
	packages := debs(t.TempDir())
	first, second := cheap(t, packages), cheap(t, packages)
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
	b := cheap(t, debs(t.TempDir()))
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
	b := cheap(t, debs(t.TempDir()))
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
