package vmtest

import (
	"encoding/json"
	"net"
	"testing"
)

// monitor is QEMU's control line, QMP.
type monitor struct {
	t       *testing.T
	encoder *json.Encoder
	decoder *json.Decoder
}

func newMonitor(t *testing.T, l net.Listener) *monitor {
	t.Helper()
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	m := &monitor{t, json.NewEncoder(conn), json.NewDecoder(conn)}
	var greeting map[string]any
	if err := m.decoder.Decode(&greeting); err != nil {
		t.Fatal(err)
	}
	m.run("qmp_capabilities", nil)
	return m
}

func (m *monitor) run(command string, arguments any) {
	m.t.Helper()
	request := map[string]any{"execute": command}
	if arguments != nil {
		request["arguments"] = arguments
	}
	if err := m.encoder.Encode(request); err != nil {
		m.t.Fatal(err)
	}
	for {
		var reply map[string]any
		if err := m.decoder.Decode(&reply); err != nil {
			m.t.Fatal(err)
		}
		if reason, ok := reply["error"]; ok {
			m.t.Fatalf("%s: %v", command, reason)
		}
		if _, ok := reply["return"]; ok {
			return
		}
	}
}
