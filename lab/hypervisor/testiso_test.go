package hypervisor

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// guestISO is the product's guest; the test guest borrows its boot loader,
// kernel and modules.
const guestISO = "../../.lab/guest/vic.iso"

var testISO string

func TestMain(m *testing.M) {
	code, err := withTestISO(m.Run)
	if err != nil {
		fmt.Fprintln(os.Stderr, "test guest:", err)
		os.Exit(1)
	}
	os.Exit(code)
}

func withTestISO(run func() int) (int, error) {
	if testISO = os.Getenv("VIC_TEST_ISO"); testISO != "" { // made by another run of these tests
		return run(), nil
	}
	dir, err := os.MkdirTemp("", "vic-hypervisor-")
	if err != nil {
		return 0, err
	}
	defer os.RemoveAll(dir)
	if testISO, err = buildTestISO(dir); err != nil {
		return 0, err
	}
	return run(), nil
}

// buildTestISO is the product's ISO with internal/testguest as process 1.
func buildTestISO(dir string) (string, error) {
	if _, err := os.Stat(guestISO); err != nil {
		return "", errors.New("there is no guest ISO; make it with: npm run guest")
	}
	tree, iso, program := filepath.Join(dir, "tree"), filepath.Join(dir, "test.iso"), filepath.Join(dir, "init")
	build := exec.Command("go", "build", "-buildvcs=false", "-ldflags=-s -w", "-o", program, "./internal/testguest")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	for _, step := range []*exec.Cmd{
		exec.Command("xorriso", "-osirrox", "on", "-indev", guestISO, "-extract", "/", tree),
		exec.Command("chmod", "-R", "u+w", tree),
		build,
	} {
		if output, err := step.CombinedOutput(); err != nil {
			return "", fmt.Errorf("%s: %w: %s", step.Args[0], err, output)
		}
	}
	init, err := os.ReadFile(program)
	if err != nil {
		return "", err
	}
	initrd := filepath.Join(tree, "boot/initrd")
	base, err := os.ReadFile(initrd)
	if err != nil {
		return "", err
	}
	// The kernel unpacks archives one after the other; a later /init wins.
	base = append(base, make([]byte, (4-len(base)%4)%4)...)
	if err := os.WriteFile(initrd, append(base, archive("init", init)...), 0o600); err != nil {
		return "", err
	}
	output, err := exec.Command("xorriso", "-as", "mkisofs", "-quiet", "-o", iso, "-J", "-R",
		"-b", "isolinux/isolinux.bin", "-c", "isolinux/boot.cat",
		"-no-emul-boot", "-boot-load-size", "4", "-boot-info-table", tree).CombinedOutput()
	if err != nil {
		return "", fmt.Errorf("xorriso: %w: %s", err, output)
	}
	return iso, nil
}

// archive is a cpio archive (newc) of one executable.
func archive(name string, content []byte) []byte {
	var out bytes.Buffer
	entry := func(name string, mode int, content []byte) {
		pad := func() { out.Write(make([]byte, (4-out.Len()%4)%4)) }
		fmt.Fprintf(&out, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
			1, mode, 0, 0, 1, 0, len(content), 0, 0, 0, 0, len(name)+1, 0)
		out.WriteString(name + "\x00")
		pad()
		out.Write(content)
		pad()
	}
	entry(name, 0o100755, content)
	entry("TRAILER!!!", 0, nil)
	return out.Bytes()
}
