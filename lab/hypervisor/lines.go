package hypervisor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/vic-operator/vic-operator/lab/hypervisor/vspc"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

var _ guest.SerialLines = (*Driver)(nil)

// stringLines makes the lines of the machine's serial ports with a proxy.
func (m *machine) stringLines() error {
	m.lines = map[int]*vspc.Line{}
	for _, serial := range m.Serials {
		if serial.Kind != guest.SerialURI {
			continue
		}
		if serial.ProxyURI == "" {
			return fmt.Errorf("serial port %d: a connection without a proxy is not supported", serial.Index)
		}
		if m.lines[serial.Index] != nil {
			return fmt.Errorf("two serial ports %d", serial.Index)
		}
		line, err := vspc.NewLine(vspc.Config{ProxyURI: serial.ProxyURI, ServiceURI: serial.URI, Client: serial.Client,
			InstanceUUID: m.InstanceUUID, BIOSUUID: m.UUID, Name: m.Name, NoRedial: serial.NoRedial, Log: m.driver.options.Log})
		if err != nil {
			return fmt.Errorf("serial port %d: %w", serial.Index, err)
		}
		m.lines[serial.Index] = line
	}
	return nil
}

func (m *machine) hangUp() {
	for _, line := range m.lines {
		line.HangUp()
	}
}

// migrate moves all lines. A vMotion in which one fails doesn't take place;
// those that have moved stay moved, which a proxy can't tell from going back.
func (m *machine) migrate(ctx context.Context) error {
	for index, line := range m.lines {
		if err := line.Migrate(ctx); err != nil {
			return fmt.Errorf("serial port %d: %w", index, err)
		}
	}
	return nil
}

// Lines implements guest.SerialLines.
func (d *Driver) Lines(id string) map[int]guest.LineState {
	states := map[int]guest.LineState{}
	if m, err := d.find(id); err == nil {
		for index, line := range m.strung() {
			states[index] = guest.LineState(line.State())
		}
	}
	return states
}

// strung gives the lines once the machine runs.
func (m *machine) strung() map[int]*vspc.Line {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.lines
}

func (d *Driver) line(id string, index int) (*vspc.Line, error) {
	m, err := d.find(id)
	if err != nil {
		return nil, err
	}
	if line := m.strung()[index]; line != nil {
		return line, nil
	}
	return nil, fmt.Errorf("%s: serial port %d leads to no proxy", id, index)
}

// CutLine implements guest.SerialLines.
func (d *Driver) CutLine(id string, index int, duration time.Duration) error {
	line, err := d.line(id, index)
	if err == nil {
		line.Cut(duration)
	}
	return err
}

// FeedLine implements guest.SerialLines.
func (d *Driver) FeedLine(id string, index int, toGuest bool, data []byte) error {
	line, err := d.line(id, index)
	if err != nil {
		return err
	}
	feed := line.Say
	if toGuest {
		feed = line.Hear
	}
	if !feed(data) {
		return errors.New("nobody is there to hear it")
	}
	return nil
}
