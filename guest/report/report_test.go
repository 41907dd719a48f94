package report

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"
	"time"
)

// keys is a hypervisor that holds guestinfo.
type keys map[string]string

// bounded is one that holds so many bytes of it.
type bounded struct {
	keys
	limit int
}

func (b bounded) Request(request []byte) ([]byte, error) {
	command, rest, _ := strings.Cut(string(request), " ")
	key, value, _ := strings.Cut(rest, " ")
	total := len(key) + len(value)
	for k, v := range b.keys {
		if k != key {
			total += len(k) + len(v)
		}
	}
	if command == "info-set" && total > b.limit {
		return nil, errors.New("no room")
	}
	return b.keys.Request(request)
}

func TestARunWithoutRoomForItsReportsIsRefusedFromTheStart(t *testing.T) {
	s, err := Open(bounded{keys{Key: "{}"}, 500})
	code := 128
	line := s.LastLine(func(r *Report) { r.ExitCode, r.Reason = &code, "R" })
	if err == nil || string(line) != `{"run":1,"exitCode":128,"reason":"R"}` {
		t.Errorf("%v, %s", err, line)
	}
	k := keys{}
	if s, err = Open(bounded{k, len(Key) + reserve + len(MarkKey) + 1}); err != nil {
		t.Fatal(err)
	}
	running := func(r *Report) {
		r.State, r.PID, r.StartedAt, r.LogBytes = Running, 1<<22, Timestamp(time.Now()), 1<<40
		r.Addresses, r.MACs = []string{"172.16.100.200/16"}, map[string]string{"a network": "00:50:56:00:00:01"}
		r.HostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB5ZYZBFCKEbDm5vzChkvgzrbIqUQ6MZIUN4+AYGAcDd"
	}
	if err := s.Update(running); err != nil {
		t.Error(err)
	}
	// A message for which there is none is left out.
	failed := func(r *Report) { r.State, r.Message = Failed, strings.Repeat("x", reserve) }
	if err := s.Update(failed); err != nil || !strings.Contains(k[Key], `"failed"`) || strings.Contains(k[Key], "xx") {
		t.Errorf("%v, %s", err, k[Key])
	}
}

func (k keys) Request(request []byte) ([]byte, error) {
	command, rest, _ := strings.Cut(string(request), " ")
	key, value, _ := strings.Cut(rest, " ")
	if command == "info-set" {
		k[key] = value
		return nil, nil
	}
	if v, ok := k[key]; ok {
		return []byte(v), nil
	}
	return nil, errors.New("No value found")
}

func TestRunsAreCounted(t *testing.T) {
	for former, want := range map[string]int{"": 1, "{}": 1, "nonsense": 1, `{"run":3,"state":"exited"}`: 4} {
		k := keys{Key: former}
		if former == "" {
			delete(k, Key)
		}
		s, err := Open(k)
		if err != nil || s.Run() != want {
			t.Errorf("%q: run %d, %v", former, s.Run(), err)
		}
		var r Report
		if err := json.Unmarshal([]byte(k[Key]), &r); err != nil || r.Run != want || r.State != Booting || r.ExitCode != nil {
			t.Errorf("%q: %s, %v", former, k[Key], err)
		}
	}
}

func TestAResetInTheMiddleOfARunBeginsNone(t *testing.T) {
	for former, mark := range map[string]string{
		`{"run":3,"state":"running","startedAt":"then"}`: "3", `{"run":1,"state":"booting"}`: "1",
	} {
		k := keys{Key: former, MarkKey: mark}
		s, err := Open(k)
		if err != nil || !s.CutShort() || k[Key] != former || s.Run() != s.Former().Run {
			t.Errorf("%s: %v, %v, run %d", former, err, k, s.Run())
		}
		if err := s.Begin(); err != nil || k[MarkKey] == mark || s.Run() != s.Former().Run+1 {
			t.Errorf("%s: %v, %v", former, err, k)
		}
	}
}

func TestAPowerOnBeginsARunHoweverTheFormerEnded(t *testing.T) {
	for former, mark := range map[string]string{
		`{"run":3,"state":"running"}`: "", `{"run":3,"state":"booting"}`: "2", `{"run":3,"state":"exited"}`: "3", "{}": "0",
	} {
		k := keys{Key: former}
		if mark != "" {
			k[MarkKey] = mark
		}
		s, err := Open(k)
		if err != nil || s.CutShort() || s.Run() != s.Former().Run+1 || k[MarkKey] != strconv.Itoa(s.Run()) {
			t.Errorf("%s, %q: %v, %v", former, mark, err, k)
		}
	}
}

func TestACrashIsReportedForTheRunThatCrashed(t *testing.T) {
	k := keys{Key: `{"run":3,"state":"running","pid":7}`}
	if err := Resume(k).Update(func(r *Report) { r.State = Failed }); err != nil {
		t.Fatal(err)
	}
	if k[Key] != `{"run":3,"state":"failed","pid":7}` {
		t.Error(k[Key])
	}
}

func TestReportsStayWithinOneLineAnd4KiB(t *testing.T) {
	k := keys{}
	s, err := Open(k)
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range []string{strings.Repeat("ä\n\t", 5000), strings.Repeat("\x01\"<", 5000), strings.Repeat("\xff", 5000)} {
		if err := s.Update(func(r *Report) { r.Message = message }); err != nil {
			t.Fatal(err)
		}
		if len(k[Key]) > 4096 || strings.ContainsAny(k[Key], "\n\t") || !json.Valid([]byte(k[Key])) {
			t.Errorf("%d bytes: %s", len(k[Key]), k[Key])
		}
	}
}

func TestLastLineTellsRunAndExitCode(t *testing.T) {
	s, err := Open(keys{})
	if err != nil {
		t.Fatal(err)
	}
	zero := 0
	if line := s.LastLine(func(r *Report) { r.ExitCode = &zero }); string(line) != `{"run":1,"exitCode":0}` {
		t.Errorf("%s", line)
	}
}

func TestTimestampsHaveAllNanoseconds(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 60, time.FixedZone("", 3600))
	if is := Timestamp(at); is != "2026-01-02T02:04:05.000000060Z" {
		t.Error(is)
	}
}

func TestSameReportIsWrittenOnce(t *testing.T) {
	k := keys{}
	s, err := Open(k)
	if err != nil {
		t.Fatal(err)
	}
	delete(k, Key)
	if err := s.Update(func(*Report) {}); err != nil || k[Key] != "" {
		t.Errorf("%v, %v", k, err)
	}
	if err := s.Update(func(r *Report) { r.PID = 1 }); err != nil || k[Key] == "" {
		t.Errorf("%v, %v", k, err)
	}
}
