package images

import (
	"archive/tar"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"github.com/klauspost/compress/zstd"
)

// layer is one layer's blob in the store and what a manifest and a config say
// about it.
type layer struct {
	Digest    v1.Hash
	DiffID    v1.Hash
	Size      int64
	MediaType types.MediaType
	CreatedBy string // the config's history
}

// compression of a layer's blob.
type compression struct {
	mediaType types.MediaType
	writer    func(io.Writer) (io.WriteCloser, error)
}

var (
	gzipped = compression{types.OCILayer, func(w io.Writer) (io.WriteCloser, error) {
		return gzip.NewWriterLevel(w, gzip.BestSpeed)
	}}
	zstandard = compression{types.OCILayerZStd, func(w io.Writer) (io.WriteCloser, error) {
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}}
	uncompressed = compression{types.OCIUncompressedLayer, func(w io.Writer) (io.WriteCloser, error) {
		return unclosed{w}, nil
	}}
)

type unclosed struct{ io.Writer }

func (unclosed) Close() error { return nil }

// layer makes a layer of what fill writes.
func (s *store) layer(createdBy string, c compression, fill func(*tree)) (layer, error) {
	result, err := s.writeLayer(c, fill)
	if err != nil {
		return layer{}, fmt.Errorf("layer %q: %w", createdBy, err)
	}
	result.CreatedBy = createdBy
	return result, nil
}

func (s *store) writeLayer(c compression, fill func(*tree)) (layer, error) {
	blob, err := s.newBlob()
	if err != nil {
		return layer{}, err
	}
	defer blob.discard()
	compressor, err := c.writer(blob)
	if err != nil {
		return layer{}, err
	}
	diff := sha256.New()
	t := &tree{tar: tar.NewWriter(io.MultiWriter(compressor, diff))}
	fill(t)
	if err := t.close(); err != nil {
		return layer{}, err
	}
	if err := compressor.Close(); err != nil {
		return layer{}, err
	}
	digest, err := blob.keep()
	if err != nil {
		return layer{}, err
	}
	return layer{Digest: digest, DiffID: sum(diff), Size: blob.size, MediaType: c.mediaType}, nil
}

// newBlob is written to and then kept under its digest.
func (s *store) newBlob() (*blob, error) {
	f, err := os.CreateTemp(s.dir, "blob-*")
	if err != nil {
		return nil, err
	}
	return &blob{store: s, file: f, hash: sha256.New()}, nil
}

type blob struct {
	store *store
	file  *os.File
	hash  hash.Hash
	size  int64
}

func (b *blob) Write(p []byte) (int, error) {
	n, err := b.file.Write(p)
	b.hash.Write(p[:n])
	b.size += int64(n)
	return n, err
}

func (b *blob) keep() (v1.Hash, error) {
	if err := b.file.Close(); err != nil {
		return v1.Hash{}, err
	}
	digest := sum(b.hash)
	return digest, os.Rename(b.file.Name(), filepath.Join(b.store.Blobs(), digest.Algorithm, digest.Hex))
}

func (b *blob) discard() {
	b.file.Close()
	os.Remove(b.file.Name()) // not there any more once kept
}

func sum(h hash.Hash) v1.Hash {
	return v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(h.Sum(nil))}
}
