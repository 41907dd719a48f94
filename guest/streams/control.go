package streams

import (
	"context"
	"errors"
	"time"

	"github.com/vic-operator/vic-operator/guest/link"
	"github.com/vic-operator/vic-operator/guest/process"
)

// nothing is the answer of commands that have nothing to tell.
type nothing struct{}

// done answers a command that has been carried out.
func done(s *link.Session) uint32 {
	if s.Answer(nothing{}) != nil {
		return link.StatusFailed
	}
	return link.StatusDone
}

// parameters reads a command's parameters and finds the process it is for; ok is false where it was refused.
func (c *Container) parameters(ctx context.Context, s *link.Session, into any) (p Main, ok bool) {
	if err := s.Parameters(into); err != nil {
		s.Refuse(reasonInvalidParameter, err.Error())
		return nil, false
	}
	p, ok = c.running(ctx)
	if !ok {
		s.Refuse(reasonNotRunning, "the container's process doesn't run")
	}
	return p, ok
}

func (c *Container) signal(ctx context.Context, s *link.Session) uint32 {
	var asked struct {
		Signal string `json:"signal"`
	}
	p, ok := c.parameters(ctx, s, &asked)
	if !ok {
		return link.StatusFailed
	}
	return send(s, p, asked.Signal)
}

func send(s *link.Session, p Running, name string) uint32 {
	if name == "" {
		return s.Refuse(reasonInvalidSignal, "no signal is named")
	}
	signal, err := process.SignalNumber(name)
	if err != nil {
		return s.Refuse(reasonInvalidSignal, err.Error())
	}
	if err := p.Signal(signal); err != nil {
		return s.Refuse(reasonNotRunning, err.Error())
	}
	return done(s)
}

func (c *Container) stop(ctx context.Context, s *link.Session) uint32 {
	var asked struct {
		Signal         string `json:"signal"`
		TimeoutSeconds *int   `json:"timeoutSeconds"`
	}
	p, ok := c.parameters(ctx, s, &asked)
	if !ok {
		return link.StatusFailed
	}
	signal, patience := p.StopSignal(), c.config.StopTimeout
	if asked.Signal != "" {
		var err error
		if signal, err = process.SignalNumber(asked.Signal); err != nil {
			return s.Refuse(reasonInvalidSignal, err.Error())
		}
	}
	if asked.TimeoutSeconds != nil {
		patience = time.Duration(*asked.TimeoutSeconds) * time.Second
	}
	p.Stop(signal, patience)
	return done(s)
}

func (c *Container) resize(ctx context.Context, s *link.Session) uint32 {
	var asked process.Size
	p, ok := c.parameters(ctx, s, &asked)
	if !ok {
		return link.StatusFailed
	}
	return setSize(s, p, asked)
}

func setSize(s *link.Session, p Running, size process.Size) uint32 {
	switch err := p.Resize(size); {
	case errors.Is(err, process.ErrNoTerminal):
		return s.Refuse(reasonNoTerminal, err.Error())
	case err != nil:
		return s.Refuse(reasonNotRunning, err.Error())
	}
	return done(s)
}
