package accel

import "testing"

func TestAnAcceleratorThatDoesNotExistDoesNotWork(t *testing.T) {
	if Works("qemu-system-x86_64", "abacus") {
		t.Error("QEMU ran a guest on an abacus")
	}
	if Works("/nonexistent/qemu", TCG) {
		t.Error("a QEMU that isn't there ran a guest")
	}
}

func TestEmulationAlwaysWorks(t *testing.T) {
	if !Works("qemu-system-x86_64", TCG) {
		t.Error("the probe's boot sector doesn't run under emulation, so it would never find KVM either")
	}
}

func TestTheProbeAnswersTheSameTwice(t *testing.T) {
	first := Best("qemu-system-x86_64")
	t.Logf("best accelerator: %s", first)
	if again := Best("qemu-system-x86_64"); again != first {
		t.Errorf("first %s, then %s", first, again)
	}
}
