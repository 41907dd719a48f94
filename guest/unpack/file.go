package unpack

import (
	"bytes"
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// blockSize is that of ext4: a block of zeros needs no place on the disk.
const blockSize = 4096

var zeros [blockSize]byte

// writeFile writes a new regular file, leaving holes where there is nothing but zeros.
func writeFile(dir int, base string, content io.Reader) (int64, error) {
	fd, err := unix.Openat(dir, base, unix.O_CREAT|unix.O_EXCL|unix.O_WRONLY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return 0, err
	}
	f := os.NewFile(uintptr(fd), base)
	n, err := io.CopyBuffer(&holes{file: f}, onlyReader{content}, make([]byte, 16*blockSize))
	if err == nil {
		err = f.Truncate(n)
	}
	return n, errors.Join(err, f.Close())
}

// onlyReader hides WriterTo, so that the copy goes in whole buffers.
type onlyReader struct{ io.Reader }

// holes writes a file's blocks, skipping those of zeros.
type holes struct {
	file   *os.File
	offset int64
}

func (h *holes) Write(p []byte) (int, error) {
	written := 0
	for len(p) > 0 {
		block := p[:min(blockSize, len(p))]
		if !bytes.Equal(block, zeros[:len(block)]) {
			if _, err := h.file.WriteAt(block, h.offset); err != nil {
				return written, contentError(err)
			}
		}
		h.offset += int64(len(block))
		written += len(block)
		p = p[len(block):]
	}
	return written, nil
}

// contentError tells an error of the disk from one of the archive's.
func contentError(err error) error {
	if errors.Is(err, unix.EFBIG) {
		return Fail(NoSpace, "%w", err)
	}
	return &Error{ReasonOf(err), err}
}
