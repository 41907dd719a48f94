package streams

import (
	"context"
	"io"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/link"
	"github.com/vic-operator/vic-operator/guest/process"
)

// Reasons why a command isn't possible. Those of processes that don't start are package process's.
const (
	reasonInvalidParameter = "InvalidParameter"
	reasonNotRunning       = process.ReasonNotRunning
	reasonInvalidSignal    = "InvalidSignal"
	reasonNoTerminal       = "NoTerminal"
	reasonExists           = "Exists"
	reasonNotFound         = "NotFound"
	reasonStarted          = "Started"
	reasonTooMany          = "TooMany"
)

// Running is a process of the container.
type Running interface {
	PID() int
	Signal(unix.Signal) error
	Resize(process.Size) error
	Stdin() io.Writer // nil where the process reads /dev/null
	CloseStdin()
	Stdout() io.ReadCloser
	Stderr() io.ReadCloser // nil with a terminal
	Ended() <-chan struct{}
	Exit() process.Exit
}

// Main is the container's own process.
type Main interface {
	Running
	Stop(signal unix.Signal, patience time.Duration)
	StopSignal() unix.Signal
	Exec(process.ExecSpec) (Running, error)
	CheckUser(user string, groups []string) error
}

// Config is what a container's streams know from the start.
type Config struct {
	ID          string
	Run         int
	StdinOnce   bool
	StopTimeout time.Duration // negative: for ever
	Usage       Usage
}

// Usage tells what a container uses, in the JSON of the commands "top" and "stats".
type Usage interface {
	Processes() (any, error)
	Figures() (any, error)
}

// Container is a container's streams, from before its process starts until after its end.
type Container struct {
	Stdout, Stderr Stream
	Log            Stream // of this run

	config Config
	ready  chan struct{} // closed once main is set, or never will be
	main   Main
	execs  execTable
}

// NewContainer makes the streams of a container whose process hasn't started yet.
func NewContainer(config Config) *Container {
	return &Container{config: config, ready: make(chan struct{})}
}

// Started says that the process runs; nil, that it never will. It is called once.
func (c *Container) Started(main Main) {
	c.main = main
	close(c.ready)
}

// Commands are what a console may ask for.
func (c *Container) Commands() map[string]link.Command {
	return map[string]link.Command{
		"ping":         link.Ping(c.config.ID),
		"attach":       c.attach,
		"log":          c.log,
		"signal":       c.signal,
		"stop":         c.stop,
		"resize":       c.resize,
		"exec-create":  c.execCreate,
		"exec-start":   c.execStart,
		"exec-inspect": c.execInspect,
		"exec-wait":    c.execWait,
		"exec-resize":  c.execResize,
		"exec-signal":  c.execSignal,
		"top":          c.top,
		"stats":        c.stats,
	}
}

// process waits for the container's process; nil where it never started.
func (c *Container) process(ctx context.Context) Main {
	select {
	case <-c.ready:
		return c.main
	case <-ctx.Done():
		return nil
	}
}

// running is the container's process while it runs.
func (c *Container) running(ctx context.Context) (Main, bool) {
	p := c.process(ctx)
	return p, p != nil && !hasEnded(p)
}

func hasEnded(p Running) bool {
	select {
	case <-p.Ended():
		return true
	default:
		return false
	}
}
