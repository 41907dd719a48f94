package streams

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"
)

func TestExecsThatCannotBeAreRefused(t *testing.T) {
	c, _ := newRunning(t, Config{}, "cat")
	client := console(t, c)
	for _, step := range []struct{ name, given, want string }{
		{"exec-create", `{"id":"a"}`, "InvalidParameter"},
		{"exec-create", `{"args":["true"]}`, "InvalidParameter"},
		{"exec-create", `{"id":"a","args":["true"],"user":"nosuch"}`, "UserNotFound"},
		{"exec-create", `{"id":"a","args":["/missing"],"user":"nobody"}`, ""},
		{"exec-create", `{"id":"a","args":["true"]}`, "Exists"},
		{"exec-resize", `{"id":"a"}`, "NotRunning"},
		{"exec-signal", `{"id":"a","signal":"KILL"}`, "NotRunning"},
		{"exec-start", `{"id":"a"}`, "EntrypointNotFound"},
		{"exec-start", `{"id":"a"}`, "Started"},
		{"exec-start", `{"id":"b"}`, "NotFound"},
		{"exec-inspect", `{"id":"b"}`, "NotFound"},
		{"exec-wait", `{"id":"b"}`, "NotFound"},
		{"exec-resize", `{"id":"b"}`, "NotFound"},
		{"exec-signal", `{"id":"b"}`, "NotFound"},
	} {
		r := command(t, client, step.name, step.given)
		if reason, _ := r.reason().(string); reason != step.want {
			t.Errorf("%s %s: %v", step.name, step.given, r.answer)
		}
	}
	r := command(t, client, "exec-inspect", `{"id":"a"}`)
	if r.answer["exitCode"] != 127.0 || r.answer["running"] != false || r.answer["started"] != true {
		t.Errorf("%v", r.answer)
	}
}

func TestExecsTalkBothWaysAndTellTheirExitCode(t *testing.T) {
	c, _ := newRunning(t, Config{}, "cat")
	client := console(t, c)
	command(t, client, "exec-create", `{"id":"a","args":["sh","-c","cat; printf err >&2"],"stdin":true}`)
	r := command(t, client, "exec-start", `{"id":"a"}`)
	inspected := command(t, client, "exec-inspect", `{"id":"a"}`).answer
	if inspected["running"] != true || inspected["pid"] != r.answer["pid"] || inspected["exitCode"] != nil {
		t.Errorf("%v, %v", inspected, r.answer)
	}
	_, _ = io.WriteString(r.in, "hello")
	if out := r.read(5); out != "hello" {
		t.Errorf("%q", out)
	}
	r.in.Close()
	if out, status := r.end(); out != "" || r.stderr.String() != "err" || status != 7 {
		t.Errorf("%q, %q, %d", out, r.stderr.String(), status)
	}
	if inspected := command(t, client, "exec-inspect", `{"id":"a"}`).answer; inspected["exitCode"] != 7.0 {
		t.Errorf("%v", inspected)
	}
}

func TestExecsOutputIsWholeThoughSomethingItStartedHoldsItOpen(t *testing.T) {
	c, _ := newRunning(t, Config{}, "cat")
	client := console(t, c)
	command(t, client, "exec-create", `{"id":"a","args":["sh","-c","sleep 30 & head -c 200000 /dev/zero"]}`)
	r := command(t, client, "exec-start", `{"id":"a"}`)
	if out, status := r.end(); len(out) != 200000 || status != 7 {
		t.Errorf("%d bytes, %d", len(out), status)
	}
}

func TestExecsGoOnWhereTheConsoleLeavesThem(t *testing.T) {
	c, _ := newRunning(t, Config{}, "cat")
	client := console(t, c)
	dir := t.TempDir()
	command(t, client, "exec-create", `{"id":"a","args":["sh","-c","while [ ! -e `+dir+`/go ]; do echo x; sleep 0.01; done; : > `+dir+`/done"]}`)
	r := command(t, client, "exec-start", `{"id":"a"}`)
	r.ssh.Close()
	command(t, client, "exec-create", `{"id":"b","args":["touch","`+dir+`/go"]}`)
	command(t, client, "exec-start", `{"id":"b"}`).end()
	if ended := command(t, client, "exec-wait", `{"id":"a"}`).answer; ended["running"] != false || ended["exitCode"] != 7.0 {
		t.Errorf("%v", ended)
	}
	command(t, client, "exec-create", `{"id":"c","args":["cat","`+dir+`/done"]}`)
	r = command(t, client, "exec-start", `{"id":"c"}`)
	r.end()
	if r.stderr.String() != "" {
		t.Error(r.stderr.String())
	}
}

func TestExecTableIsBounded(t *testing.T) {
	var table execTable
	now := time.Unix(1000, 0)
	for i := range maxExecs {
		if reason := table.add(execSpec{ID: fmt.Sprint(i)}, now); reason != "" {
			t.Fatal(reason)
		}
		if i > 0 {
			table.get(fmt.Sprint(i), now).claim()
		}
	}
	if reason := table.add(execSpec{ID: "more"}, now); reason != "" || table.get("0", now) != nil {
		t.Error("the oldest that doesn't run was kept")
	}
	table.get("more", now).claim()
	if reason := table.add(execSpec{ID: "evenmore"}, now); reason != "TooMany" {
		t.Error(reason)
	}
	table.get("7", now).endedWith(0, now)
	if table.get("7", now.Add(endedKept)) == nil {
		t.Error("forgotten too early")
	}
	if table.get("7", now.Add(endedKept+time.Second)) != nil || !strings.Contains(fmt.Sprint(len(table.order)), "999") {
		t.Error("not forgotten")
	}
}
