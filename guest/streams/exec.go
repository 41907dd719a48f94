package streams

import (
	"context"
	"errors"
	"log"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/link"
	"github.com/vic-operator/vic-operator/guest/process"
)

func (c *Container) execCreate(ctx context.Context, s *link.Session) uint32 {
	var asked execSpec
	main, ok := c.parameters(ctx, s, &asked)
	if !ok {
		return link.StatusFailed
	}
	if asked.ID == "" || len(asked.Args) == 0 {
		return s.Refuse(reasonInvalidParameter, "id or args are missing")
	}
	if asked.User != "" {
		if err := main.CheckUser(asked.User, asked.Groups); err != nil {
			return s.Refuse(process.ReasonUserNotFound, err.Error())
		}
	}
	if reason := c.execs.add(asked, time.Now()); reason != "" {
		return s.Refuse(reason, "exec "+asked.ID)
	}
	return done(s)
}

type execStartParameters struct {
	ID string `json:"id"`
	process.Size
}

// execStart runs an exec. It goes on where the console leaves it.
func (c *Container) execStart(ctx context.Context, s *link.Session) uint32 {
	var asked execStartParameters
	main, ok := c.parameters(ctx, s, &asked)
	if !ok {
		return link.StatusFailed
	}
	e := c.execs.get(asked.ID, time.Now())
	if e == nil {
		return s.Refuse(reasonNotFound, "no exec "+asked.ID)
	}
	if !e.claim() {
		return s.Refuse(reasonStarted, "exec "+asked.ID+" has been started before")
	}
	p, err := main.Exec(e.order(asked.Size))
	if err != nil {
		return notStarted(s, main, e, err)
	}
	e.runs(p)
	go func() {
		<-p.Ended()
		e.endedWith(p.Exit().Code, time.Now())
	}()
	if err := s.Answer(map[string]int{"pid": p.PID()}); err != nil {
		log.Printf("exec: %v", err)
	}
	return converse(ctx, s, p)
}

// Exit codes of execs that didn't start, as Docker has them.
const (
	codeNotStarted = 126
	codeNotFound   = 127
)

func notStarted(s *link.Session, main Main, e *exec, err error) uint32 {
	f := &process.Failure{Reason: process.ReasonStartFailed, Message: err.Error()}
	errors.As(err, &f)
	code := codeNotStarted
	if f.Reason == process.ReasonNotFound {
		code = codeNotFound
	}
	e.endedWith(code, time.Now())
	if hasEnded(main) || errors.Is(err, unix.ESRCH) {
		return s.Refuse(reasonNotRunning, "the container's process doesn't run")
	}
	return s.Refuse(f.Reason, f.Message)
}

// converse copies both ways until the process has ended and its output has been sent, and returns its exit code.
func converse(ctx context.Context, s *link.Session, p Running) uint32 {
	go followSize(ctx, s, p)
	go func() {
		feed(p, s)
		p.CloseStdin()
	}()
	var copies sync.WaitGroup
	copies.Go(func() { forward(s, p.Stdout(), p.Ended()) })
	if stderr := p.Stderr(); stderr != nil {
		copies.Go(func() { forward(s.Stderr(), stderr, p.Ended()) })
	}
	copied := make(chan struct{})
	go func() {
		copies.Wait()
		close(copied)
	}()
	for _, event := range []<-chan struct{}{copied, p.Ended()} {
		select {
		case <-event:
		case <-ctx.Done():
			return link.StatusFailed
		}
	}
	return uint32(p.Exit().Code)
}

func (c *Container) execInspect(_ context.Context, s *link.Session) uint32 {
	e, _, ok := c.findExec(s)
	if !ok {
		return link.StatusFailed
	}
	return c.answerState(s, e)
}

func (c *Container) answerState(s *link.Session, e *exec) uint32 {
	if s.Answer(e.view()) != nil {
		return link.StatusFailed
	}
	return link.StatusDone
}

// execWait answers once an exec has ended.
func (c *Container) execWait(ctx context.Context, s *link.Session) uint32 {
	e, _, ok := c.findExec(s)
	if !ok {
		return link.StatusFailed
	}
	select {
	case <-e.done:
	case <-ctx.Done():
		return link.StatusFailed
	}
	return c.answerState(s, e)
}

func (c *Container) execResize(_ context.Context, s *link.Session) uint32 {
	e, asked, ok := c.findExec(s)
	if !ok {
		return link.StatusFailed
	}
	p := e.process()
	if p == nil {
		return s.Refuse(reasonNotRunning, "exec "+asked.ID+" doesn't run")
	}
	return setSize(s, p, asked.Size)
}

func (c *Container) execSignal(_ context.Context, s *link.Session) uint32 {
	e, asked, ok := c.findExec(s)
	if !ok {
		return link.StatusFailed
	}
	p := e.process()
	if p == nil {
		return s.Refuse(reasonNotRunning, "exec "+asked.ID+" doesn't run")
	}
	return send(s, p, asked.Signal)
}

type execParameters struct {
	ID     string `json:"id"`
	Signal string `json:"signal"`
	process.Size
}

func (c *Container) findExec(s *link.Session) (e *exec, asked execParameters, ok bool) {
	if err := s.Parameters(&asked); err != nil {
		s.Refuse(reasonInvalidParameter, err.Error())
		return nil, asked, false
	}
	if e = c.execs.get(asked.ID, time.Now()); e == nil {
		s.Refuse(reasonNotFound, "no exec "+asked.ID)
		return nil, asked, false
	}
	return e, asked, true
}
