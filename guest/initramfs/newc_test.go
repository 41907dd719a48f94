package initramfs

import (
	"bytes"
	"os/exec"
	"strings"
	"testing"
)

func example() []byte {
	var b bytes.Buffer
	w := NewWriter(&b, 86400)
	w.Dir("/lib/modules")
	w.File("/init", 0o755, []byte("hello"))
	w.File("lib/modules/a.ko", 0o644, []byte("xyz!"))
	w.Symlink("bin/sh", "busybox")
	w.CharDevice("/dev/null", 0o666, 1, 3)
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

func TestCpioReadsWhatIsWritten(t *testing.T) {
	if _, err := exec.LookPath("cpio"); err != nil {
		t.Skip("no cpio")
	}
	list := exec.Command("cpio", "-tv", "--numeric-uid-gid", "--quiet")
	list.Env = []string{"TZ=UTC", "LC_ALL=C"}
	list.Stdin = bytes.NewReader(example())
	out, err := list.CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for _, want := range []string{"drwxr-xr-x", " lib/modules\n", "-rwxr-xr-x   1 0        0               5 Jan  2  1970 init\n",
		"bin/sh -> busybox\n", "crw-rw-rw-   1 0        0          1,   3 Jan  2  1970 dev/null\n"} {
		if !strings.Contains(string(out), want) {
			t.Errorf("lacks %q:\n%s", want, out)
		}
	}
	if strings.Count(string(out), " lib\n") != 1 {
		t.Errorf("a directory twice or not at all:\n%s", out)
	}
}

func TestSameInputGivesTheSameBytes(t *testing.T) {
	if !bytes.Equal(example(), example()) || len(example())%4 != 0 {
		t.Error("they differ")
	}
}
