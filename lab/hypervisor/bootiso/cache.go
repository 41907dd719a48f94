// Package bootiso takes from a bootable ISO what isolinux would load, so that
// QEMU can start the kernel itself: the ELF kernel out of its bzImage, the
// initial RAM disk and the kernel's options.
package bootiso

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Image is what a machine boots. Paths are host paths.
type Image struct {
	Kernel  string // ELF with a PVH entry
	Initrd  string // "" if there is none
	Options string // kernel command line
}

// Cache unpacks ISOs into a directory, each once; safe for concurrent use, also
// by several processes.
type Cache struct {
	dir    string
	mu     sync.Mutex
	hashes map[fileState]string
}

// fileState tells whether a file is still the one that was hashed.
type fileState struct {
	path     string
	size     int64
	modified time.Time
}

// NewCache keeps its files in dir, which is made when needed.
func NewCache(dir string) *Cache {
	return &Cache{dir: dir, hashes: map[fileState]string{}}
}

// layoutVersion is part of the cache's file names; raise it when what is
// written there changes.
const layoutVersion = "1"

// Open returns what the ISO at path boots. An error means that it can't be
// started this way, be it a broken file or merely no Linux kernel.
func (c *Cache) Open(path string) (Image, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	file, err := os.Open(path)
	if err != nil {
		return Image{}, err
	}
	defer file.Close()
	hash, err := c.hash(file)
	if err != nil {
		return Image{}, err
	}
	dir := filepath.Join(c.dir, layoutVersion+"-"+hash)
	if image, err := load(dir); err == nil {
		return image, nil
	}
	if err := c.unpack(file, dir); err != nil {
		return Image{}, fmt.Errorf("%s: %w", path, err)
	}
	return load(dir)
}

func (c *Cache) hash(file *os.File) (string, error) {
	info, err := file.Stat()
	if err != nil {
		return "", err
	}
	state := fileState{file.Name(), info.Size(), info.ModTime()}
	if hash, known := c.hashes[state]; known {
		return hash, nil
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	c.hashes[state] = fmt.Sprintf("%x", sum.Sum(nil))
	return c.hashes[state], nil
}

// unpack fills dir; it appears when it is whole.
func (c *Cache) unpack(file *os.File, dir string) (err error) {
	defer func() { // the reader of ISO 9660 isn't written for hostile files
		if problem := recover(); problem != nil {
			err = fmt.Errorf("damaged: %v", problem)
		}
	}()
	files, err := extract(file)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(c.dir, 0o755); err != nil {
		return err
	}
	draft, err := os.MkdirTemp(c.dir, ".draft-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(draft)
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(draft, name), content, 0o644); err != nil {
			return err
		}
	}
	if err := os.Rename(draft, dir); err != nil && !errors.Is(err, fs.ErrExist) {
		return err
	}
	return nil
}

// Names in a directory of the cache.
const (
	kernelFile  = "vmlinux"
	initrdFile  = "initrd"
	optionsFile = "options"
)

// extract reads from an ISO the files that the cache holds, by name.
func extract(file *os.File) (map[string][]byte, error) {
	iso, err := openMedium(file)
	if err != nil {
		return nil, err
	}
	var chosen entry
	for _, dir := range []string{"/boot/isolinux", "/isolinux", "/boot/syslinux", "/syslinux", "/"} { // isolinux's order
		config, readErr := iso.read(dir+"/isolinux.cfg", maxConfig)
		if err = readErr; err == nil {
			chosen, err = parseIsolinux(string(config), dir)
			break
		}
	}
	if err != nil {
		return nil, err
	}
	bzImage, err := iso.read(chosen.kernel, maxFile)
	if err != nil {
		return nil, err
	}
	kernel, err := unpackKernel(bzImage)
	if err != nil {
		return nil, err
	}
	if kernel, err = trimKernel(kernel); err != nil {
		return nil, err
	}
	files := map[string][]byte{kernelFile: kernel, optionsFile: []byte(chosen.options)}
	for _, name := range chosen.initrds {
		part, err := iso.read(name, maxFile)
		if err != nil {
			return nil, err
		}
		files[initrdFile] = append(files[initrdFile], part...)
	}
	return files, nil
}

func load(dir string) (Image, error) {
	image := Image{Kernel: filepath.Join(dir, kernelFile), Initrd: filepath.Join(dir, initrdFile)}
	options, err := os.ReadFile(filepath.Join(dir, optionsFile))
	if err != nil {
		return Image{}, err
	}
	image.Options = string(options)
	if _, err := os.Stat(image.Initrd); errors.Is(err, fs.ErrNotExist) {
		image.Initrd = ""
	}
	return image, nil
}
