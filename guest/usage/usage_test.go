package usage

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestProcessesThatAreGoneOrStrangeAreNoHarm(t *testing.T) {
	for _, content := range []string{"", "1", "1 (", "1 ) (", "1 (x) S 1 2"} {
		if _, ok := parseStat(content); ok {
			t.Errorf("%q was understood", content)
		}
	}
	if _, err := (&Container{t.TempDir(), t.TempDir(), "/"}).processes(); err == nil {
		t.Error("no container, but processes")
	}
}

func TestProcessesCommandsMayHoldAnything(t *testing.T) {
	s, ok := parseStat("7 (a) b (c) R 3 7 7 34817 7 0 0 0 0 0 12 30 0 0 20 -5 1 0 1000 4096000 25 0 0 0")
	want := stat{command: "a) b (c", state: "R", parent: 3, tty: 34817, nice: -5, cpuTicks: 42, startTicks: 1000, vszBytes: 4096000, rssPages: 25}
	if !ok || !reflect.DeepEqual(s, want) {
		t.Errorf("%+v", s)
	}
	if name := ttyName(s.tty); name != "pts/1" {
		t.Error(name)
	}
	for device, want := range map[int]string{0: "?", 5<<8 | 1: "?", 136<<8 | 255: "pts/255", 137<<8 | 1: "pts/257"} {
		if is := ttyName(device); is != want {
			t.Errorf("%d: %s", device, is)
		}
	}
}

func TestProcessesOfThisMachineAreListed(t *testing.T) {
	cgroup := t.TempDir()
	if err := os.WriteFile(filepath.Join(cgroup, "cgroup.procs"), []byte("1\n999999999\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	if err := os.MkdirAll(filepath.Join(root, "etc"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(root, "real"), []byte("nonsense\nchief:x:0:0::/:/bin/sh\nroot:x:0:0::/:/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/real", filepath.Join(root, "etc/passwd")); err != nil { // ends inside the root
		t.Fatal(err)
	}
	list, err := (&Container{"/proc", cgroup, root}).processes()
	if err != nil || len(list) != 1 {
		t.Fatalf("%v, %v", list, err)
	}
	if p := list[0]; p.PID != 1 || p.User != "chief" || p.VSZBytes == 0 || p.Args == "" || p.PPID != 0 || !strings.HasSuffix(p.StartedAt, "Z") {
		t.Errorf("%+v", p)
	}
}

func TestFiguresAreReadAsTheKernelWritesThem(t *testing.T) {
	if n := machineNs("cpu  1 2 3 4 5 6 7\ncpu0 9 9 9\n"); n != 28*10_000_000 {
		t.Error(n)
	}
	is := networks("Inter-| Receive\n face |bytes\n    lo: 1 1 0 0 0 0 0 0 1 1 0 0 0 0 0 0\n  eth0:10 2 3 4 0 0 0 0 50 6 7 8 0 0 0 0\n")
	if want := map[string]netFigures{"eth0": {10, 2, 3, 4, 50, 6, 7, 8}}; !reflect.DeepEqual(is, want) {
		t.Errorf("%+v", is)
	}
	if is := blockIO("8:0 rbytes=10 wbytes=20 rios=1\n8:16 rbytes=1 wbytes=2\n"); is != (blockFigures{11, 22}) {
		t.Errorf("%+v", is)
	}
	if is := counters("anon 5\nMemTotal:   7 kB\nbroken\n"); !reflect.DeepEqual(is, map[string]uint64{"anon": 5, "MemTotal": 7}) {
		t.Errorf("%v", is)
	}
	if f, err := (&Container{"/nowhere", "/nowhere", "/"}).figures(); err != nil || f.CPU.Online == 0 {
		t.Errorf("%+v, %v", f, err)
	}
}
