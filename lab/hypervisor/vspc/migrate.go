package vspc

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"
)

// vmotionLimit is how long a proxy may take to answer VMOTION-BEGIN: the
// default of serialN.vmotionLimit ("vMotion and Persistent Serial Port
// Connections"). It is taken for VMOTION-PEER too, which has none.
var vmotionLimit = 5 * time.Second

// ErrNotNow says that the proxy doesn't want a vMotion at this time.
var ErrNotNow = errors.New("the proxy answered VMOTION-NOTNOW")

// Migrate moves the line to a second connection, as a vMotion does: BEGIN on
// the first, GOAHEAD, then from the target host PEER, PEER-OK and COMPLETE
// over the second, and an end to the first. Where that fails, the first goes
// on (VMOTION-ABORT) and the machine stays where it is. A line that has no
// connection has nothing to move.
func (l *Line) Migrate(ctx context.Context) error {
	l.mu.Lock()
	source := l.current
	l.mu.Unlock()
	if source == nil {
		return nil
	}
	// Opaque to the proxy, so it holds what telnet has to escape.
	sequence := []byte{iac, se, 0, '\r', 0, 0, 0, 0}
	_, _ = rand.Read(sequence[4:])
	secret, err := source.begin(ctx, sequence)
	if err != nil {
		return err
	}
	// From here on the machine stands still: what it has sent is held.
	limited, cancel := context.WithTimeout(ctx, vmotionLimit)
	defer cancel()
	select {
	case l.sending <- struct{}{}:
		defer func() { <-l.sending }()
	case <-limited.Done():
		_ = source.tell(vmotionAbort, sequence...)
		return limited.Err()
	}
	target, err := l.peer(limited, sequence, secret)
	if err != nil {
		_ = source.tell(vmotionAbort, sequence...)
		return err
	}
	l.mu.Lock()
	l.dials++
	if l.current != source {
		l.mu.Unlock()
		err := errors.New("the connection ended during the vMotion")
		target.end(err)
		return err
	}
	l.current = target
	l.mu.Unlock()
	err = target.tell(vmotionComplete, sequence...)
	source.end(errors.New("moved to another host"))
	return err
}

// begin announces the vMotion and gives the proxy's secret.
func (s *session) begin(ctx context.Context, sequence []byte) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, vmotionLimit)
	defer cancel()
	for len(s.answers) > 0 { // of an earlier one, too late
		<-s.answers
	}
	if err := s.tell(vmotionBegin, sequence...); err != nil {
		return nil, err
	}
	select {
	case a := <-s.answers:
		secret, ours := bytes.CutPrefix(a.parameters, sequence)
		switch {
		case a.code == vmotionNotNow:
			return nil, ErrNotNow
		case a.code != vmotionGoAhead || !ours || len(secret) == 0:
			_ = s.tell(vmotionAbort, sequence...)
			return nil, fmt.Errorf("the proxy answered VMOTION-BEGIN %x with %d %x", sequence, a.code, a.parameters)
		}
		return secret, nil
	case <-s.ended:
		return nil, s.err
	case <-ctx.Done():
		_ = s.tell(vmotionAbort, sequence...)
		return nil, fmt.Errorf("no answer to VMOTION-BEGIN: %w", ctx.Err())
	}
}

// peer is the target host's part until the proxy has recognised it.
func (l *Line) peer(ctx context.Context, sequence, secret []byte) (*session, error) {
	target, err := l.open(ctx, true)
	if err != nil {
		return nil, err
	}
	if err := target.tell(vmotionPeer, append(bytes.Clone(sequence), secret...)...); err != nil {
		return nil, err
	}
	select {
	case a := <-target.answers:
		// The document has the sequence alone; vSPC.py and VIC repeat the secret too.
		if a.code == vmotionPeerOK && bytes.HasPrefix(a.parameters, sequence) {
			return target, nil
		}
		err = fmt.Errorf("the proxy answered VMOTION-PEER with %d %x", a.code, a.parameters)
	case <-target.ended:
		return nil, target.err
	case <-ctx.Done():
		err = fmt.Errorf("no answer to VMOTION-PEER: %w", ctx.Err())
	}
	target.end(err)
	return nil, err
}
