package unpack

import (
	"os"
	"path/filepath"
	"testing"
)

// cage is a root with a neighbour that nothing may touch.
func cage(t *testing.T) (root string, intact func()) {
	t.Helper()
	above := t.TempDir()
	root = filepath.Join(above, "root")
	for _, dir := range []string{root, filepath.Join(above, "outside")} {
		if err := os.Mkdir(dir, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	secret := filepath.Join(above, "outside", "secret")
	if err := os.WriteFile(secret, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	return root, func() {
		t.Helper()
		names, err := os.ReadDir(filepath.Join(above, "outside"))
		if err != nil || len(names) != 1 || content(t, secret) != "secret" {
			t.Errorf("the outside was touched: %v, %v", names, err)
		}
		info, err := os.Stat(secret)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("the outside was touched: %v, %v", info, err)
		}
		if names, err := os.ReadDir(above); err != nil || len(names) != 2 {
			t.Errorf("something was put outside: %v, %v", names, err)
		}
	}
}

func TestPathsThatLeaveTheFileSystemAreRefused(t *testing.T) {
	needRoot(t)
	for _, entries := range [][]e{
		{file("../outside/new", "")},
		{file("..", "")},
		{file("a/../../outside/secret", "")},
		{file("/../outside/secret", "")},
		{directory("../outside")},
		{symlink("../outside/link", "x")},
		{file("../outside/.wh.secret", "")},
		{file("../outside/.wh..wh..opq", "")},
		{hardLink("stolen", "../outside/secret")},
		{hardLink("stolen", "/../outside/secret")},
		{directory("a"), hardLink("a/stolen", "a/../../outside/secret")},
	} {
		root, intact := cage(t)
		plain := archive(t, entries...)
		_, err := applyBlob(root, plain, plain)
		expectReason(t, err, PathEscapes)
		intact()
	}
}

func TestLinksThatPointOutsideLeadNowhereElse(t *testing.T) {
	needRoot(t)
	for _, target := range []string{"../outside", "/../outside", "../../../../../../outside", "/proc/self/root", "/proc/self/cwd/../outside"} {
		for _, entries := range [][]e{
			{symlink("l", target), file("l/new", "x")},
			{symlink("l", target), directory("l/d")},
			{symlink("l", target), file("l/.wh.secret", "")},
			{symlink("l", target), file("l/.wh..wh..opq", "")},
			{symlink("l", target), symlink("m", "l"), file("m/secret", "x")},
			{directory("d"), symlink("d/l", target), file("d/l/deep/new", "x")},
			{symlink("l", target+"/secret"), file("l", "x")},
		} {
			root, intact := cage(t)
			plain := archive(t, entries...)
			_, _ = applyBlob(root, plain, plain) // whether refused or kept inside is all the same
			intact()
		}
		root, intact := cage(t)
		plain := archive(t, symlink("l", target), hardLink("stolen", "l/secret"))
		if _, err := applyBlob(root, plain, plain); err == nil {
			t.Errorf("a hard link through %s was made", target)
		}
		intact()
	}
}

func TestLinkThatReplacesADirectoryIsNotFollowedToWhereItWas(t *testing.T) {
	needRoot(t)
	root, intact := cage(t)
	apply(t, root, directory("d"), directory("d/sub"), file("d/sub/x", "1"))
	apply(t, root, file("d/sub/y", "2"), symlink("d", "/elsewhere"), file("d/sub/z", "3"))
	if content(t, root, "elsewhere/sub/z") != "3" {
		t.Error("not where the link leads")
	}
	intact()
}
