package vmtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"testing"
)

// bootFiles are what a bare QEMU boots: the parts of the ISO, which is quicker, or the ISO itself.
type bootFiles struct {
	kernel, initrd, commandLine string
	iso                         string
}

func (b bootFiles) arguments() []string {
	if b.iso != "" {
		return []string{"-cdrom", b.iso, "-boot", "d"}
	}
	return []string{"-kernel", b.kernel, "-initrd", b.initrd, "-append", b.commandLine}
}

// labCommandLine saves an emulated processor work that a real one hardly feels.
const labCommandLine = " mitigations=off tsc=reliable no_timer_check nokaslr rodata=off init_on_alloc=0" +
	" initcall_blacklist=init_kprobe_trace,load_system_certificate_list"

func wholeISO(t *testing.T) bootFiles {
	t.Helper()
	iso, err := filepath.Abs("../../.lab/guest/vic.iso")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(iso); err != nil {
		t.Fatal("no ISO; make one with: npm run guest")
	}
	return bootFiles{iso: iso}
}

func fromISO(t *testing.T) bootFiles {
	t.Helper()
	iso := wholeISO(t).iso
	dir := t.TempDir()
	extract := exec.Command("xorriso", "-osirrox", "on", "-indev", iso, "-extract", "/", dir)
	if out, err := extract.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	config, err := os.ReadFile(filepath.Join(dir, "isolinux/isolinux.cfg"))
	if err != nil {
		t.Fatal(err)
	}
	appendLine := regexp.MustCompile(`APPEND (.*)`).FindSubmatch(config)
	return bootFiles{
		kernel:      filepath.Join(dir, "boot/vmlinuz"),
		initrd:      filepath.Join(dir, "boot/initrd"),
		commandLine: string(appendLine[1]) + labCommandLine,
	}
}
