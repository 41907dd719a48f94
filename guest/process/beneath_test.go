package process

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

func TestFilesOfATreeAreItsOwnWhateverItsLinks(t *testing.T) {
	root := t.TempDir()
	outside := filepath.Join(t.TempDir(), "secret")
	made := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	made(os.WriteFile(outside, []byte("outside"), 0o644))
	made(os.Mkdir(filepath.Join(root, "etc"), 0o755))
	made(os.WriteFile(filepath.Join(root, "etc/real"), []byte("inside"), 0o644))
	made(os.Symlink("/etc/real", filepath.Join(root, "absolute")))
	made(os.Symlink("../../../etc/real", filepath.Join(root, "etc/climbing")))
	made(os.Symlink(outside, filepath.Join(root, "escaping")))
	made(os.Symlink("/proc/self/root"+outside, filepath.Join(root, "magic")))
	made(unix.Mkfifo(filepath.Join(root, "pipe"), 0o644))
	made(os.WriteFile(filepath.Join(root, "huge"), nil, 0o644))
	made(os.Truncate(filepath.Join(root, "huge"), maxUserFile+1000))
	for path, want := range map[string]string{
		"/etc/real": "inside", "/absolute": "inside", "/etc/climbing": "inside",
		"/escaping": "", "/magic": "", "/pipe": "", "/etc": "", "/missing": "", "/huge": strings.Repeat("\x00", maxUserFile),
	} {
		f := openBeneath(root, path)
		data, err := io.ReadAll(f)
		if f.Close(); err != nil || string(data) != want {
			t.Errorf("%s: %d bytes, %v", path, len(data), err)
		}
	}
	if data, err := io.ReadAll(openBeneath(filepath.Join(root, "nowhere"), "/etc/real")); err != nil || len(data) != 0 {
		t.Errorf("%d bytes, %v", len(data), err)
	}
}
