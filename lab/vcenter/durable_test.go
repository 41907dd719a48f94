package vcenter

import (
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"
)

// TestAnAnswerWaitsForTheInventorysFile gives the inventory a pipe for a file,
// and lets it run full.
func TestAnAnswerWaitsForTheInventorysFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "inventory.jsonl.new") // what it writes anew takes the old one's place
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	pipe := must(os.OpenFile(name, os.O_RDWR, 0))(t)
	open, gate := make(chan struct{}), make(chan struct{})
	drain := func(until chan struct{}) (ended chan struct{}) {
		ended = make(chan struct{})
		go func() {
			defer close(ended)
			buffer := make([]byte, 1<<16)
			for {
				_ = pipe.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
				if _, err := pipe.Read(buffer); err != nil {
					select {
					case <-until:
						return
					default:
					}
				}
			}
		}()
		return ended
	}
	ended := drain(open)
	s := startIn(t, dir).site()
	close(open)
	<-ended
	_ = pipe.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
	for err := error(nil); err == nil; { // fill it
		_, err = pipe.Write(make([]byte, 1<<16))
	}
	answered := make(chan error, 1)
	go func() {
		_, err := s.folder.CreateFolder(testContext(t), "a")
		answered <- err
	}()
	early := false
	select {
	case <-answered:
		early = true
	case <-time.After(50 * time.Millisecond):
	}
	drain(gate)
	t.Cleanup(func() { close(gate) })
	if early {
		t.Fatal("answered before it was written")
	}
	if err := <-answered; err != nil {
		t.Error(err)
	}
}
