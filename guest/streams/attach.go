package streams

import (
	"context"
	"io"

	"github.com/vic-operator/vic-operator/guest/link"
	"github.com/vic-operator/vic-operator/guest/process"
)

type attachParameters struct {
	Stdin  bool `json:"stdin"`
	Output bool `json:"output"`
	From   struct {
		Stdout *int64 `json:"stdout"`
		Stderr *int64 `json:"stderr"`
	} `json:"from"`
}

type offsets struct {
	Stdout int64 `json:"stdout"`
	Stderr int64 `json:"stderr"`
}

// attach connects a console to the process's streams.
func (c *Container) attach(ctx context.Context, s *link.Session) uint32 {
	var asked attachParameters
	if err := s.Parameters(&asked); err != nil {
		return s.Refuse(reasonInvalidParameter, err.Error())
	}
	p := c.process(ctx)
	if p == nil {
		return s.Refuse(reasonNotRunning, "the container's process doesn't run")
	}
	from := offsets{c.Stdout.Start(asked.From.Stdout), c.Stderr.Start(asked.From.Stderr)}
	err := s.Answer(struct {
		Run  int     `json:"run"`
		From offsets `json:"from"`
	}{c.config.Run, from})
	if err != nil {
		return link.StatusFailed
	}
	go followSize(ctx, s, p)
	input := make(chan struct{})
	if asked.Stdin {
		go func() {
			feed(p, s)
			if c.config.StdinOnce {
				p.CloseStdin()
			}
			close(input)
		}()
	}
	if asked.Output {
		return pump(ctx, &source{stream: &c.Stdout, at: from.Stdout, to: s},
			&source{stream: &c.Stderr, at: from.Stderr, to: s.Stderr()})
	}
	select {
	case <-input:
	case <-p.Ended():
	case <-ctx.Done():
	}
	return link.StatusDone
}

// feed copies a console's input to a process until either ends. Input for which there is nobody is read all the same:
// unread, it would be in the way of the session's end.
func feed(p Running, s *link.Session) {
	to := p.Stdin()
	if to == nil {
		to = io.Discard
	}
	if _, err := io.Copy(to, s); err != nil {
		_, _ = io.Copy(io.Discard, s) // the process has closed its input, or has ended
	}
}

// followSize gives a process's terminal the size of the console's.
func followSize(ctx context.Context, s *link.Session, p Running) {
	for {
		select {
		case size := <-s.Sizes():
			_ = p.Resize(process.Size(size)) // without a terminal there is none to set
		case <-p.Ended():
			return
		case <-ctx.Done():
			return
		}
	}
}

// log gives what goes to the log.
func (c *Container) log(ctx context.Context, s *link.Session) uint32 {
	var asked struct {
		From *int64 `json:"from"`
	}
	if err := s.Parameters(&asked); err != nil {
		return s.Refuse(reasonInvalidParameter, err.Error())
	}
	from := c.Log.Start(asked.From)
	err := s.Answer(struct {
		Run  int   `json:"run"`
		From int64 `json:"from"`
	}{c.config.Run, from})
	if err != nil {
		return link.StatusFailed
	}
	return pump(ctx, &source{stream: &c.Log, at: from, to: s})
}
