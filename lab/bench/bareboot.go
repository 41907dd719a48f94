package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/lab/hypervisor/vmtools"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vmdk"
)

// Recipe is a machine that the hypervisor has run, to be run again by itself.
type Recipe struct {
	// Command is its QEMU's command line, program included.
	Command []string `json:"command"`
	// GuestInfo are its guestinfo.* keys.
	GuestInfo map[string]string `json:"guestInfo"`
	// UntilOff measures until the machine has switched itself off, instead of
	// until its first output.
	UntilOff bool `json:"untilOff"`
}

// pollPeriod is how often the log is looked at. The other side of the
// comparison does the same (test/bench/first-output.ts).
const pollPeriod = 5 * time.Millisecond

// BareBoot starts one QEMU as recipe says, on a fresh child of the same image's
// disk and with a log in dir, and returns how long it takes from the process's
// start until the log has a line of the container's standard output, or until
// the machine is off. The machine is ended then.
func BareBoot(ctx context.Context, recipe Recipe, dir string) (time.Duration, error) {
	if len(recipe.Command) == 0 {
		return 0, errors.New("the recipe has no command")
	}
	line, err := parseCommandLine(recipe.Command[1:])
	if err != nil {
		return 0, err
	}
	parent, err := line.parent()
	if err != nil {
		return 0, err
	}
	disk, log := filepath.Join(dir, "disk.vmdk"), filepath.Join(dir, "output.log")
	if err := (vmdk.Store{}).CreateChild(disk, parent); err != nil {
		return 0, err
	}
	words, err := line.with(disk, log)
	if err != nil {
		return 0, err
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	sockets, err := connect(ctx, line, recipe.GuestInfo)
	if err != nil {
		return 0, err
	}
	var said bytes.Buffer
	command := exec.CommandContext(ctx, recipe.Command[0], words...)
	command.Dir, command.ExtraFiles = dir, sockets
	command.Stdout, command.Stderr = &said, &said
	command.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	// The death signal comes when the starting thread ends.
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	began := time.Now()
	if err := command.Start(); err != nil {
		return 0, err
	}
	for _, socket := range sockets {
		socket.Close()
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	measure := firstOutput
	if recipe.UntilOff {
		measure = untilOff
	}
	took, err := measure(ctx, log, began, ended)
	cancel()
	if err != nil {
		return 0, fmt.Errorf("%w: %s", err, said.String())
	}
	if !recipe.UntilOff {
		<-ended
	}
	return took, nil
}

// firstOutput waits for the log's first line of standard output.
func firstOutput(ctx context.Context, log string, began time.Time, ended <-chan error) (time.Duration, error) {
	for {
		if text, err := os.ReadFile(log); err == nil && bytes.Contains(text, []byte(" stdout ")) {
			return time.Since(began), nil
		}
		select {
		case err := <-ended:
			return 0, fmt.Errorf("QEMU ended without output: %v", err)
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(pollPeriod):
		}
	}
}

// untilOff waits until the machine has ended by itself.
func untilOff(ctx context.Context, _ string, began time.Time, ended <-chan error) (time.Duration, error) {
	select {
	case err := <-ended:
		return time.Since(began), err
	case <-ctx.Done():
		return 0, ctx.Err()
	}
}

// firstFile is the number of the first of exec.Cmd's ExtraFiles.
const firstFile = 3

// connect makes the sockets that the command line names, at the same numbers,
// and serves the guest's tools on them. What comes from network cards is lost.
func connect(ctx context.Context, line commandLine, info map[string]string) ([]*os.File, error) {
	rpci, tclo, nics := line.descriptors()
	if rpci < firstFile || tclo < firstFile {
		return nil, errors.New("the command line has no ports for the guest's tools")
	}
	ours := map[int]net.Conn{}
	var files []*os.File
	for number := firstFile; number <= max(rpci, tclo, maxOf(nics)); number++ {
		pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		if err != nil {
			return nil, os.NewSyscallError("socketpair", err)
		}
		files = append(files, os.NewFile(uintptr(pair[1]), "qemu"))
		end := os.NewFile(uintptr(pair[0]), "bench")
		conn, err := net.FileConn(end)
		end.Close()
		if err != nil {
			return nil, err
		}
		ours[number] = conn
	}
	go vmtools.NewSession(info, 0, deaf{}).Serve(ctx, ours[rpci], ours[tclo])
	for _, nic := range nics {
		go func() { _, _ = io.Copy(io.Discard, ours[nic]) }()
	}
	return files, nil
}

func maxOf(numbers []int) (highest int) {
	for _, n := range numbers {
		highest = max(highest, n)
	}
	return highest
}

// deaf doesn't care what the guest says of itself.
type deaf struct{}

func (deaf) GuestInfo(string, string) {}
func (deaf) State(guest.State)        {}
