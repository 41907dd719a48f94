package unpack

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"fmt"
	"math/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"
)

var someTime = time.Date(2020, 2, 3, 4, 5, 6, 789, time.UTC)

// e is an entry of a test's archive; its content stands in Linkname.
type e = tar.Header

func file(name, content string) e {
	return e{Typeflag: tar.TypeReg, Name: name, Linkname: content, Mode: 0o644, ModTime: someTime}
}

func directory(name string) e {
	return e{Typeflag: tar.TypeDir, Name: name, Mode: 0o755, ModTime: someTime}
}

func symlink(name, target string) e {
	return e{Typeflag: tar.TypeSymlink, Name: name, Linkname: target, Mode: 0o777, ModTime: someTime}
}

func hardLink(name, target string) e {
	return e{Typeflag: tar.TypeLink, Name: name, Linkname: target}
}

func archive(t testing.TB, entries ...e) []byte {
	t.Helper()
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, h := range entries {
		content := ""
		if h.Typeflag == tar.TypeReg {
			content, h.Linkname = h.Linkname, ""
			h.Size = int64(len(content))
		}
		h.Format = tar.FormatPAX
		if err := w.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if _, err := w.Write([]byte(content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sum(b []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(b)) }

func gzipped(t testing.TB, plain []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zstandard(t testing.TB, plain []byte) []byte {
	t.Helper()
	w, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	return w.EncodeAll(plain, nil)
}

func applyBlob(dir string, blob, plain []byte) (Applied, error) {
	is := Layer{Digest: sum(blob), DiffID: sum(plain), Size: int64(len(blob))}
	return Apply(dir, is, bytes.NewReader(blob), func(int64) {})
}

// needRoot skips where owners and devices can't be made.
func needRoot(t testing.TB) {
	if os.Geteuid() != 0 {
		t.Skip("needs root")
	}
}

func apply(t testing.TB, dir string, entries ...e) {
	t.Helper()
	plain := archive(t, entries...)
	if _, err := applyBlob(dir, plain, plain); err != nil {
		t.Fatal(err)
	}
}

func content(t testing.TB, parts ...string) string {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(parts...))
	if err != nil {
		t.Error(err)
	}
	return string(b)
}

func exists(parts ...string) bool {
	_, err := os.Lstat(filepath.Join(parts...))
	return err == nil
}

func expectReason(t testing.TB, err error, want Reason) {
	t.Helper()
	if err == nil || ReasonOf(err) != want {
		t.Errorf("%v (%s), not %s", err, ReasonOf(err), want)
	}
}

func TestDamagedBlobIsADigestMismatchWhateverElseItCauses(t *testing.T) {
	needRoot(t)
	plain := archive(t, file("a", strings.Repeat("a", 5000)))
	blob := gzipped(t, plain)
	for _, at := range []int{0, 15, len(blob) / 2, len(blob) - 2} {
		damaged := bytes.Clone(blob)
		damaged[at] ^= 0xff
		is := Layer{Digest: sum(blob), DiffID: sum(plain), Size: int64(len(blob))}
		_, err := Apply(t.TempDir(), is, bytes.NewReader(damaged), func(int64) {})
		expectReason(t, err, DigestMismatch)
	}
}

func TestWrongDiffIDIsToldFromAWrongDigest(t *testing.T) {
	needRoot(t)
	plain := archive(t, file("a", "a"))
	blob := gzipped(t, plain)
	_, err := Apply(t.TempDir(), Layer{Digest: sum(blob), DiffID: sum(blob), Size: int64(len(blob))},
		bytes.NewReader(blob), func(int64) {})
	expectReason(t, err, DiffIDMismatch)
}

func TestBlobThatStopsEarlyFails(t *testing.T) {
	needRoot(t)
	plain := archive(t, file("a", "a"))
	_, err := Apply(t.TempDir(), Layer{Digest: sum(plain), DiffID: sum(plain), Size: int64(len(plain))},
		bytes.NewReader(plain[:700]), func(int64) {})
	expectReason(t, err, UnpackFailed)
}

func TestBlobThatWasPublishedCutIsCorrupt(t *testing.T) {
	needRoot(t)
	content := make([]byte, 1<<16)
	rand.New(rand.NewSource(1)).Read(content) // nothing that gzip makes small
	blob := gzipped(t, archive(t, file("a", string(content))))
	_, err := applyBlob(t.TempDir(), blob[:len(blob)/2], blob)
	expectReason(t, err, LayerCorrupt)
}

func TestNonsenseIsCorrupt(t *testing.T) {
	needRoot(t)
	for _, plain := range [][]byte{
		bytes.Repeat([]byte("nonsense"), 200),
		archive(t, e{Typeflag: tar.TypeReg, Name: ".wh."}),
		archive(t, e{Typeflag: tar.TypeReg, Name: "d/.wh..."}),
		archive(t, e{Typeflag: 'V', Name: "volume"}),
		archive(t, file(".", "the root as a file")),
		archive(t, file("a", ""), file("a/b", "")),
		archive(t, hardLink("a", "missing")),
		archive(t, directory("d"), hardLink("a", "d")),
		archive(t, directory("d"), file("d/x", ""), hardLink("d", "d/x")),
		archive(t, symlink("loop", "loop"), file("loop/x", "")),
		archive(t, file(strings.Repeat("n", 256), "")),
		archive(t, e{Typeflag: tar.TypeReg, Name: "owner", Uid: 1<<32 - 1}),
	} {
		_, err := applyBlob(t.TempDir(), plain, plain)
		expectReason(t, err, LayerCorrupt)
	}
}

func TestBlobsAreReadAsTheyArePacked(t *testing.T) {
	needRoot(t)
	plain := archive(t, file("a", "hello"))
	second := archive(t, file("b", "there"))
	padded := append(bytes.Clone(second), make([]byte, 5120)...)
	for name, blob := range map[string][]byte{
		"plain": plain, "gzip": gzipped(t, plain), "zstd": zstandard(t, plain),
		"zstd after a frame to be skipped": append([]byte{0x5a, 0x2a, 0x4d, 0x18, 1, 0, 0, 0, 9}, zstandard(t, plain)...),
		"two gzip members":                 append(gzipped(t, plain[:600]), gzipped(t, plain[600:])...),
	} {
		dir := t.TempDir()
		applied, err := applyBlob(dir, blob, plain)
		if err != nil || content(t, dir, "a") != "hello" {
			t.Errorf("%s: %v", name, err)
		}
		if applied != (Applied{sum(plain), 5, 1}) {
			t.Errorf("%s: %v", name, applied)
		}
	}
	if _, err := applyBlob(t.TempDir(), gzipped(t, padded), padded); err != nil {
		t.Errorf("padded: %v", err)
	}
	if _, err := applyBlob(t.TempDir(), nil, nil); err != nil {
		t.Errorf("empty: %v", err)
	}
}

func TestAttributesAreTheArchives(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	capability := "\x01\x00\x00\x02\x00\x04\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00"
	apply(t, dir,
		e{Typeflag: tar.TypeDir, Name: "d", Mode: 0o1777, Uid: 3, Gid: 4, ModTime: someTime},
		e{Typeflag: tar.TypeReg, Name: "d/setuid", Mode: 0o6755, Uid: 70000, Gid: 5, ModTime: someTime,
			PAXRecords: map[string]string{"SCHILY.xattr.user.x": "y", "SCHILY.xattr.security.capability": capability}},
		e{Typeflag: tar.TypeSymlink, Name: "d/link", Linkname: "nowhere", Uid: 6, Gid: 7, ModTime: someTime,
			PAXRecords: map[string]string{"SCHILY.xattr.user.x": "not on links"}},
		e{Typeflag: tar.TypeChar, Name: "d/tty", Mode: 0o620, Devmajor: 5, Devminor: 300, ModTime: someTime},
		e{Typeflag: tar.TypeBlock, Name: "d/disk", Mode: 0o660, Devmajor: 8, Devminor: 1, ModTime: someTime},
		e{Typeflag: tar.TypeFifo, Name: "d/fifo", Mode: 0o606, ModTime: someTime})
	for name, want := range map[string]unix.Stat_t{
		"d":        {Mode: unix.S_IFDIR | 0o1777, Uid: 3, Gid: 4},
		"d/setuid": {Mode: unix.S_IFREG | 0o6755, Uid: 70000, Gid: 5},
		"d/link":   {Mode: unix.S_IFLNK | 0o777, Uid: 6, Gid: 7},
		"d/tty":    {Mode: unix.S_IFCHR | 0o620, Rdev: unix.Mkdev(5, 300)},
		"d/disk":   {Mode: unix.S_IFBLK | 0o660, Rdev: unix.Mkdev(8, 1)},
		"d/fifo":   {Mode: unix.S_IFIFO | 0o606},
	} {
		var is unix.Stat_t
		if err := unix.Lstat(filepath.Join(dir, name), &is); err != nil {
			t.Fatal(err)
		}
		if is.Mode != want.Mode || is.Uid != want.Uid || is.Gid != want.Gid || is.Rdev != want.Rdev ||
			time.Unix(is.Mtim.Unix()).UTC() != someTime {
			t.Errorf("%s: %+v", name, is)
		}
	}
	for attribute, want := range map[string]string{"user.x": "y", "security.capability": capability} {
		buffer := make([]byte, 100)
		n, err := unix.Lgetxattr(filepath.Join(dir, "d/setuid"), attribute, buffer)
		if err != nil || string(buffer[:n]) != want {
			t.Errorf("%s: %q, %v", attribute, buffer[:max(n, 0)], err)
		}
	}
}

func TestZerosTakeNoPlace(t *testing.T) {
	needRoot(t)
	dir := t.TempDir()
	data := "start" + strings.Repeat("\x00", 8<<20) + "end" + strings.Repeat("\x00", 1<<20)
	apply(t, dir, file("sparse", data))
	if content(t, dir, "sparse") != data {
		t.Error("the content differs")
	}
	var is unix.Stat_t
	if err := unix.Lstat(filepath.Join(dir, "sparse"), &is); err != nil || is.Blocks*512 > 64<<10 {
		t.Errorf("takes %d bytes, %v", is.Blocks*512, err)
	}
}
