package registry

import (
	"context"
	"io"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/google/go-containerregistry/pkg/registry"
)

// blobStore is what go-containerregistry's stores can do.
type blobStore interface {
	registry.BlobHandler
	registry.BlobStatHandler
	registry.BlobPutHandler
}

// layeredBlobs reads from stock first and writes to pushed alone, so that the
// cached images stay as they were made.
type layeredBlobs struct{ stock, pushed blobStore }

func newLayeredBlobs(stockDir, pushedDir string) layeredBlobs {
	return layeredBlobs{
		stock:  registry.NewDiskBlobHandler(stockDir).(blobStore),
		pushed: registry.NewDiskBlobHandler(pushedDir).(blobStore),
	}
}

func (b layeredBlobs) Stat(ctx context.Context, repo string, h v1.Hash) (int64, error) {
	if size, err := b.stock.Stat(ctx, repo, h); err == nil {
		return size, nil
	}
	return b.pushed.Stat(ctx, repo, h)
}

func (b layeredBlobs) Get(ctx context.Context, repo string, h v1.Hash) (io.ReadCloser, error) {
	if content, err := b.stock.Get(ctx, repo, h); err == nil {
		return content, nil
	}
	return b.pushed.Get(ctx, repo, h)
}

func (b layeredBlobs) Put(ctx context.Context, repo string, h v1.Hash, content io.ReadCloser) error {
	return b.pushed.Put(ctx, repo, h, content)
}
