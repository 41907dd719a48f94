// Package report is what a guest tells vSphere about itself: the JSON of guestinfo.vic.report,
// as docs/guest-protocol.md describes it.
package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"sync"
	"time"
)

// Key is the guestinfo key that holds the report.
const Key = "guestinfo.vic.report"

const (
	maxBytes        = 4096
	maxMessageBytes = 1024
	// reserve is as long as a run's first report is made: what a process that runs has to say fits into it. So a hypervisor
	// that has no room for it says so before there is a process.
	reserve = 768
)

// State is where a guest stands in its run.
type State string

// The states of a run.
const (
	Booting State = "booting"
	Running State = "running"
	Exited  State = "exited"
	Failed  State = "failed"
)

// Report is one run of a guest.
type Report struct {
	Run        int      `json:"run"`
	State      State    `json:"state"`
	PID        int      `json:"pid,omitempty"`
	StartedAt  string   `json:"startedAt,omitempty"`
	FinishedAt string   `json:"finishedAt,omitempty"`
	ExitCode   *int     `json:"exitCode,omitempty"`
	Reason     string   `json:"reason,omitempty"`
	Message    string   `json:"message,omitempty"`
	OOMKilled  bool     `json:"oomKilled,omitempty"`
	Stopped    bool     `json:"stopped,omitempty"` // it was asked to stop
	Addresses  []string `json:"addresses,omitempty"`
	LogBytes   int64    `json:"logBytes,omitempty"`
	HostKey    string   `json:"hostKey,omitempty"`
	// MACs, by network, are those of cards that have another one than they were to have.
	MACs map[string]string `json:"macs,omitempty"`
}

// HasEnded tells whether a run is over by its own word; a VM that never ran has none to end.
func (r Report) HasEnded() bool { return r.Run == 0 || r.State == Exited || r.State == Failed }

// Requester sends one RPCI request and returns its result.
type Requester interface {
	Request([]byte) ([]byte, error)
}

// Store holds the report of the present run and writes it whole whenever it changes.
type Store struct {
	rpc      Requester
	former   Report
	cutShort bool
	mu       sync.Mutex
	current  Report
	written  []byte
}

// Open reads the former run's report and begins the next run, unless CutShort: then the report is still that run's. An
// error is a hypervisor that takes no report; the store is good for LastLine then.
func Open(rpc Requester) (*Store, error) {
	last := former(rpc)
	s := &Store{rpc: rpc, former: last, current: last}
	if s.cutShort = !last.HasEnded() && isMarked(rpc, last.Run); s.cutShort {
		return s, nil
	}
	return s, s.Begin()
}

// Begin begins the run after the former, state booting, written at once.
func (s *Store) Begin() error {
	next := Report{Run: s.former.Run + 1, State: Booting, LogBytes: s.former.LogBytes}
	if err := s.Update(func(r *Report) { *r = next }); err != nil {
		return err
	}
	return mark(s.rpc, next.Run)
}

// CutShort tells whether this boot is a reset in the middle of a run, by a panic of the kernel or from outside.
func (s *Store) CutShort() bool { return s.cutShort }

// Resume continues the run that the present report describes; for the one who reports another's death.
func Resume(rpc Requester) *Store {
	return &Store{rpc: rpc, current: former(rpc)}
}

// former is the report as it stands; a VM that never ran has none, or a placeholder without a run.
func former(rpc Requester) Report {
	var r Report
	data, err := rpc.Request([]byte("info-get " + Key))
	if err != nil || json.Unmarshal(data, &r) != nil {
		return Report{}
	}
	return r
}

// Former is the last report of the run before this one, which was not necessarily an end.
func (s *Store) Former() Report { return s.former }

// Update changes the report and writes it, unless it stands there already: each write wakes all who watch the VM.
func (s *Store) Update(change func(*Report)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.current)
	data, err := encode(s.current)
	if err != nil {
		return err
	}
	if bytes.Equal(data, s.written) {
		return nil
	}
	if _, err = s.rpc.Request([]byte("info-set " + Key + " " + string(data))); err == nil {
		s.written = data
		return nil
	}
	if s.current.Message == "" {
		return err
	}
	// Without it there may be room.
	brief := s.current
	brief.Message = ""
	if data, failed := encode(brief); failed == nil {
		_, err = s.rpc.Request([]byte("info-set " + Key + " " + string(data)))
	}
	return err
}

// Run is the number of this run, counted over the VM's life.
func (s *Store) Run() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current.Run
}

// LastLine is the content of the log's last line, the fallback for the exit code, for a report changed so.
func (s *Store) LastLine(change func(*Report)) []byte {
	s.mu.Lock()
	defer s.mu.Unlock()
	change(&s.current)
	line, _ := json.Marshal(struct {
		Run      int    `json:"run"`
		ExitCode *int   `json:"exitCode,omitempty"`
		Reason   string `json:"reason,omitempty"`
	}{s.current.Run, s.current.ExitCode, s.current.Reason})
	return line
}

// Timestamp writes a time as reports and logs do: RFC 3339, UTC, nanoseconds.
func Timestamp(t time.Time) string {
	return t.UTC().Format("2006-01-02T15:04:05.000000000Z07:00")
}

// encode keeps a report within one line and 4 KiB, whatever an image made the message of.
func encode(r Report) ([]byte, error) {
	r.Message = oneLine(r.Message)
	data, err := json.Marshal(r)
	if err == nil && len(data) > maxBytes {
		r.Message = ""
		data, err = json.Marshal(r)
	}
	if err == nil && len(data) > maxBytes {
		return nil, fmt.Errorf("report of %d bytes", len(data))
	}
	if room := reserve - len(data); err == nil && r.State == Booting && room > 0 {
		data = append(bytes.TrimSuffix(data, []byte("}")), strings.Repeat(" ", room)+"}"...)
	}
	return data, err
}

func oneLine(message string) string {
	message = strings.Join(strings.Fields(message), " ")
	if len(message) > maxMessageBytes {
		message = strings.ToValidUTF8(message[:maxMessageBytes], "") + "…"
	}
	return message
}
