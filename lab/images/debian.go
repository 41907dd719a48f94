package images

import (
	"archive/tar"
	"context"
	"io"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// debianPackages is what a shell needs on Debian 12 (dependencies of bash and
// coreutils), as a base image has it.
var debianPackages = []string{
	"base-files", "libc6", "libgcc-s1", "libtinfo6", "libacl1", "libattr1", "libselinux1", "libpcre2-8-0", "libgmp10",
	"dash", "bash", "coreutils", "grep", "sed", "hostname",
}

// jqPackages make the second image, on the same base.
var jqPackages = []string{"jq", "libjq1", "libonig5"}

// debian publishes a base image and one that is made from it, so that two
// images share a disk.
func (b *builder) debian(ctx context.Context) error {
	base, err := b.layer("Debian's packages for a shell", gzipped, func(t *tree) {
		written := map[string]bool{}
		for _, dir := range []string{"dev/", "proc/", "sys/", "etc/", "usr/", "usr/bin/", "usr/sbin/", "usr/lib/", "usr/lib64/"} {
			t.dir(dir, 0o755)
			written[dir] = true
		}
		// The merged /usr that a debootstrapped system has.
		for _, dir := range []string{"bin", "sbin", "lib", "lib64"} {
			t.symlink(dir, "usr/"+dir)
		}
		b.unpack(ctx, t, debianPackages, written)
		if !written["usr/bin/sh"] {
			t.symlink("usr/bin/sh", "dash")
		}
		t.file("etc/passwd", 0o644, passwd)
		t.file("etc/group", 0o644, group)
	})
	if err != nil {
		return err
	}
	config := v1.Config{Env: []string{searchPath}, Cmd: []string{"bash"}}
	if err := b.publish("library/debian", "latest", image{config: config, layers: []layer{base}}); err != nil {
		return err
	}
	jq, err := b.layer("Debian's package jq", gzipped, func(t *tree) { b.unpack(ctx, t, jqPackages, map[string]bool{}) })
	if err != nil {
		return err
	}
	config.Entrypoint, config.Cmd, config.User, config.WorkingDir = []string{"jq"}, []string{"--version"}, "nobody", "/tmp"
	config.Labels = map[string]string{"org.opencontainers.image.title": "jq", "com.example.base": "debian"}
	return b.publish("library/jq", "latest", image{config: config, layers: []layer{base, jq}})
}

// unpack writes the packages' files, documentation left out, but for what is
// written already.
func (b *builder) unpack(ctx context.Context, t *tree, packages []string, written map[string]bool) {
	for _, name := range packages {
		err := b.packages.files(ctx, name, func(h tar.Header, content io.Reader) error {
			h.Name, h.Linkname = merged(h.Name, ""), mergedLink(h)
			if strings.HasPrefix(h.Name, "usr/share/doc/") || strings.HasPrefix(h.Name, "usr/share/man/") ||
				strings.HasPrefix(h.Name, "usr/share/locale/") || written[h.Name] {
				return nil
			}
			written[h.Name] = true
			h.Uname, h.Gname, h.PAXRecords = "", "", nil
			t.add(h, content)
			return t.err
		})
		if t.err == nil {
			t.err = err
		}
	}
}

// merged maps a path that a package still ships in /bin or /lib into /usr.
func merged(name, slash string) string {
	for _, dir := range []string{"bin/", "sbin/", "lib/", "lib64/"} {
		if strings.HasPrefix(name, slash+dir) {
			return slash + "usr/" + strings.TrimPrefix(name, slash)
		}
	}
	return name
}

// mergedLink is the target of h in a merged /usr: hard links name entries of
// the archive, symbolic ones may be absolute.
func mergedLink(h tar.Header) string {
	if h.Typeflag == tar.TypeLink {
		return merged(strings.TrimPrefix(h.Linkname, "./"), "")
	}
	return merged(h.Linkname, "/")
}
