package streams

import (
	"bytes"
	"math/rand/v2"
	"testing"
)

func TestAStreamHoldsTheNewestBytesWhateverIsWritten(t *testing.T) {
	var s Stream
	var all []byte
	at := int64(0)
	for range 300 {
		chunk := make([]byte, rand.IntN(5000))
		for i := range chunk {
			chunk[i] = byte(rand.IntN(256))
		}
		_, _ = s.Write(chunk)
		all = append(all, chunk...)
		buffer := make([]byte, rand.IntN(9000)+1)
		v := s.read(at, buffer)
		if !bytes.Equal(buffer[:v.n], all[at:at+int64(v.n)]) {
			t.Fatalf("wrong bytes at %d", at)
		}
		if v.behind {
			at = s.Start(&at)
		}
		at += int64(v.n)
	}
	from := s.Start(new(int64))
	if from != int64(len(all)-held) {
		t.Errorf("held from %d of %d", from, len(all))
	}
	if v := s.read(from-1, make([]byte, 1)); !v.behind {
		t.Error("a byte that isn't held was given")
	}
	if later := int64(len(all) + 1); s.Start(&later) != int64(len(all)) {
		t.Error("began in the future")
	}
}

func TestReadersAreWokenByBytesAndByTheEnd(t *testing.T) {
	var s Stream
	v := s.read(0, make([]byte, 9))
	if v.n != 0 || v.ended || v.more == nil {
		t.Fatalf("%+v", v)
	}
	_, _ = s.Write([]byte("x"))
	<-v.more
	v = s.read(1, make([]byte, 9))
	s.End()
	<-v.more
	if v = s.read(1, make([]byte, 9)); !v.ended {
		t.Errorf("%+v", v)
	}
	if v = s.read(0, make([]byte, 9)); v.n != 1 || !v.ended {
		t.Errorf("%+v", v)
	}
}
