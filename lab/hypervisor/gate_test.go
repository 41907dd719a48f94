package hypervisor

import (
	"context"
	"errors"
	"sync"
	"testing"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

func TestMachinesWaitForTheirTurnToBoot(t *testing.T) {
	driver, events := newDriver(t, func(o *Options) { o.Boots = 1 }), newRecorder()
	impatient, giveUp := context.WithCancel(t.Context())
	first := boot(t, driver, events, testMachine("vm-1"))
	done := make(chan error, 1)
	go func() { done <- driver.PowerOn(impatient, testMachine("vm-2"), events) }()
	giveUp() // the first has not said a word yet
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("a machine whose turn didn't come: %v", err)
	}
	var all sync.WaitGroup
	for _, id := range []string{"vm-3", "vm-4"} {
		all.Go(func() {
			if err := driver.PowerOn(t.Context(), testMachine(id), events); err != nil {
				t.Error(err)
			}
		})
	}
	first.expect("cpus", "0")
	all.Wait()
	for _, id := range []string{"vm-3", "vm-4"} {
		(&booted{t, id, driver, events, 0}).expect("cpus", "0")
	}
	if n := len(driver.Running()); n != 3 {
		t.Errorf("%d machines run", n)
	}
}

func TestClosingEndsWhatWaitsToBootAndWhatRuns(t *testing.T) {
	driver := newDriver(t, func(o *Options) { o.Boots = 1 })
	boot(t, driver, newRecorder(), testMachine("vm-1"))
	waiting := make(chan error, 1)
	go func() { waiting <- driver.PowerOn(context.Background(), testMachine("vm-2"), newRecorder()) }()
	if err := driver.Close(); err != nil {
		t.Error(err)
	}
	if err := <-waiting; err == nil {
		t.Error("a machine started on a closed driver")
	}
	if left := driver.Running(); len(left) != 0 {
		t.Errorf("still running: %v", left)
	}
	if err := driver.PowerOn(t.Context(), guest.Machine{ID: "vm-3"}, newRecorder()); err == nil {
		t.Error("a closed driver started a machine")
	}
}
