package images

import (
	"crypto/sha256"
	"os"
	"path/filepath"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// broken publishes images that have to be refused, or can't run, each for one
// reason.
func (b *builder) broken() error {
	for _, publish := range []func() error{b.wrongDiffID, b.escapingPaths, b.cutLayer, b.missingBlob, b.missingProgram, b.missingPlatform} {
		if err := publish(); err != nil {
			return err
		}
	}
	return nil
}

// wrongDiffID: the config promises other files than the layer has.
func (b *builder) wrongDiffID() error {
	lie := sha256.New()
	lie.Write([]byte("something else"))
	return b.publish("broken/diffid", "latest", image{
		config: busyboxConfig(), layers: []layer{b.base}, diffIDs: []v1.Hash{sum(lie)},
	})
}

// escapingPaths: entries that a careless unpacker would write outside its root,
// by name, through a symlink and by a hard link.
func (b *builder) escapingPaths() error {
	escapes := map[string]func(*tree){
		"dotdot": func(t *tree) { t.file("../../escaped", 0o644, "escaped\n") },
		"symlink": func(t *tree) {
			t.symlink("out", "/")
			t.symlink("up", "../..")
			t.file("up/escaped", 0o644, "escaped\n")
		},
		"hardlink": func(t *tree) { t.hardlink("shadow", "../../etc/shadow", 0o600) },
	}
	for tag, fill := range escapes {
		l, err := b.layer("escapes", gzipped, fill)
		if err != nil {
			return err
		}
		if err := b.publish("broken/escape", tag, image{config: busyboxConfig(), layers: []layer{b.base, l}}); err != nil {
			return err
		}
	}
	return nil
}

// ownLayer is a layer that no other image has: a disk that is unpacked already
// would make up for what is wrong with it.
func (b *builder) ownLayer(name string) (layer, error) {
	return b.layer(name, gzipped, func(t *tree) {
		t.stream("own/"+name, 0o644, mebibyte, noise(name, mebibyte))
	})
}

// cutLayer: a blob that is what its digest says, but ends in the middle of its
// gzip stream.
func (b *builder) cutLayer() error {
	l, err := b.ownLayer("cut")
	if err != nil {
		return err
	}
	content, err := os.ReadFile(filepath.Join(b.Blobs(), l.Digest.Algorithm, l.Digest.Hex))
	if err != nil {
		return err
	}
	half, err := b.putBytes(l.MediaType, content[:len(content)/2])
	if err != nil {
		return err
	}
	l.Digest, l.Size = half.Digest, half.Size
	return b.publish("broken/cut", "latest", image{config: busyboxConfig(), layers: []layer{b.base, l}})
}

// missingBlob: a manifest whose layer the registry doesn't have.
func (b *builder) missingBlob() error {
	l, err := b.ownLayer("missing")
	if err != nil {
		return err
	}
	nowhere := sha256.New()
	nowhere.Write([]byte("a blob that nobody has"))
	l.Digest = sum(nowhere)
	return b.publish("broken/missing", "latest", image{config: busyboxConfig(), layers: []layer{b.base, l}})
}

// missingProgram: a good image whose command isn't in it.
func (b *builder) missingProgram() error {
	config := busyboxConfig()
	config.Entrypoint = []string{"/no/such/program"}
	return b.publish("broken/entrypoint", "latest", image{config: config, layers: []layer{b.base}})
}

// missingPlatform: an index without an image for this platform.
func (b *builder) missingPlatform() error {
	foreign, err := b.put(image{config: busyboxConfig(), platform: v1.Platform{OS: "linux", Architecture: "s390x"}, layers: []layer{b.base}})
	if err != nil {
		return err
	}
	index, err := b.putIndex("broken/platform", []v1.Descriptor{foreign})
	if err != nil {
		return err
	}
	b.tag("broken/platform", "latest", index)
	return nil
}
