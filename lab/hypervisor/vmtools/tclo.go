package vmtools

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

const (
	pingInterval = 5 * time.Second
	// answerTimeout without an answer means that the tools don't run.
	answerTimeout = 20 * time.Second
)

// ErrNoTools says that the guest's tools don't run or already have a request.
var ErrNoTools = errors.New("the guest's tools are not running")

// Halt asks the guest to shut down. It doesn't wait for that.
func (s *Session) Halt() error { return s.command("OS_Halt") }

// Reboot asks the guest to reboot. It doesn't wait for that.
func (s *Session) Reboot() error { return s.command("OS_Reboot") }

func (s *Session) command(name string) error {
	s.mu.Lock()
	running := s.state.ToolsRunning
	s.mu.Unlock()
	if !running {
		return ErrNoTools
	}
	select {
	case s.commands <- name:
	default: // one is under way already; a second makes no difference
	}
	return nil
}

// serveTCLO greets the guest's tools, then sends commands and pings until conn
// is closed. Never more than one request is unanswered, so that a guest that
// doesn't read is not written to.
func (s *Session) serveTCLO(ctx context.Context, channel frames) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	answers, failed := make(chan []byte), make(chan error, 1)
	go func() { failed <- s.readAnswers(ctx, channel, answers) }()
	ask := func(request string) error {
		if err := channel.write([]byte(request)); err != nil {
			return err
		}
		return s.awaitAnswer(request, answers, failed)
	}
	for _, greeting := range []string{"reset", "Capabilities_Register", "Set_Option broadcastIP 1"} {
		if err := ask(greeting); err != nil {
			return err
		}
	}
	ping := time.NewTicker(pingInterval)
	defer ping.Stop()
	for {
		var request string
		select {
		case err := <-failed:
			return err
		case <-answers: // to nothing that was asked
			continue
		case request = <-s.commands:
		case <-ping.C:
			request = "ping"
		}
		if err := ask(request); err != nil {
			return err
		}
	}
}

// awaitAnswer returns when the guest has answered; when it is late, the tools
// count as not running until it does.
func (s *Session) awaitAnswer(request string, answers <-chan []byte, failed <-chan error) error {
	late := time.NewTimer(answerTimeout)
	defer late.Stop()
	for {
		select {
		case err := <-failed:
			return err
		case answer := <-answers:
			if request == "reset" && !bytes.HasPrefix(answer, []byte("OK ATR")) {
				continue
			}
			if request != "reset" {
				s.setRunning(true)
			}
			return nil
		case <-late.C:
			s.setRunning(false)
		}
	}
}

// readAnswers passes the guest's frames on; empty ones only say that it polls.
func (s *Session) readAnswers(ctx context.Context, channel frames, answers chan<- []byte) error {
	for {
		answer, err := channel.read()
		if err != nil {
			return err
		}
		if err := s.requests.wait(ctx, len(answer)); err != nil {
			return err
		}
		if len(answer) == 0 {
			continue
		}
		select {
		case answers <- answer:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func (s *Session) setRunning(running bool) {
	s.update(func(state *guest.State) { state.ToolsRunning, state.Heartbeat = running, running })
}
