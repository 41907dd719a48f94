package unpack

import (
	"bufio"
	"bytes"
	"io"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// maxWindow bounds what one zstd frame may make the decoder keep in memory; `zstd --long` makes 128 MiB.
const maxWindow = 128 << 20

var (
	gzipMagic = []byte{0x1f, 0x8b}
	zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}
	// Frames to be skipped may come first (RFC 8878, section 3.1.2): 0x184D2A5? in little endian.
	zstdSkippable = []byte{0x2a, 0x4d, 0x18}
)

// decompress goes by a blob's first bytes: registries hold layers whose media type is wrong, and Docker reads them.
func decompress(blob *bufio.Reader) (io.ReadCloser, error) {
	magic, err := blob.Peek(4)
	if err != nil && err != io.EOF {
		return nil, err
	}
	switch {
	case bytes.HasPrefix(magic, gzipMagic):
		return gzip.NewReader(blob)
	case bytes.Equal(magic, zstdMagic), len(magic) == 4 && magic[0]>>4 == 5 && bytes.Equal(magic[1:], zstdSkippable):
		d, err := zstd.NewReader(blob, zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return d.IOReadCloser(), nil
	}
	return io.NopCloser(blob), nil
}
