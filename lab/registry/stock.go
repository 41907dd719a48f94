package registry

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/vic-operator/vic-operator/lab/images"
)

// newStocked returns a registry that serves set, and takes pushes into
// pushedDir.
func newStocked(set *images.Set, pushedDir string) (http.Handler, error) {
	if err := os.MkdirAll(pushedDir, 0o755); err != nil {
		return nil, err
	}
	handler := registry.New(
		registry.WithBlobHandler(newLayeredBlobs(set.Blobs(), pushedDir)),
		registry.WithReferrersSupport(true),
		registry.Logger(log.New(io.Discard, "", 0)), // requests are recorded by recorder
	)
	for _, tag := range set.Tags {
		if err := stock(handler, set, tag); err != nil {
			return nil, fmt.Errorf("stocking %s:%s: %w", tag.Repository, tag.Tag, err)
		}
	}
	return handler, nil
}

// stock uploads one manifest the way a client would.
func stock(handler http.Handler, set *images.Set, tag images.Tag) error {
	manifest, err := os.ReadFile(filepath.Join(set.Blobs(), tag.Digest.Algorithm, tag.Digest.Hex))
	if err != nil {
		return err
	}
	request := httptest.NewRequest(http.MethodPut, fmt.Sprintf("/v2/%s/manifests/%s", tag.Repository, tag.Tag), bytes.NewReader(manifest))
	request.Header.Set("Content-Type", string(tag.MediaType))
	answer := httptest.NewRecorder()
	handler.ServeHTTP(answer, request)
	if answer.Code != http.StatusCreated {
		return fmt.Errorf("%d %s", answer.Code, answer.Body)
	}
	return nil
}
