package unpack

import (
	"bufio"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/hex"
	"hash"
	"io"
	"strings"

	"golang.org/x/sys/unix"
)

// Layer is one layer as a registry has it.
type Layer struct {
	Digest    string `json:"digest"` // of the blob
	DiffID    string `json:"diffId"` // digest of the tar archive in it
	MediaType string `json:"mediaType"`
	Size      int64  `json:"size"` // of the blob, in bytes
}

// Applied is what a layer came to.
type Applied struct {
	DiffID string `json:"diffId"`
	Bytes  int64  `json:"bytes"` // in its files
	Files  int64  `json:"files"`
}

// Apply reads a layer's blob and applies it to the file system at dir. Digest and diffID are checked; after any error
// the file system is not to be used. progress is told how many bytes of the blob have been read, often.
func Apply(dir string, is Layer, blob io.Reader, progress func(read int64)) (Applied, error) {
	digest, err := newChecked(is.Digest)
	if err != nil {
		return Applied{}, err
	}
	diffID, err := newChecked(is.DiffID)
	if err != nil {
		return Applied{}, err
	}
	t, err := openTree(dir)
	if err != nil {
		return Applied{}, err
	}
	defer t.close()
	l := &layer{tree: t, own: map[entry]bool{}, times: directoryTimes{}}
	source := &counted{from: io.LimitReader(blob, is.Size), progress: progress}
	whole := io.TeeReader(source, digest)
	err = l.applyBlob(whole, diffID)
	if ReasonOf(err) == NoSpace {
		return Applied{}, err
	}
	// A blob that was damaged on its way explains any other error.
	if _, drainErr := io.Copy(io.Discard, whole); drainErr != nil {
		return Applied{}, Fail(UnpackFailed, "read the blob: %w", drainErr)
	}
	if source.read != is.Size {
		return Applied{}, Fail(UnpackFailed, "the blob ends after %d of %d bytes", source.read, is.Size)
	}
	if !digest.matches() {
		return Applied{}, Fail(DigestMismatch, "the blob's digest is %s, not %s", digest, is.Digest)
	}
	if err == nil && !diffID.matches() {
		err = Fail(DiffIDMismatch, "the layer's diffID is %s, not %s", diffID, is.DiffID)
	}
	return Applied{is.DiffID, l.bytes, l.files}, err
}

func (l *layer) applyBlob(blob io.Reader, diffID io.Writer) error {
	archive, err := decompress(bufio.NewReaderSize(blob, 1<<16))
	if err != nil {
		return corrupt(err)
	}
	defer archive.Close()
	plain := io.TeeReader(archive, diffID)
	if err := l.applyTar(plain); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, plain); err != nil { // what pads the archive counts for the diffID
		return corrupt(err)
	}
	return nil
}

// Used tells how many bytes of a file system are taken.
func Used(dir string) (int64, error) {
	var s unix.Statfs_t
	err := unix.Statfs(dir, &s)
	return int64(s.Blocks-s.Bfree) * s.Bsize, err
}

// checked is a hash and the digest it should come to.
type checked struct {
	hash.Hash
	algorithm, wanted string
}

func newChecked(digest string) (*checked, error) {
	algorithm, hexadecimal, _ := strings.Cut(digest, ":")
	switch algorithm {
	case "sha256":
		return &checked{sha256.New(), algorithm, hexadecimal}, nil
	case "sha512":
		return &checked{sha512.New(), algorithm, hexadecimal}, nil
	}
	return nil, Fail(UnpackFailed, "digest %q is of no kind known here", digest)
}

func (c *checked) String() string { return c.algorithm + ":" + hex.EncodeToString(c.Sum(nil)) }
func (c *checked) matches() bool  { return hex.EncodeToString(c.Sum(nil)) == c.wanted }

// counted counts what is read through it.
type counted struct {
	from     io.Reader
	read     int64
	progress func(int64)
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.read += int64(n)
	c.progress(c.read)
	return n, err
}
