package images

import (
	"context"
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
)

// Set is a finished set of images in a directory.
type Set struct {
	Dir  string `json:"-"`
	Tags []Tag  `json:"tags"`
	// Recipe is what the set was made by: a set of another recipe is made anew.
	Recipe string `json:"recipe"`
}

// Blobs is the directory with <algorithm>/<hex digits> for all blobs.
func (s *Set) Blobs() string { return filepath.Join(s.Dir, "blobs") }

// builder carries what the images share.
type builder struct {
	*store
	packages debs
	base     layer // busybox
}

//go:embed *.go
var recipes embed.FS

// Build returns the set in dir, made now where there is none of this program's
// recipes. note is told, in words for a person, what takes time.
func Build(ctx context.Context, dir string, note func(string)) (*Set, error) {
	recipe, err := recipeHash()
	if err != nil {
		return nil, err
	}
	if set, err := Load(dir); err == nil && set.Recipe == recipe {
		return set, nil
	}
	unlock, err := lock(dir + ".lock")
	if err != nil {
		return nil, err
	}
	defer unlock()
	if set, err := Load(dir); err == nil && set.Recipe == recipe {
		return set, nil // somebody else has made it meanwhile
	}
	note("making the registry's images from Debian packages")
	fresh := dir + ".new"
	if err := os.RemoveAll(fresh); err != nil {
		return nil, err
	}
	s, err := newStore(fresh)
	if err != nil {
		return nil, err
	}
	b := &builder{store: s, packages: debs(filepath.Join(filepath.Dir(dir), "debs"))}
	if err := b.all(ctx); err != nil {
		return nil, fmt.Errorf("making images: %w", err)
	}
	content, err := json.MarshalIndent(Set{Tags: b.catalog, Recipe: recipe}, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(filepath.Join(fresh, "set.json"), content, 0o644); err != nil {
		return nil, err
	}
	if err := os.RemoveAll(dir); err != nil {
		return nil, err
	}
	if err := os.Rename(fresh, dir); err != nil {
		return nil, err
	}
	return Load(dir)
}

// lock waits until nobody else makes images there: labs may share a cache.
func lock(path string) (unlock func(), err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, err
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX); err != nil {
		f.Close()
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

func (b *builder) all(ctx context.Context) error {
	if err := b.busybox(ctx); err != nil {
		return err
	}
	for _, publish := range []func() error{b.layers, b.large, b.broken} {
		if err := publish(); err != nil {
			return err
		}
	}
	return b.debian(ctx)
}

// Load returns the finished set in dir.
func Load(dir string) (*Set, error) {
	content, err := os.ReadFile(filepath.Join(dir, "set.json"))
	if err != nil {
		return nil, err
	}
	set := &Set{Dir: dir}
	return set, json.Unmarshal(content, set)
}

// recipeHash changes with every change of this package's source, but for what
// only reads images.
func recipeHash() (string, error) {
	h := sha256.New()
	err := fs.WalkDir(recipes, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || strings.HasSuffix(name, "_test.go") || name == "merge.go" {
			return err
		}
		content, err := recipes.ReadFile(name)
		fmt.Fprintf(h, "%s %d\n%s", name, len(content), content)
		return err
	})
	return hex.EncodeToString(h.Sum(nil)), err
}
