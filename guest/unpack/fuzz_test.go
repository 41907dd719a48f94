package unpack

import (
	"bytes"
	"testing"
)

// A layer is a stranger's. Whatever it holds: nothing outside its root is
// touched, and nothing panics.
//
//	go test ./unpack -fuzz FuzzLayersTouchNothingOutside
func FuzzLayersTouchNothingOutside(f *testing.F) {
	needRoot(f)
	for _, entries := range [][]e{
		{directory("d"), file("d/f", "content"), symlink("l", "d"), hardLink("h", "d/f")},
		{symlink("l", "../outside"), file("l/secret", "x"), file("l/.wh.secret", "")},
		{file("../outside/secret", "x")},
		{directory("d"), file("d/.wh..wh..opq", ""), hardLink("d/f", "/etc/passwd")},
	} {
		plain := archive(f, entries...)
		f.Add(plain)
		f.Add(plain[:len(plain)/2])
		f.Add(gzipped(f, plain))
		f.Add(zstandard(f, plain))
		for at := 0; at < len(plain); at += 97 { // names, types, sizes and checksums
			damaged := bytes.Clone(plain)
			damaged[at] ^= 0x55
			f.Add(damaged)
		}
	}
	f.Fuzz(func(t *testing.T, blob []byte) {
		root, intact := cage(t)
		_, _ = applyBlob(root, blob, blob)
		intact()
	})
}
