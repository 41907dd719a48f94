package serial

import (
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// unsentPause is after what time a port is asked whether it still sends.
const unsentPause = 250 * time.Millisecond

// watchdog wakes a port that has something to send but has fallen asleep. The kernel's driver (8250_core.c, PASS_LIMIT)
// leaves an interrupt unserved after so many rounds, as a flood of input on an emulated port, which goes as fast as it is
// read, makes it do; and the interrupt, being one of edges, doesn't come again.
type watchdog struct {
	mu     sync.Mutex
	awake  bool
	writes int // since it looked
}

// begin watches until nothing is left to be sent.
func (w *watchdog) begin(p *Port) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.writes++
	if !w.awake {
		w.awake = true
		time.AfterFunc(unsentPause, func() { w.look(p) })
	}
}

func (w *watchdog) look(p *Port) {
	w.mu.Lock()
	defer w.mu.Unlock()
	fd := int(p.file.Fd())
	unsent, err := unix.IoctlGetInt(fd, unix.TIOCOUTQ)
	if err == nil && unsent > 0 {
		// Stopping and starting output turns the interrupt for it off and on, which raises it anew.
		_ = unix.IoctlSetInt(fd, unix.TCXONC, unix.TCOOFF)
		_ = unix.IoctlSetInt(fd, unix.TCXONC, unix.TCOON)
	}
	w.awake = err == nil && (unsent > 0 || w.writes > 0)
	w.writes = 0
	if !w.awake {
		return
	}
	time.AfterFunc(unsentPause, func() { w.look(p) })
}
