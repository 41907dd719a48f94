package bootiso

import (
	"debug/elf"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// guestISO is the product's guest.
const guestISO = "../../../.lab/guest/vic.iso"

func TestWhatIsNoBootableISOIsRefused(t *testing.T) {
	dir := t.TempDir()
	cache := NewCache(filepath.Join(dir, "cache"))
	garbage := filepath.Join(dir, "garbage.iso")
	if err := os.WriteFile(garbage, []byte(strings.Repeat("CD001", 20_000)), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, files := range map[string]map[string]string{
		"empty":       {"readme": "x"},
		"no-kernel":   {"isolinux/isolinux.cfg": "DEFAULT a\nLABEL a\n  KERNEL /missing\n"},
		"not-a-linux": {"isolinux/isolinux.cfg": "DEFAULT a\nLABEL a\n  KERNEL k\n", "isolinux/k": strings.Repeat("x", 2000)},
	} {
		if _, err := cache.Open(makeISO(t, filepath.Join(dir, name), files)); err == nil {
			t.Errorf("%s was accepted", name)
		}
	}
	for _, path := range []string{garbage, filepath.Join(dir, "missing.iso"), dir} {
		if _, err := cache.Open(path); err == nil {
			t.Errorf("%s was accepted", path)
		}
	}
	if left, _ := os.ReadDir(filepath.Join(dir, "cache")); len(left) != 0 {
		t.Errorf("left in the cache: %v", left)
	}
}

func makeISO(t *testing.T, path string, files map[string]string) string {
	t.Helper()
	for name, content := range files {
		file := filepath.Join(path, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if output, err := exec.Command("xorriso", "-as", "mkisofs", "-quiet", "-o", path+".iso", path).CombinedOutput(); err != nil {
		t.Fatalf("xorriso: %v: %s", err, output)
	}
	return path + ".iso"
}

func TestTheProductsISOIsUnpackedOnce(t *testing.T) {
	if _, err := os.Stat(guestISO); err != nil {
		t.Fatal("there is no guest ISO; make it with: npm run guest")
	}
	cache := NewCache(t.TempDir())
	image, err := cache.Open(guestISO)
	if err != nil {
		t.Fatal(err)
	}
	kernel, err := elf.Open(image.Kernel)
	if err != nil {
		t.Fatal(err)
	}
	defer kernel.Close()
	if kernel.Machine != elf.EM_X86_64 || len(kernel.Progs) < 3 {
		t.Errorf("the kernel is %v with %d segments", kernel.Machine, len(kernel.Progs))
	}
	if info, err := os.Stat(image.Initrd); err != nil || info.Size() < 1<<20 {
		t.Errorf("the initial RAM disk: %v, %v", info, err)
	}
	if !strings.Contains(image.Options, "console=") || strings.Contains(image.Options, "initrd") {
		t.Errorf("options are %q", image.Options)
	}
	before, err := os.Stat(image.Kernel)
	if err != nil {
		t.Fatal(err)
	}
	again, err := NewCache(cache.dir).Open(guestISO) // another process, the same directory
	if err != nil || again != image {
		t.Errorf("opened again: %+v, %v", again, err)
	}
	if after, err := os.Stat(again.Kernel); err != nil || !os.SameFile(before, after) {
		t.Error("the kernel was unpacked again")
	}
}

func TestTheDefaultEntryIsRead(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want string // kernel initrds options, or "" for an error
	}{
		"nothing":          {"", ""},
		"no kernel":        {"DEFAULT a\nLABEL a\nAPPEND quiet\n", ""},
		"labelled":         {"default b\nlabel a\nkernel ka\nlabel b\nkernel kb\nappend initrd=i1,/i2 quiet x=1\n", "/isolinux/kb [/isolinux/i1 /i2] quiet x=1"},
		"first if unnamed": {"LABEL a\n  LINUX /ka\n  INITRD ia\nLABEL b\n  LINUX /kb\n", "/ka [/isolinux/ia] "},
		"a command":        {"DEFAULT /k quiet initrd=i\n", "/k [/isolinux/i] quiet"},
		"global append":    {"APPEND quiet\nDEFAULT a\nLABEL a\nKERNEL k\n", "/isolinux/k [] quiet"},
		"tabs":             {"DEFAULT a\r\nLABEL\ta\r\n\tKERNEL\tk\r\n", "/isolinux/k [] "},
	} {
		e, err := parseIsolinux(c.text, "/isolinux")
		got := ""
		if err == nil {
			got = e.kernel + " [" + strings.Join(e.initrds, " ") + "] " + e.options
		}
		if got != c.want {
			t.Errorf("%s: %q (%v), want %q", name, got, err, c.want)
		}
	}
}

func FuzzUnpackKernel(f *testing.F) {
	seed := make([]byte, 0x300)
	copy(seed[offsetMagic:], "HdrS")
	seed[offsetVersion+1] = 2
	seed[offsetVersion] = 0x0f
	f.Add(seed)
	f.Fuzz(func(_ *testing.T, bzImage []byte) {
		if kernel, err := unpackKernel(bzImage); err == nil {
			_, _ = trimKernel(kernel)
		}
	})
}
