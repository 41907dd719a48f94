package unpack

import (
	"archive/tar"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// node is a file of the model: what a tree should hold at one path. Files with one link number are one file.
type node struct {
	kind     byte
	content  string // or where a symbolic link points
	mode     int64
	uid, gid int
	time     time.Time
	xattr    string
	link     int
}

// model is a tree by paths.
type model map[string]node

func (m model) directories() []string {
	dirs := []string{"."}
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if m[name].kind == tar.TypeDir {
			dirs = append(dirs, name)
		}
	}
	return dirs
}

func (m model) remove(name string) {
	for other := range m {
		if other == name || strings.HasPrefix(other, name+"/") {
			delete(m, other)
		}
	}
}

func (m model) under(dir string) []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if path.Dir(name) == dir {
			names = append(names, name)
		}
	}
	return names
}

var links int

func randomNode(r *rand.Rand) node {
	links++
	n := node{
		kind: []byte{tar.TypeReg, tar.TypeReg, tar.TypeDir, tar.TypeDir, tar.TypeSymlink, tar.TypeFifo, tar.TypeChar}[r.IntN(7)],
		mode: int64(r.IntN(0o10000)), uid: r.IntN(100000), gid: r.IntN(10),
		time: time.Unix(r.Int64N(2e9), r.Int64N(1e9)).UTC(), link: links,
	}
	switch n.kind {
	case tar.TypeReg:
		n.content = strings.Repeat(string(rune('a'+r.IntN(26))), r.IntN(9000))
		if r.IntN(4) == 0 {
			n.xattr = fmt.Sprint("value", r.IntN(10))
		}
	case tar.TypeSymlink:
		n.content = []string{"a", "/b", "../..", "nowhere"}[r.IntN(4)]
	}
	return n
}

// mutate changes a tree at random.
func mutate(r *rand.Rand, m model) model {
	m = maps.Clone(m)
	for range 3 + r.IntN(15) {
		name := path.Join(m.directories()[r.IntN(len(m.directories()))], string(rune('a'+r.IntN(8))))
		old, there := m[name]
		fresh := randomNode(r)
		switch files := m.files(); {
		case there && r.IntN(3) == 0:
			m.remove(name)
		case there && old.kind == tar.TypeDir && fresh.kind == tar.TypeDir:
			m[name] = fresh // its attributes alone
		case r.IntN(5) == 0 && len(files) > 0 && !slices.Contains(files, name):
			target := m[files[r.IntN(len(files))]]
			m.remove(name)
			m[name] = target
		default:
			m.remove(name)
			m[name] = fresh
		}
	}
	return m
}

func (m model) files() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(m)) {
		if m[name].kind == tar.TypeReg {
			names = append(names, name)
		}
	}
	return names
}

// diff is a layer that makes the second tree of the first: whiteouts anywhere, the rest in order, hard links last.
func diff(r *rand.Rand, from, to model) []e {
	var entries, hard, hidden []e
	opaque := map[string]bool{}
	for _, dir := range to.directories() {
		kept := dir == "." || from[dir].kind == tar.TypeDir
		if kept && r.IntN(4) == 0 || opaque[path.Dir(dir)] {
			opaque[dir] = true
			if dir != "." && kept || dir == "." {
				hidden = append(hidden, file(path.Join(dir, whiteoutOpaque), ""))
			}
			continue
		}
		for _, name := range from.under(dir) {
			if _, stays := to[name]; kept && !stays {
				hidden = append(hidden, file(path.Join(dir, whiteoutPrefix+path.Base(name)), ""))
			}
		}
	}
	place := map[int]string{} // where a file stands already
	for name, n := range from {
		if to[name] == n && !opaque[path.Dir(name)] {
			place[n.link] = name
		}
	}
	for _, name := range slices.Sorted(maps.Keys(to)) {
		n := to[name]
		at, stands := place[n.link]
		switch {
		case from[name] == n && !opaque[path.Dir(name)]:
		case n.kind == tar.TypeReg && stands:
			hard = append(hard, hardLink(name, at))
		default:
			place[n.link] = name
			entries = append(entries, n.header(name))
		}
	}
	for _, h := range hidden {
		entries = slices.Insert(entries, r.IntN(len(entries)+1), h)
	}
	return append(entries, hard...)
}

func (n node) header(name string) e {
	h := e{Typeflag: n.kind, Name: name, Linkname: n.content, Mode: n.mode, Uid: n.uid, Gid: n.gid, ModTime: n.time}
	if n.kind == tar.TypeChar {
		h.Devmajor, h.Devminor = 1, 3
	}
	if n.xattr != "" {
		h.PAXRecords = map[string]string{"SCHILY.xattr.user.x": n.xattr}
	}
	return h
}

// observe reads a tree back as a model; link numbers are inodes.
func observe(t *testing.T, root string) model {
	t.Helper()
	m := model{}
	err := filepath.Walk(root, func(file string, _ os.FileInfo, err error) error {
		name, _ := filepath.Rel(root, file)
		if err != nil || name == "." {
			return err
		}
		var s unix.Stat_t
		if err := unix.Lstat(file, &s); err != nil {
			return err
		}
		n := node{mode: int64(s.Mode & 0o7777), uid: int(s.Uid), gid: int(s.Gid), time: time.Unix(s.Mtim.Unix()).UTC(), link: int(s.Ino)}
		switch s.Mode & unix.S_IFMT {
		case unix.S_IFREG:
			n.kind, n.content = tar.TypeReg, content(t, file)
			buffer := make([]byte, 100)
			if size, err := unix.Lgetxattr(file, "user.x", buffer); err == nil {
				n.xattr = string(buffer[:size])
			}
		case unix.S_IFDIR:
			n.kind = tar.TypeDir
		case unix.S_IFLNK:
			n.kind, n.mode = tar.TypeSymlink, 0
			n.content, err = os.Readlink(file)
		case unix.S_IFIFO:
			n.kind = tar.TypeFifo
		case unix.S_IFCHR:
			n.kind = tar.TypeChar
		}
		m[name] = n
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// compare finds a difference between what should be and what is, "" if there is none.
func compare(want, is model) string {
	inode := map[int]int{}
	for _, name := range slices.Sorted(maps.Keys(want)) {
		w, i := want[name], is[name]
		if known, ok := inode[w.link]; ok && known != i.link && w.kind == tar.TypeReg {
			return name + " is no hard link"
		}
		inode[w.link] = i.link
		w.link, i.link = 0, 0
		if w.kind == tar.TypeSymlink {
			w.mode = 0
		}
		if w != i {
			return fmt.Sprintf("%s: %+v, not %+v", name, i, w)
		}
	}
	for name := range is {
		if _, ok := want[name]; !ok {
			return name + " should not be there"
		}
	}
	return ""
}

func TestRandomLayersMakeTheTreesTheyWereMadeOf(t *testing.T) {
	needRoot(t)
	for range 300 {
		seed := rand.Uint64()
		r := rand.New(rand.NewPCG(seed, 0))
		dir := t.TempDir()
		tree := model{}
		for range 4 {
			next := mutate(r, tree)
			layer := diff(r, tree, next)
			plain := archive(t, layer...)
			if _, err := applyBlob(dir, plain, plain); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
			if wrong := compare(next, observe(t, dir)); wrong != "" {
				t.Fatalf("seed %d: %s\nfrom %v\nlayer %v", seed, wrong, tree, layer)
			}
			tree = next
		}
		os.RemoveAll(dir)
	}
}
