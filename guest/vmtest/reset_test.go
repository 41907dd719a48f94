package vmtest

import (
	"slices"
	"strings"
	"testing"
)

func TestAPanicOfTheKernelEndsTheRunAndTheMachine(t *testing.T) {
	t.Parallel()
	boot := fromISO(t)
	boot.commandLine += " unknown_nmi_panic=1"
	config := containerConfig(`echo run >> /runs; echo ready; printf cut; while :; do sleep 0.1; done`)
	m := start(t, boot, config, withDisk(busyboxDisk(t))...)
	m.awaitOutput("stdout F ready")
	started := m.awaitState("running")
	m.qmp.run("inject-nmi", nil)
	report := m.awaitEnd()
	expect(t, report, map[string]any{
		"run": 1.0, "state": "exited", "exitCode": 137.0, "reason": "Reset", "stopped": nil, "pid": nil,
		"startedAt": started["startedAt"],
	})
	if report["finishedAt"] == nil || report["finishedAt"].(string) <= started["startedAt"].(string) {
		t.Errorf("%v", report)
	}
	lines := m.output()
	if last := lines[len(lines)-1]; last != `vic F {"run":1,"exitCode":137,"reason":"Reset"}` || slices.Contains(lines, `vic F {"run":2}`) {
		t.Errorf("%q", lines)
	}
}

func TestAResetByTheHypervisorEndsTheRun(t *testing.T) {
	t.Parallel()
	m := start(t, fromISO(t), containerConfig(`echo ready; while :; do sleep 0.1; done`), withDisk(busyboxDisk(t))...)
	m.awaitState("running")
	m.qmp.run("system_reset", nil)
	expect(t, m.awaitEnd(), map[string]any{"run": 1.0, "state": "exited", "exitCode": 137.0, "reason": "Reset"})
}

// The hypervisor forgets keys that aren't in the configuration at power-off: so this is a power-on after a power cut.
func TestAPowerOnAfterAPowerCutIsTheNextRun(t *testing.T) {
	t.Parallel()
	m := start(t, fromISO(t), containerConfig(`echo ready; while :; do sleep 0.1; done`), withDisk(busyboxDisk(t))...)
	m.awaitState("running")
	m.host.forget("guestinfo.vic.mark")
	m.qmp.run("system_reset", nil)
	m.awaitOutput(`vic F {"run":2}`)
	m.awaitState("running")
	m.host.ask("OS_Halt")
	report := m.awaitEnd()
	expect(t, report, map[string]any{"run": 2.0, "state": "exited"})
	if requests := strings.Join(m.host.requests(), "\n"); !strings.Contains(requests, "info-set guestinfo.vic.mark 2") {
		t.Error("the second run left no mark")
	}
}
