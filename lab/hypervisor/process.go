package hypervisor

import (
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// firstFile is the number that the first of exec.Cmd's ExtraFiles gets.
const firstFile = 3

// wires are connections to a QEMU that is yet to be started. Handing over
// descriptors needs no socket files, whose paths may be at most 107 bytes long.
type wires struct{ ends []*os.File }

// add makes a connection; number is the descriptor of its other end in QEMU.
func (w *wires) add() (ours net.Conn, number int, err error) {
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, 0, os.NewSyscallError("socketpair", err)
	}
	w.ends = append(w.ends, os.NewFile(uintptr(pair[1]), "qemu"))
	end := os.NewFile(uintptr(pair[0]), "driver")
	defer end.Close()
	ours, err = net.FileConn(end)
	return ours, firstFile + len(w.ends) - 1, err
}

func (w *wires) close() {
	for _, end := range w.ends {
		_ = end.Close()
	}
}

// spawner starts processes that die with this one. The kernel sends the death
// signal when the starting *thread* ends, so one thread, kept for ever, starts
// them all.
type spawner struct{ jobs chan func() }

func newSpawner() *spawner {
	s := &spawner{jobs: make(chan func())}
	go func() {
		runtime.LockOSThread()
		defer runtime.UnlockOSThread() // else the thread, and with it all it started, would end
		for job := range s.jobs {
			job()
		}
	}()
	return s
}

func (s *spawner) start(command *exec.Cmd) error {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	result := make(chan error)
	s.jobs <- func() { result <- command.Start() }
	return <-result
}
