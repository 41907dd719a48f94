package vmtest

import (
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// startExec creates and starts an exec.
func startExec(t *testing.T, client *ssh.Client, spec map[string]any) *running {
	t.Helper()
	if spec["id"] == nil {
		spec["id"] = fmt.Sprint(time.Now().UnixNano())
	}
	if created := command(t, client, "exec-create", spec); len(created.answer) > 0 {
		t.Fatalf("%v", created.answer)
	}
	return command(t, client, "exec-start", map[string]any{"id": spec["id"], "width": 90, "height": 30})
}

func sh(script string) map[string]any { return map[string]any{"args": []string{"sh", "-c", script}} }

func TestExecsJoinTheContainer(t *testing.T) {
	t.Parallel()
	config := containerConfig(`cd /tmp; echo ready; exec sleep 1000`)
	process := config["process"].(map[string]any)
	process["env"] = []string{"PATH=/bin", "COLOUR=blue", "SHAPE=round"}
	process["user"], process["cwd"], process["groups"] = "web", "/tmp", []string{"extra", "77"}
	c := withLine(t, config)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	client := c.connect(m)

	for reason, spec := range map[string]map[string]any{
		"EntrypointNotFound":      {"args": []string{"foo"}},
		"EntrypointNotExecutable": {"args": []string{"/etc"}},
		"StartFailed":             {"args": []string{"id"}, "cwd": "/missing"},
	} {
		r := startExec(t, client, spec)
		if refused, _ := r.answer["error"].(map[string]any); refused["reason"] != reason {
			t.Errorf("%v: %v", spec, r.answer)
		} else if want := map[string]string{
			"EntrypointNotFound": `exec: "foo": executable file not found in $PATH`,
			"StartFailed":        `chdir to cwd ("/missing") set in config.json failed: no such file or directory`,
		}[reason]; want != "" && refused["message"] != want {
			t.Errorf("%v", refused)
		}
	}

	unknown := map[string]any{"id": "unknown", "args": []string{"id"}, "user": "nobody"}
	r := command(t, client, "exec-create", unknown)
	if refused, _ := r.answer["error"].(map[string]any); refused["message"] != "unable to find user nobody: no matching entries in passwd file" {
		t.Errorf("%v", r.answer)
	}

	for script, want := range map[string]string{
		"id; pwd; echo $COLOUR $SHAPE $HOME $HOSTNAME":                                             "uid=33(web) gid=34(www) groups=34(www),77,99(extra)\n/tmp\nblue round /tmp web-1\n",
		"readlink /proc/1/exe; readlink /proc/self/root; echo $PPID; cat /proc/self/oom_score_adj": "/bin/busybox\n/\n0\n0\n",
		"cat /proc/self/cgroup; ls /dev/tty* /dev/vport* /dev/sd* 2>/dev/null; ls -d /proc/1":      "0::/\n/dev/tty\n/proc/1\n",
	} {
		if out, status := startExec(t, client, sh(script)).end(t); out != want || status != 0 {
			t.Errorf("%s: %q, %d", script, out, status)
		}
	}
	root := sh("id; echo $COLOUR $SHAPE $HOME; pwd; cat; exit 9")
	root["user"], root["env"], root["cwd"], root["stdin"] = "0", []string{"SHAPE=square"}, "/etc", true
	r = startExec(t, client, root)
	_, _ = io.WriteString(r.in, "from outside")
	r.in.Close()
	if out, status := r.end(t); out != "uid=0(root) gid=0(root) groups=0(root),77,99(extra)\nblue square /root\n/etc\nfrom outside" || status != 9 {
		t.Errorf("%q, %d", out, status)
	}

	background := startExec(t, client, sh("trap '' HUP; echo begun; sleep 1000"))
	if line := string(background.line(t)); line != "begun" {
		t.Errorf("%q", line)
	}
	top := command(t, client, "top", map[string]any{}).answer
	if listed := fmt.Sprint(top); !strings.Contains(listed, "args:sleep 1000 command:sleep") || !strings.Contains(listed, "pid:1 ") || !strings.Contains(listed, "user:web") {
		t.Errorf("%v", top)
	}
	stats := command(t, client, "stats", map[string]any{}).answer
	if cpu, _ := stats["cpu"].(map[string]any); cpu["totalNs"] == 0.0 || cpu["machineNs"] == 0.0 || stats["pids"].(float64) < 2 {
		t.Errorf("%v", stats)
	}
	if refused := command(t, client, "signal", map[string]any{"signal": "KILL"}).answer; len(refused) > 0 {
		t.Errorf("%v", refused)
	}
	if _, status := background.end(t); status != 137 {
		t.Errorf("an exec ended with %d when its container did", status)
	}
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 137.0})
}

func TestExecsCanHaveATerminal(t *testing.T) {
	t.Parallel()
	config := containerConfig(`exec sleep 1000`)
	config["process"].(map[string]any)["user"] = "web"
	c := withLine(t, config)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	client := c.connect(m)
	spec := sh(`trap 'echo resized; stty size' WINCH; stty size; tty; echo $TERM; stat -c %u:%g /dev/pts/0; while :; do read -t 1 line && echo got $line; done`)
	spec["id"], spec["tty"], spec["stdin"] = "x", true, true
	r := startExec(t, client, spec)
	for _, want := range []string{"30 90\r", "/dev/pts/0\r", "xterm\r", "33:5\r"} {
		if line := string(r.line(t)); line != want {
			t.Errorf("%q, not %q", line, want)
		}
	}
	if err := r.WindowChange(40, 100); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"resized\r", "40 100\r"} {
		if line := string(r.line(t)); line != want {
			t.Errorf("%q, not %q", line, want)
		}
	}
	command(t, client, "exec-resize", map[string]any{"id": "x", "width": 50, "height": 20})
	for _, want := range []string{"resized\r", "20 50\r"} {
		if line := string(r.line(t)); line != want {
			t.Errorf("%q, not %q", line, want)
		}
	}
	_, _ = io.WriteString(r.in, "hi\n")
	for _, want := range []string{"hi\r", "got hi\r"} {
		if line := string(r.line(t)); line != want {
			t.Errorf("%q, not %q", line, want)
		}
	}
	_, _ = io.WriteString(r.in, "\x03")
	if out, status := r.end(t); out != "^C" || status != 130 {
		t.Errorf("%q, %d", out, status)
	}
}

func TestContainersCanHaveATerminal(t *testing.T) {
	t.Parallel()
	config := containerConfig(`trap 'stty size' WINCH; stty size 2>&1 | cut -c1-20; tty; echo $TERM; ls -l /dev/console | cut -c1; echo to the console > /dev/console
		while [ "$line" != hi ]; do read -t 1 line && echo got $line >&2; done; exit 6`)
	process := config["process"].(map[string]any)
	process["tty"], process["openStdin"], process["stdinOnce"] = true, true, true
	c := withLine(t, config)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	client := c.connect(m)
	r := command(t, client, "attach", map[string]any{"stdin": true, "output": true, "from": map[string]any{"stdout": 0}})
	// The first is how this stty begins its complaint about a size that isn't known yet; the rest of it changes.
	for _, want := range []string{"stty: standard input\r", "/dev/pts/0\r", "xterm\r", "c\r", "to the console\r"} {
		if line := string(r.line(t)); line != want {
			t.Errorf("%q, not %q", line, want)
		}
	}
	if answer := command(t, client, "resize", map[string]any{"width": 80, "height": 24}).answer; len(answer) > 0 {
		t.Errorf("%v", answer)
	}
	if line := string(r.line(t)); line != "24 80\r" {
		t.Errorf("%q", line)
	}
	_, _ = io.WriteString(r.in, "hi\n")
	if out, status := r.end(t); out != "hi\r\ngot hi\r\n" || status != 0 {
		t.Errorf("%q, %d", out, status)
	}
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 6.0})
	expectLines(t, m.output(), "stdout F got hi\r")
}

func TestAStopOverTheLineIsKeptToByTheHypervisors(t *testing.T) {
	t.Parallel()
	config := containerConfig(`trap 'echo interrupted; sleep 3; exit 4' INT; trap 'echo BAD' TERM; echo ready; while :; do sleep 0.1; done`)
	c := withLine(t, config)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	client := c.connect(m)
	m.awaitOutput("stdout F ready")
	command(t, client, "stop", map[string]any{"signal": "INT", "timeoutSeconds": 100})
	m.awaitOutput("stdout F interrupted")
	m.host.ask("OS_Halt") // would kill after two seconds
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 4.0, "stopped": true})
	if log := strings.Join(m.output(), "\n"); strings.Contains(log, "BAD") {
		t.Error("the stop signal came all the same")
	}
}

func TestAHostileContainerGetsNothingOutOfExecs(t *testing.T) {
	t.Parallel()
	config := containerConfig(`cp /proc/mounts /tmp; rm /dev/ptmx /etc/passwd; mkfifo /dev/ptmx /etc/passwd; ln -s /proc/self/exe /self; echo ready
		while [ ! -e /hold ]; do sleep 0.1; done; for p in /proc/[0-9]*; do echo BAD >> $p/exe && echo BAD $p; done 2>/dev/null; echo tried; exec sleep 1000`)
	c := withLine(t, config)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	client := c.connect(m)
	m.awaitOutput("stdout F ready")
	terminal := sh("true")
	terminal["tty"] = true
	if r := startExec(t, client, terminal); r.answer["error"] == nil {
		t.Error("a terminal came from a pipe")
	}
	if out, status := startExec(t, client, sh("echo $HOME")).end(t); out != "/\n" || status != 0 {
		t.Errorf("%q, %d", out, status)
	}
	// The agent's own program, run as the container's, has no use for anybody.
	self := startExec(t, client, map[string]any{"args": []string{"/self"}})
	if _, status := self.end(t); status == 0 {
		t.Error("the agent's program ran")
	}
	startExec(t, client, sh("touch /hold; exec 3</proc/self/exe; sleep 1")).end(t)
	m.awaitOutput("stdout F tried")
	if out, status := startExec(t, client, sh("echo fine")).end(t); out != "fine\n" || status != 0 {
		t.Errorf("%q, %d", out, status)
	}
	bomb := startExec(t, client, sh(`bomb() { bomb | bomb & }; bomb 2>/dev/null; sleep 1; exit 3`))
	_, _ = bomb.end(t)
	command(t, client, "signal", map[string]any{"signal": "KILL"})
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 137.0, "stopped": true})
	if log := strings.Join(m.output(), "\n"); strings.Contains(log, "BAD") {
		t.Errorf("the container reached out:\n%s", log)
	}
}
