package link

import (
	"bufio"
	"bytes"
	"io"
	"strings"
	"testing"
)

func TestParametersOfNoBoundAreRefused(t *testing.T) {
	if _, err := readLine(bufio.NewReader(strings.NewReader(strings.Repeat("x", maxLine+1)))); err == nil {
		t.Error("a line without end was taken")
	}
}

func FuzzParametersAreOneLineAndTheRestIsInput(f *testing.F) {
	f.Add([]byte("{}"), []byte("input\nmore"))
	f.Add([]byte(""), []byte(""))
	f.Fuzz(func(t *testing.T, first, rest []byte) {
		first = bytes.ReplaceAll(first, []byte("\n"), nil)
		in := bufio.NewReaderSize(io.MultiReader(bytes.NewReader(first), strings.NewReader("\n"), bytes.NewReader(rest)), 16)
		line, err := readLine(in)
		if err != nil || !bytes.Equal(line, first) {
			t.Fatalf("%q: %q, %v", first, line, err)
		}
		if left, _ := io.ReadAll(in); !bytes.Equal(left, rest) {
			t.Errorf("%q is left of %q", left, rest)
		}
	})
}
