package images

import (
	"archive/tar"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

const searchPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

const passwd = `root:x:0:0:root:/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/bin/false
www-data:x:33:33:www-data:/var/www:/bin/false
nobody:x:65534:65534:nobody:/home:/bin/false
`

const group = `root:x:0:
daemon:x:1:
www-data:x:33:
nogroup:x:65534:
`

// busyboxProgram returns the static busybox and the names it answers to.
func busyboxProgram(ctx context.Context, packages debs) (program []byte, applets []string, err error) {
	err = packages.files(ctx, "busybox-static", func(h tar.Header, content io.Reader) error {
		if h.Name == "bin/busybox" || h.Name == "usr/bin/busybox" {
			program, err = io.ReadAll(content)
		}
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	file := filepath.Join(string(packages), "busybox")
	if err := os.WriteFile(file, program, 0o755); err != nil {
		return nil, nil, err
	}
	list, err := exec.CommandContext(ctx, file, "--list").Output()
	if err != nil {
		return nil, nil, fmt.Errorf("busybox --list: %w", err)
	}
	return program, strings.Fields(string(list)), nil
}

// busyboxLayer is a small Unix: one program, a hard link per applet, the files
// that user names come from.
func (s *store) busyboxLayer(ctx context.Context, packages debs, c compression) (layer, error) {
	program, applets, err := busyboxProgram(ctx, packages)
	if err != nil {
		return layer{}, err
	}
	return s.layer("busybox from Debian's busybox-static", c, func(t *tree) {
		t.dir("bin", 0o755)
		t.file("bin/busybox", 0o755, string(program))
		for _, applet := range applets {
			if applet != "busybox" {
				t.hardlink("bin/"+applet, "bin/busybox", 0o755)
			}
		}
		for _, dir := range []string{"dev", "etc", "home", "usr", "usr/bin", "usr/sbin", "var", "var/www"} {
			t.dir(dir, 0o755)
		}
		t.dir("root", 0o700)
		t.dir("tmp", 0o1777)
		t.file("etc/passwd", 0o644, passwd)
		t.file("etc/group", 0o644, group)
		t.symlink("usr/bin/env", "../../bin/env")
	})
}

func busyboxConfig() v1.Config { return v1.Config{Env: []string{searchPath}, Cmd: []string{"sh"}} }

// busybox publishes an index as a registry of the world would have it: this
// platform, a foreign one, and an attestation that is no image at all.
func (b *builder) busybox(ctx context.Context) error {
	base, err := b.busyboxLayer(ctx, b.packages, gzipped)
	if err != nil {
		return err
	}
	b.base = base
	native, err := b.put(image{config: busyboxConfig(), layers: []layer{base}})
	if err != nil {
		return err
	}
	stub, err := b.layer("nothing that this platform could run", gzipped, func(t *tree) {
		t.file("README", 0o644, "An image for another platform.\n")
	})
	if err != nil {
		return err
	}
	foreign, err := b.put(image{
		config:   busyboxConfig(),
		platform: v1.Platform{OS: "linux", Architecture: "arm64", Variant: "v8"},
		layers:   []layer{stub},
	})
	if err != nil {
		return err
	}
	attestation, err := b.put(image{platform: v1.Platform{OS: "unknown", Architecture: "unknown"}, layers: []layer{stub}})
	if err != nil {
		return err
	}
	attestation.Annotations = map[string]string{
		"vnd.docker.reference.type": "attestation-manifest", "vnd.docker.reference.digest": native.Digest.String(),
	}
	for _, repository := range []string{"library/busybox", "busybox"} {
		index, err := b.putIndex(repository, []v1.Descriptor{foreign, native, attestation})
		if err != nil {
			return err
		}
		b.tag(repository, "latest", index)
	}
	return nil
}
