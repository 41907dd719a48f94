package roles

import (
	"context"
	"log"
	"net"
	"time"

	"github.com/vic-operator/vic-operator/guest/line"
	"github.com/vic-operator/vic-operator/guest/link"
	"github.com/vic-operator/vic-operator/guest/logs"
	"github.com/vic-operator/vic-operator/guest/process"
	"github.com/vic-operator/vic-operator/guest/report"
	"github.com/vic-operator/vic-operator/guest/serial"
	"github.com/vic-operator/vic-operator/guest/streams"
)

const (
	// A console gets the last of an output before the VM is off, if it takes it; the log has it too.
	hangUpPause    = time.Second
	hangUpPatience = 10 * time.Second

	logNews = 10 * time.Second // between looks at whether the log has grown much
	// muchLog is how much of a log's growth a crash of the kernel may leave unreported.
	muchLog = 16 << 20
)

// answering is the outcome of a container's preparation for consoles, which goes on beside all else.
type answering struct {
	done chan struct{}
	err  error // what the configuration has wrong

	server  *link.Server // nil without line and link
	port    *serial.Port // nil without line
	hostKey string       // of the server, a line of authorized_keys
}

func (g *guest) answer() {
	g.answering = answering{done: make(chan struct{})}
	go func() {
		defer close(g.answering.done)
		g.answering.err = g.listen(&g.answering)
	}()
}

func (g *guest) listen(a *answering) error {
	at, authorized := g.config.Line, ""
	switch {
	case at != nil:
		authorized = at.AuthorizedKey
	case g.config.Link != nil:
		authorized = g.config.Link.AuthorizedKey
	default:
		return nil
	}
	hostKey, public, err := link.NewHostKey()
	if err != nil {
		return err
	}
	if a.server, err = link.NewServer(hostKey, authorized, g.streams.Commands()); err != nil {
		return err
	}
	a.hostKey = public
	if at == nil {
		return nil
	}
	if a.port, err = serial.Open(at.Port); err != nil {
		log.Printf("line: %v", err) // a container does its work without
		return nil
	}
	go func() { log.Printf("line: %v", line.New(a.port, serve(a.server)).Run()) }()
	return nil
}

func serve(by *link.Server) func(net.Conn) {
	return func(conn net.Conn) {
		if err := by.Serve(conn); err != nil {
			log.Printf("line: %v", err)
		}
	}
}

// dial serves the console over the network too, where the configuration names its address.
func (g *guest) dial() {
	if g.answering.server != nil && g.config.Link != nil {
		go g.answering.server.Keep(context.Background(), g.config.Link.Address, g.config.ID)
	}
}

// hangUp lets the consoles have what they are owed.
func (g *guest) hangUp() {
	a := &g.answering
	<-a.done
	if a.server == nil {
		return
	}
	a.server.Drain(hangUpPause, hangUpPatience)
	if a.port == nil {
		return
	}
	drained := make(chan error, 1)
	go func() { drained <- a.port.Drain() }()
	select {
	case <-drained:
	case <-time.After(hangUpPause):
	}
}

// reportLog says now and then how much the log has taken, so that the next run knows though this one ends without a word.
func (g *guest) reportLog(of *logs.Log, until <-chan struct{}) {
	tick := time.NewTicker(logNews)
	defer tick.Stop()
	for said := of.Bytes(); ; {
		select {
		case <-until:
			return
		case <-tick.C:
		}
		if is := of.Bytes(); is-said > muchLog {
			said = is
			if err := g.store.Update(func(r *report.Report) { r.LogBytes = is }); err != nil {
				log.Printf("report: %v", err)
			}
		}
	}
}

// contained is a container's process as consoles see it.
type contained struct{ *process.Process }

func (c contained) Exec(s process.ExecSpec) (streams.Running, error) {
	e, err := c.Process.Exec(s)
	if err != nil {
		return nil, err
	}
	return e, nil
}
