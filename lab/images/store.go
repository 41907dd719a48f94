package images

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// store is a directory of blobs by digest and the list of tags on them.
type store struct {
	dir     string
	catalog []Tag
}

// Tag is a manifest under its name in the registry.
type Tag struct {
	Repository string          `json:"repository"`
	Tag        string          `json:"tag"` // or the digest, for the members of an index
	Digest     v1.Hash         `json:"digest"`
	MediaType  types.MediaType `json:"mediaType"`
}

// Blobs is the directory with <algorithm>/<hex digits> for all blobs.
func (s *store) Blobs() string { return filepath.Join(s.dir, "blobs") }

func newStore(dir string) (*store, error) {
	s := &store{dir: dir}
	return s, os.MkdirAll(filepath.Join(s.Blobs(), "sha256"), 0o755)
}

// image is a platform's image: a runtime config over layers.
type image struct {
	config    v1.Config
	platform  v1.Platform // linux/amd64 where empty
	layers    []layer
	mediaType types.MediaType // of the manifest; OCI where empty
	// diffIDs, where set, are written into the config in place of the layers'
	// own: a lie.
	diffIDs []v1.Hash
}

// put stores config and manifest and returns the manifest's descriptor.
func (s *store) put(img image) (v1.Descriptor, error) {
	if img.mediaType == "" {
		img.mediaType = types.OCIManifestSchema1
	}
	if img.platform.OS == "" {
		img.platform = v1.Platform{OS: "linux", Architecture: "amd64"}
	}
	config, err := s.putJSON(configMediaType(img.mediaType), img.configFile())
	if err != nil {
		return v1.Descriptor{}, err
	}
	manifest := v1.Manifest{SchemaVersion: 2, MediaType: img.mediaType, Config: config, Layers: []v1.Descriptor{}}
	for _, l := range img.layers {
		mediaType := l.MediaType
		if img.mediaType == types.DockerManifestSchema2 {
			mediaType = types.DockerLayer
		}
		manifest.Layers = append(manifest.Layers, v1.Descriptor{MediaType: mediaType, Digest: l.Digest, Size: l.Size})
	}
	descriptor, err := s.putJSON(img.mediaType, manifest)
	descriptor.Platform = &img.platform
	return descriptor, err
}

func configMediaType(manifest types.MediaType) types.MediaType {
	if manifest == types.DockerManifestSchema2 {
		return types.DockerConfigJSON
	}
	return types.OCIConfigJSON
}

func (img image) configFile() v1.ConfigFile {
	file := v1.ConfigFile{
		Architecture: img.platform.Architecture,
		OS:           img.platform.OS,
		Variant:      img.platform.Variant,
		Created:      v1.Time{Time: epoch},
		Config:       img.config,
		RootFS:       v1.RootFS{Type: "layers", DiffIDs: []v1.Hash{}},
	}
	for _, l := range img.layers {
		file.RootFS.DiffIDs = append(file.RootFS.DiffIDs, l.DiffID)
		file.History = append(file.History, v1.History{Created: v1.Time{Time: epoch}, CreatedBy: l.CreatedBy})
	}
	if img.diffIDs != nil {
		file.RootFS.DiffIDs = img.diffIDs
	}
	file.History = append(file.History, v1.History{
		Created: v1.Time{Time: epoch}, CreatedBy: fmt.Sprintf("CMD %q", img.config.Cmd), EmptyLayer: true,
	})
	return file
}

// putIndex stores a multi-platform index over manifests that are stored.
func (s *store) putIndex(repository string, members []v1.Descriptor) (v1.Descriptor, error) {
	for _, m := range members {
		s.tag(repository, m.Digest.String(), m)
	}
	return s.putJSON(types.OCIImageIndex, v1.IndexManifest{
		SchemaVersion: 2, MediaType: types.OCIImageIndex, Manifests: members,
	})
}

func (s *store) putJSON(mediaType types.MediaType, value any) (v1.Descriptor, error) {
	content, err := json.Marshal(value)
	if err != nil {
		return v1.Descriptor{}, err
	}
	return s.putBytes(mediaType, content)
}

func (s *store) putBytes(mediaType types.MediaType, content []byte) (v1.Descriptor, error) {
	blob, err := s.newBlob()
	if err != nil {
		return v1.Descriptor{}, err
	}
	defer blob.discard()
	if _, err := blob.Write(content); err != nil {
		return v1.Descriptor{}, err
	}
	digest, err := blob.keep()
	return v1.Descriptor{MediaType: mediaType, Digest: digest, Size: blob.size}, err
}

// tag names a stored manifest.
func (s *store) tag(repository, tag string, manifest v1.Descriptor) {
	s.catalog = append(s.catalog, Tag{Repository: repository, Tag: tag, Digest: manifest.Digest, MediaType: manifest.MediaType})
}

// publish stores an image and names it.
func (s *store) publish(repository, tag string, img image) error {
	manifest, err := s.put(img)
	if err != nil {
		return fmt.Errorf("%s:%s: %w", repository, tag, err)
	}
	s.tag(repository, tag, manifest)
	return nil
}
