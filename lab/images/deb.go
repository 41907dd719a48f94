package images

import (
	"archive/tar"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strings"
)

// debs is a directory of Debian packages, downloaded when first asked for.
type debs string

// path returns the package's file.
func (d debs) path(ctx context.Context, name string) (string, error) {
	if found, _ := filepath.Glob(filepath.Join(string(d), name+"_*.deb")); len(found) > 0 {
		return found[0], nil
	}
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return "", err
	}
	// APT's own download user can't write here.
	cmd := exec.CommandContext(ctx, "apt-get", "-o", "APT::Sandbox::User=root", "-qq", "download", name)
	cmd.Dir = string(d)
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("apt-get download %s (is `apt-get update` due?): %w: %s", name, err, output)
	}
	found, _ := filepath.Glob(filepath.Join(string(d), name+"_*.deb"))
	if len(found) == 0 {
		return "", fmt.Errorf("apt-get download %s left no package", name)
	}
	return found[0], nil
}

// files calls visit for each entry of the package, its name relative and
// without a leading "./". Owners and modes are the package's.
func (d debs) files(ctx context.Context, name string, visit func(tar.Header, io.Reader) error) error {
	deb, err := d.path(ctx, name)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, "dpkg-deb", "--fsys-tarfile", deb)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	visitErr := eachEntry(tar.NewReader(out), visit)
	_, _ = io.Copy(io.Discard, out)
	return errors.Join(visitErr, cmd.Wait())
}

func eachEntry(archive *tar.Reader, visit func(tar.Header, io.Reader) error) error {
	for {
		header, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		slash := strings.HasSuffix(header.Name, "/")
		header.Name = path.Clean(header.Name)
		if header.Name == "." {
			continue
		}
		if slash {
			header.Name += "/"
		}
		if err := visit(*header, archive); err != nil {
			return err
		}
	}
}
