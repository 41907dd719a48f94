package qmp

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"testing"
)

// monitor plays QEMU: it sends answers, one for each command read; "" hangs up.
func monitor(t *testing.T, answers ...string) net.Conn {
	t.Helper()
	ours, theirs := net.Pipe()
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	go func() {
		defer theirs.Close()
		fmt.Fprintln(theirs, `{"QMP": {"version": {}}}`)
		lines := bufio.NewScanner(theirs)
		for _, answer := range append([]string{`{"return": {}, "id": 1}`}, answers...) {
			if !lines.Scan() || answer == "" {
				return
			}
			fmt.Fprintln(theirs, answer)
		}
		lines.Scan()
	}()
	return ours
}

func TestARefusalIsAnErrorWithItsText(t *testing.T) {
	client, err := Connect(t.Context(), monitor(t, `{"error": {"class": "GenericError", "desc": "no such device"}, "id": 2}`), func(Event) {})
	if err != nil {
		t.Fatal(err)
	}
	var refusal *Error
	if _, err := client.Execute(t.Context(), "device_del", nil); !errors.As(err, &refusal) || refusal.Description != "no such device" {
		t.Errorf("Execute = %v", err)
	}
}

func TestAHangUpEndsWhatWaits(t *testing.T) {
	client, err := Connect(t.Context(), monitor(t, ""), func(Event) {})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := client.Execute(t.Context(), "quit", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Execute = %v", err)
	}
	<-client.Done()
	if _, err := client.Execute(t.Context(), "quit", nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Execute afterwards = %v", err)
	}
}

func TestSilenceEndsWithTheContext(t *testing.T) {
	client, err := Connect(t.Context(), monitor(t), func(Event) {})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := client.Execute(ctx, "stop", nil); !errors.Is(err, context.Canceled) {
		t.Errorf("Execute = %v", err)
	}
}

func TestEventsComeBetweenAnswers(t *testing.T) {
	heard := make(chan Event, 1)
	client, err := Connect(t.Context(), monitor(t,
		`{"event": "SHUTDOWN", "data": {"reason": "guest-shutdown"}}`+"\nnot JSON\n"+`{"return": 7, "id": 99}`+"\n"+`{"return": 1, "id": 2}`),
		func(e Event) { heard <- e })
	if err != nil {
		t.Fatal(err)
	}
	if result, err := client.Execute(t.Context(), "query", nil); err != nil || string(result) != "1" {
		t.Errorf("Execute = %s, %v", result, err)
	}
	if event := <-heard; event.Name != "SHUTDOWN" || string(event.Data) != `{"reason": "guest-shutdown"}` {
		t.Errorf("event is %+v", event)
	}
}
