package bootiso

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
	"github.com/therootcompany/xz"
)

// Offsets in a bzImage's setup header (Linux Documentation/arch/x86/boot.rst).
const (
	offsetSetupSects    = 0x1f1
	offsetMagic         = 0x202
	offsetVersion       = 0x206
	offsetPayload       = 0x248
	offsetPayloadLength = 0x24c
	versionWithPayload  = 0x208
)

// maxKernel bounds an unpacked kernel, in bytes.
const maxKernel = 512 << 20

// unpackKernel returns the ELF file packed in a bzImage. Unpacking it here
// once saves each guest the several seconds that this takes under emulation.
func unpackKernel(bzImage []byte) ([]byte, error) {
	if len(bzImage) < 0x260 || !bytes.Equal(bzImage[offsetMagic:offsetMagic+4], []byte("HdrS")) {
		return nil, errors.New("not a bzImage")
	}
	if binary.LittleEndian.Uint16(bzImage[offsetVersion:]) < versionWithPayload {
		return nil, errors.New("bzImage says nothing of its payload")
	}
	sectors := uint64(bzImage[offsetSetupSects])
	if sectors == 0 {
		sectors = 4
	}
	start := (sectors+1)*512 + uint64(binary.LittleEndian.Uint32(bzImage[offsetPayload:]))
	end := start + uint64(binary.LittleEndian.Uint32(bzImage[offsetPayloadLength:]))
	if end > uint64(len(bzImage)) || start >= end {
		return nil, errors.New("bzImage's payload lies outside the file")
	}
	payload := bzImage[start:end]
	unpacked, err := decompressor(payload)
	if err != nil {
		return nil, err
	}
	// All but gzip are followed by four bytes, the unpacked size.
	kernel, err := io.ReadAll(io.LimitReader(unpacked, maxKernel+1))
	size := uint64(binary.LittleEndian.Uint32(payload[max(0, len(payload)-4):]))
	if err != nil && uint64(len(kernel)) != size {
		return nil, fmt.Errorf("unpack kernel: %w", err)
	}
	if len(kernel) > maxKernel {
		return nil, errors.New("kernel is too big")
	}
	return kernel, nil
}

func decompressor(payload []byte) (io.Reader, error) {
	reader := bytes.NewReader(payload)
	for magic, open := range map[string]func() (io.Reader, error){
		"\xfd7zXZ\x00":     func() (io.Reader, error) { return singleStream(reader) },
		"\x1f\x8b":         func() (io.Reader, error) { return gzip.NewReader(reader) },
		"\x28\xb5\x2f\xfd": func() (io.Reader, error) { return zstd.NewReader(reader) },
		"\x02\x21\x4c\x18": func() (io.Reader, error) { return lz4.NewReader(reader), nil },
		"\x7fELF":          func() (io.Reader, error) { return reader, nil },
	} {
		if bytes.HasPrefix(payload, []byte(magic)) {
			return open()
		}
	}
	return nil, errors.New("kernel is packed in a way not known here")
}

// singleStream reads one XZ stream, with its x86 filter, and ignores the rest.
func singleStream(r io.Reader) (io.Reader, error) {
	reader, err := xz.NewReader(r, xz.DefaultDictMax)
	if err == nil {
		reader.Multistream(false)
	}
	return reader, err
}
