package unpack

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestWhiteoutsHideLowerLayersAlone(t *testing.T) {
	needRoot(t)
	lower := []e{directory("d"), file("d/low", "1"), directory("d/sub"), file("d/sub/low", "1"), file("f", "1")}
	for _, c := range []struct {
		name       string
		layer      []e
		there, not []string
	}{
		{"file", []e{file("d/.wh.low", "")}, []string{"d/sub/low"}, []string{"d/low", "d/.wh.low"}},
		{"directory", []e{file(".wh.d", "")}, []string{"f"}, []string{"d"}},
		{"of nothing", []e{file("d/.wh.nothing", ""), file("x/y/.wh.z", ""), file("f/.wh.z", "")}, []string{"f"}, []string{"x"}},
		{"before the new file", []e{file(".wh.f", ""), file("f", "2")}, []string{"f"}, nil},
		{"after the new file", []e{file("f", "2"), file(".wh.f", "")}, []string{"f"}, nil},
		{"after a file in the new directory", []e{file("d/new", "2"), file(".wh.d", "")},
			[]string{"d/new"}, []string{"d/low", "d/sub"}},
		{"opaque", []e{directory("d"), file("d/.wh..wh..opq", ""), file("d/new", "2")},
			[]string{"d/new"}, []string{"d/low", "d/sub", "d/.wh..wh..opq"}},
		{"opaque at the end", []e{directory("d"), file("d/new", "2"), file("d/sub/new", "2"), file("d/.wh..wh..opq", "")},
			[]string{"d/new", "d/sub/new"}, []string{"d/low", "d/sub/low"}},
		{"opaque above a whiteout", []e{file("d/sub/.wh.low", ""), file("d/.wh..wh..opq", ""), file("d/sub/new", "2")},
			[]string{"d/sub/new"}, []string{"d/low", "d/sub/low"}},
		{"opaque root", []e{file(".wh..wh..opq", ""), file("new", "2")}, []string{"new"}, []string{"d", "f"}},
		{"aufs' own", []e{file(".wh..wh.aufs", ""), file(".wh..wh.plnk/1.2", "")}, []string{"f"}, []string{".wh..wh.aufs", ".wh..wh.plnk"}},
	} {
		dir := t.TempDir()
		apply(t, dir, lower...)
		apply(t, dir, c.layer...)
		for _, name := range c.there {
			if !exists(dir, name) {
				t.Errorf("%s: %s is gone", c.name, name)
			}
		}
		for _, name := range c.not {
			if exists(dir, name) {
				t.Errorf("%s: %s is there", c.name, name)
			}
		}
	}
}

func TestWhiteoutReachesThroughALinkInALowerLayer(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	apply(t, dir, directory("real"), file("real/f", "1"), file("real/g", "1"), symlink("alias", "/real"))
	apply(t, dir, file("alias/g", "2"), file("real/.wh.g", ""), file("alias/.wh.f", ""))
	if exists(dir, "real/f") || content(t, dir, "real/g") != "2" {
		t.Error("one directory was taken for two")
	}
}

func TestEntriesTakeThePlaceOfOthers(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	apply(t, dir, directory("d"), file("d/x", "1"), file("f", "1"), hardLink("g", "f"), symlink("l", "d"),
		e{Typeflag: '5', Name: "kept", Mode: 0o700, Uid: 9, ModTime: someTime,
			PAXRecords: map[string]string{"SCHILY.xattr.user.old": "1"}}, file("kept/x", "1"))
	apply(t, dir, file("d", "now a file"), directory("f"), file("f/x", "2"), directory("l"),
		directory("kept"), file("./twice", "1"), file("/twice", "2"))
	if content(t, dir, "d") != "now a file" || content(t, dir, "f/x") != "2" || content(t, dir, "g") != "1" ||
		content(t, dir, "kept/x") != "1" || content(t, dir, "twice") != "2" {
		t.Error("wrong content")
	}
	if info, err := os.Lstat(filepath.Join(dir, "l")); err != nil || !info.IsDir() {
		t.Error("a directory went through a link instead of taking its place")
	}
	if n, err := unix.Lgetxattr(filepath.Join(dir, "kept"), "user.old", nil); err == nil {
		t.Errorf("a directory kept %d bytes of an attribute that it has no longer", n)
	}
}

func TestDirectoriesThatALayerNeedsButLacksAreMade(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	apply(t, dir, symlink("var", "data/../data/deep"), symlink("abs", "/opt"))
	apply(t, dir, file("a/b/c", "1"), file("var/run/x", "2"), file("abs/y", "3"))
	if content(t, dir, "a/b/c") != "1" || content(t, dir, "data/deep/run/x") != "2" || content(t, dir, "opt/y") != "3" {
		t.Error("not where they belong")
	}
}

func TestDirectoryTimesSurviveWhatGoesIntoThem(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	later := someTime.Add(time.Hour)
	apply(t, dir, directory("d"), file("d/f", "1"), directory("e"), file("e/f", "1"), directory("e/gone"))
	apply(t, dir, file("d/new", "2"), e{Typeflag: '5', Name: "e", Mode: 0o755, ModTime: later}, file("e/.wh.f", ""),
		file("e/.wh.gone", ""))
	for name, want := range map[string]time.Time{"d": someTime, "e": later} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || !info.ModTime().Equal(want) {
			t.Errorf("%s: %v, %v", name, info.ModTime().UTC(), err)
		}
	}
}

func TestHardLinks(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	apply(t, dir, directory("d"), file("d/a", "1"), symlink("d/s", "/nowhere"))
	apply(t, dir, hardLink("b", "/d/a"), hardLink("s", "d/s"), hardLink("d/a", "d/a"), file("d/.wh.a", ""))
	var b, s unix.Stat_t
	if err := unix.Lstat(filepath.Join(dir, "b"), &b); err != nil || content(t, dir, "b") != "1" {
		t.Error(err)
	}
	if err := unix.Lstat(filepath.Join(dir, "s"), &s); err != nil || s.Mode&unix.S_IFMT != unix.S_IFLNK || s.Nlink != 2 {
		t.Errorf("%+v, %v", s, err)
	}
}
