package vmtest

import (
	"slices"
	"strings"
	"testing"
	"time"
)

func containerConfig(script string) map[string]any {
	return map[string]any{
		"version": 1, "role": "container", "id": strings.Repeat("a", 64), "hostname": "web-1",
		"networks":           []any{},
		"root":               map[string]any{"target": 0},
		"process":            process(map[string]any{"args": []string{"sh", "-c", script}}),
		"stopTimeoutSeconds": 2,
		"log":                map[string]any{"port": "ttyS0"},
	}
}

func process(p map[string]any) map[string]any {
	p["env"] = []string{"PATH=/bin"}
	return p
}

// expect compares a report's fields; numbers are float64, as JSON has them.
func expect(t *testing.T, report map[string]any, want map[string]any) {
	t.Helper()
	for field, value := range want {
		if report[field] != value {
			t.Errorf("report: %s is %v, not %v", field, report[field], value)
		}
	}
}

func expectLines(t *testing.T, lines []string, want ...string) {
	t.Helper()
	for _, line := range want {
		if !slices.Contains(lines, line) {
			t.Errorf("log lacks %.80q; the log is shown below", line)
		}
	}
}

func TestMissingEntrypointFailsAsInDocker(t *testing.T) {
	t.Parallel()
	config := containerConfig("")
	config["process"] = process(map[string]any{"args": []string{"foo"}})
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	expect(t, m.awaitEnd(), map[string]any{
		"state": "failed", "exitCode": 127.0, "reason": "EntrypointNotFound",
		"message": `exec: "foo": executable file not found in $PATH`,
	})
	expectLines(t, m.output(), `vic F {"run":1,"exitCode":127,"reason":"EntrypointNotFound"}`)
}

func TestMissingDiskFails(t *testing.T) {
	t.Parallel()
	config := containerConfig("exit 0")
	config["root"] = map[string]any{"target": 3}
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	expect(t, m.awaitEnd(), map[string]any{"state": "failed", "exitCode": 128.0, "reason": "RootMissing"})
}

func TestUnreadableConfigurationFails(t *testing.T) {
	t.Parallel()
	m := start(t, fromISO(t), map[string]any{"version": 99})
	expect(t, m.awaitEnd(), map[string]any{"state": "failed", "reason": "ConfigInvalid"})
}

func TestContainerRunsAndItsEndPowersTheMachineOff(t *testing.T) {
	t.Parallel()
	config := containerConfig(`echo hi; echo oops >&2; cat /etc/hostname; id; pwd; echo again > /dev/stdout
		echo "$HOSTNAME $HOME"; stat -c %a:%U .
		cat /proc/sys/net/ipv4/ip_unprivileged_port_start; ulimit -n; tr -s ' ' </proc/self/limits
		dd if=/dev/zero bs=20000 count=1 2>/dev/null | tr '\0' x; echo; printf end; exit 7`)
	config["process"] = process(map[string]any{
		"args": config["process"].(map[string]any)["args"], "user": "web", "cwd": "/made/here",
	})
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 7.0, "run": 1.0})
	lines := m.output()
	expectLines(t, lines, "stdout F hi", "stderr F oops", "stdout F web-1", "stdout F /made/here", "stdout F again",
		"stdout F uid=33(web) gid=34(www) groups=34(www),99(extra)", "stdout F web-1 /tmp", "stdout F 755:root",
		"stdout F 0", "stdout F 1048576", "stdout F Max processes unlimited unlimited processes ",
		"stdout P "+strings.Repeat("x", 16384), "stdout F "+strings.Repeat("x", 20000-16384), "stdout P end")
	if last := lines[len(lines)-1]; last != `vic F {"run":1,"exitCode":7}` {
		t.Errorf("last line %q", last)
	}
}

func TestRootOfAContainerStaysInside(t *testing.T) {
	t.Parallel()
	config := containerConfig(`mkdir /n; cd /n; mknod sda b 8 0; mknod ttyS1 c 4 65; mknod mem c 1 1; mknod null c 1 3; ls /n
		cat sda >/dev/null && echo BAD disk; echo BAD log > ttyS1; cat mem > /dev/null && echo BAD memory
		echo > null && head -c 2 /dev/zero | wc -c; echo o > /proc/sysrq-trigger && echo BAD sysrq
		mount -t tmpfs x /tmp && echo BAD mount; hostname other && echo BAD name; echo 1 > /proc/sys/vm/overcommit_memory && echo BAD sysctl
		ls -d /proc/[0-9]* | wc -l; cat /proc/1/comm; chroot /n/../.. /bin/ls / | head -1; kill -9 1; echo alive`)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 0.0})
	expectLines(t, m.output(), "stdout F sda", "stdout F ttyS1", "stdout F 2", "stdout F sh", "stdout F bin", "stdout F alive")
	if log := strings.Join(m.output(), "\n"); strings.Contains(log, "BAD") {
		t.Errorf("the container reached out:\n%s", log)
	}
}

func TestShutDownGuestDeliversTheStopSignal(t *testing.T) {
	t.Parallel()
	config := containerConfig(`trap 'echo polite; exit 3' USR1; echo ready; while :; do sleep 0.1; done`)
	config["process"].(map[string]any)["stopSignal"] = "SIGUSR1"
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	m.awaitState("running")
	m.awaitOutput("stdout F ready")
	m.host.ask("OS_Halt")
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 3.0})
	expectLines(t, m.output(), "stdout F polite")
}

func TestProcessThatIgnoresTheStopSignalIsKilled(t *testing.T) {
	t.Parallel()
	config := containerConfig(`sleep 1000 & trap '' TERM; echo ready; while :; do sleep 0.1; done`)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	m.awaitOutput("stdout F ready")
	m.host.ask("OS_Halt")
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 137.0, "oomKilled": nil, "stopped": true})
}

func TestProcessKilledForMemoryIsReportedSo(t *testing.T) {
	t.Parallel()
	config := containerConfig(`x=x; while :; do x=$x$x; done`)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 137.0, "oomKilled": true})
}

// awaitOutput waits until the log's file has a line.
func (m *machine) awaitOutput(line string) {
	m.t.Helper()
	for deadline := time.Now().Add(bootPatience); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if slices.Contains(m.output(), line) {
			return
		}
	}
	m.t.Fatalf("the log never has %q", line)
}

func TestTheISOBootsByItself(t *testing.T) {
	t.Parallel()
	m := start(t, wholeISO(t), containerConfig("echo hi"), withDisk(busyboxDisk(t))...)
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 0.0})
	expectLines(t, m.output(), "stdout F hi")
}

func TestRebootGuestBeginsTheNextRun(t *testing.T) {
	t.Parallel()
	config := containerConfig(`trap 'exit 5' TERM; echo run >> /runs; echo ready $(cat /runs | wc -l); while :; do sleep 0.1; done`)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	m.awaitOutput("stdout F ready 1")
	m.host.ask("OS_Reboot")
	m.awaitOutput(`vic F {"run":1,"exitCode":5}`)
	m.awaitOutput("stdout F ready 2")
	m.host.ask("OS_Halt")
	expect(t, m.awaitEnd(), map[string]any{"run": 2.0, "state": "exited", "exitCode": 5.0})
}

func TestAFullDiskIsTheProcesssToNotice(t *testing.T) {
	t.Parallel()
	config := containerConfig(`dd if=/dev/zero of=/full bs=65536 2>/dev/null; echo full $?; exit 8`)
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	expect(t, m.awaitEnd(), map[string]any{"state": "exited", "exitCode": 8.0, "stopped": nil})
	expectLines(t, m.output(), "stdout F full 1")
}

func TestALogThatIsFullHoldsNobodyUp(t *testing.T) {
	t.Parallel()
	config := containerConfig(`dd if=/dev/zero bs=100000 count=30 2>/dev/null; echo last; exit 2`)
	config["log"].(map[string]any)["maxBytes"] = 50000
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	report := m.awaitEnd()
	expect(t, report, map[string]any{"state": "exited", "exitCode": 2.0})
	lines := m.output()
	if last := lines[len(lines)-2:]; last[0] != `vic F {"run":1,"truncated":true}` || last[1] != `vic F {"run":1,"exitCode":2}` {
		t.Errorf("%q", last)
	}
	if bytes := report["logBytes"].(float64); bytes < 33000 || bytes > 50200 {
		t.Errorf("%v bytes", bytes)
	}
}

func TestARunOfWhichNoReportIsTakenNeverBegins(t *testing.T) {
	t.Parallel()
	m := start(t, fromISO(t), containerConfig("echo has begun"), withDisk(busyboxDisk(t))...)
	m.host.leave(200)
	report := m.awaitEnd()
	expect(t, report, map[string]any{"run": 1.0, "state": "failed", "exitCode": 128.0, "reason": "ReportRefused", "message": nil})
	if lines := strings.Join(m.output(), ";"); lines != `vic F {"run":1};vic F {"run":1,"exitCode":128,"reason":"ReportRefused"}` {
		t.Errorf("the log: %s", lines)
	}
}
