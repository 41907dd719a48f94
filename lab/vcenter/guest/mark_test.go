package guest

import (
	"context"
	"testing"
)

func TestAResetInTheMiddleOfASimulatedRunEndsIt(t *testing.T) {
	d, r := &Simulated{}, newRecorder()
	if err := d.PowerOn(context.Background(), machine(t, "nginx"), r); err != nil {
		t.Fatal(err)
	}
	r.until(t, "running")
	if err := d.Reset(context.Background(), "vm-1"); err != nil {
		t.Fatal(err)
	}
	report := r.until(t, "exited")
	if err := <-r.off; err != nil || report.Run != 5 || *report.ExitCode != 137 || report.Reason != "Reset" || report.StartedAt == "" {
		t.Errorf("%v, %v", report, err)
	}
}

func TestASimulatedRunFollowsOneThatLostPower(t *testing.T) {
	for mark, run := range map[string]int{"": 5, "3": 5, "4": 4} {
		d, r := &Simulated{}, newRecorder()
		m := machine(t, "true")
		m.GuestInfo[reportKey], m.GuestInfo[markKey] = `{"run":4,"state":"running"}`, mark
		if err := d.PowerOn(context.Background(), m, r); err != nil {
			t.Fatal(err)
		}
		if report := r.until(t, "exited"); report.Run != run {
			t.Errorf("mark %q: %v", mark, report)
		}
		<-r.off
	}
}
