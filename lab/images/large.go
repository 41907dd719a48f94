package images

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
)

const mebibyte = 1 << 20

// noise is bytes that don't compress, always the same ones for a name.
func noise(name string, size int64) io.Reader {
	var seed [32]byte
	copy(seed[:], name)
	return io.LimitReader(rand.NewChaCha8(seed), size)
}

// large publishes about 200 MiB in layers of different nature.
func (b *builder) large() error {
	steps := []struct {
		createdBy string
		fill      func(*tree)
	}{
		{"64 MiB that don't compress", func(t *tree) {
			t.dir("large", 0o755)
			for i := range 4 {
				name := fmt.Sprintf("large/noise-%d", i)
				t.stream(name, 0o644, 16*mebibyte, noise(name, 16*mebibyte))
			}
		}},
		{"96 MiB of text", func(t *tree) {
			line := "the quick brown fox jumps over the lazy dog 0123456789\n"
			text := strings.Repeat(line, 12*mebibyte/len(line))
			for i := range 8 {
				t.file(fmt.Sprintf("large/text-%d", i), 0o644, text)
			}
		}},
		{"3000 small files", func(t *tree) {
			for i := range 3000 {
				if i%100 == 0 {
					t.dir(fmt.Sprintf("large/small/%02d", i/100), 0o755)
				}
				name := fmt.Sprintf("large/small/%02d/%04d", i/100, i)
				size := int64(i%32) << 10
				t.stream(name, 0o644, size, noise(name, size), owner(i%7, i%5))
			}
		}},
	}
	layers := []layer{b.base}
	for _, step := range steps {
		l, err := b.layer(step.createdBy, gzipped, step.fill)
		if err != nil {
			return err
		}
		layers = append(layers, l)
	}
	return b.publish("library/large", "latest", image{config: busyboxConfig(), layers: layers})
}
