package datastore

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/vic-operator/vic-operator/lab/control"
)

func TestWhatReadersOfARunningMachinesLogAreShown(t *testing.T) {
	dir := t.TempDir()
	log := filepath.Join(dir, "c.log")
	locked, assumed := true, control.Assumptions{}
	folder := &Folder{
		Resolve:      func(string, string) (string, error) { return dir, nil },
		Authenticate: func(*http.Request) (string, bool) { return "u", true },
		Authorize:    func(string, string, string) bool { return true },
		Locked:       func(string) bool { return locked },
		Assumed:      func() control.Assumptions { return assumed },
	}
	read := func(method string) (int, string) {
		answer := httptest.NewRecorder()
		folder.ServeHTTP(answer, httptest.NewRequest(method, "/folder/c.log?dcPath=dc&dsName=ds", nil))
		body, _ := io.ReadAll(answer.Body)
		return answer.Code, string(body)
	}
	write := func(text string, at time.Time) {
		t.Helper()
		file, err := os.OpenFile(log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err == nil {
			_, err = file.WriteString(text)
		}
		if err == nil {
			err = file.Close()
		}
		if err == nil {
			err = os.Chtimes(log, at, at)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	expect := func(what string, code int, body string) {
		t.Helper()
		if c, b := read("GET"); c != code || code == 200 && b != body {
			t.Errorf("%s: %d %q", what, c, b)
		}
	}
	write("one\n", time.Now())
	expect("a log", 200, "one\n")
	assumed = control.Assumptions{LockedReads: true, NoHead: true}
	expect("a log that is open", 403, "")
	if code, _ := read("HEAD"); code != 501 {
		t.Errorf("HEAD: %d", code)
	}
	locked = false
	expect("a log that is open no more", 200, "one\n")

	locked, assumed = true, control.Assumptions{LateLogsMs: 3600_000}
	expect("a line of just now", 200, "")
	locked = false
	expect("the same after the machine", 200, "")
	write("two\n", time.Now().Add(-2*time.Hour))
	expect("lines of long ago", 200, "one\ntwo\n")
	expect("a file that nobody writes", 200, "one\ntwo\n")
}
