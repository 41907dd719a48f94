package bench

import (
	"slices"
	"strings"
	"testing"
)

var given = []string{
	"-S", "-nodefaults", "-name", "guest=a",
	"-chardev", "socket,id=control,fd=3", "-mon", "chardev=control,mode=control",
	"-chardev", "socket,id=rpci,fd=4", "-device", "virtserialport,bus=tools.0,chardev=rpci,name=org.vic.rpci",
	"-chardev", "socket,id=tclo,fd=5",
	"-blockdev", `{"driver":"vmdk","node-name":"block-disk-pvscsi-0-0","file":{"driver":"file","filename":"/a/a.vmdk"},` +
		`"backing":{"driver":"vmdk","file":{"driver":"file","filename":"/images/top.vmdk"}}}`,
	"-netdev", "stream,id=net0,server=off,addr.type=fd,addr.str=6",
	"-chardev", "file,id=serial1,append=on,path=/a/a.log",
	"-chardev", "socket,id=serial2,fd=7",
}

func TestRefusesACommandLineWithoutDiskOrLog(t *testing.T) {
	for _, missing := range []string{"-blockdev", "file,id="} {
		var rest []string
		for i := 0; i < len(given); i++ {
			if given[i] == missing || i+1 < len(given) && strings.HasPrefix(given[i+1], missing) {
				i++
				continue
			}
			rest = append(rest, given[i])
		}
		if _, err := parseCommandLine(rest); err == nil {
			t.Errorf("without %s: no error", missing)
		}
	}
}

func TestRefusesADiskWithoutParent(t *testing.T) {
	words := slices.Clone(given)
	words[slices.Index(words, "-blockdev")+1] = `{"node-name":"block-disk-pvscsi-0-0","file":{"filename":"/a"}}`
	line, err := parseCommandLine(words)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := line.parent(); err == nil {
		t.Error("no error")
	}
}

func TestRunsByItselfOnAnotherDiskAndLog(t *testing.T) {
	line, err := parseCommandLine(given)
	if err != nil {
		t.Fatal(err)
	}
	if parent, err := line.parent(); err != nil || parent != "/images/top.vmdk" {
		t.Errorf("parent %q, %v", parent, err)
	}
	words, err := line.with("/b/b.vmdk", "/b/b.log")
	if err != nil {
		t.Fatal(err)
	}
	text := strings.Join(words, "\n")
	for _, gone := range []string{"-S", "control", "-mon", "/a/", "fd=7"} {
		if strings.Contains(text, gone) {
			t.Errorf("%q is still there:\n%s", gone, text)
		}
	}
	for _, there := range []string{`"filename":"/b/b.vmdk"`, `"filename":"/images/top.vmdk"`, "file,id=serial1,append=on,path=/b/b.log",
		"-nodefaults", "fd=4", "fd=5", "null,id=serial2"} {
		if !strings.Contains(text, there) {
			t.Errorf("%q is missing:\n%s", there, text)
		}
	}
	rpci, tclo, nics := line.descriptors()
	if rpci != 4 || tclo != 5 || !slices.Equal(nics, []int{6}) {
		t.Errorf("descriptors %d, %d, %v", rpci, tclo, nics)
	}
}
