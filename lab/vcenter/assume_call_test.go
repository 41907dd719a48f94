package vcenter

import (
	"context"
	"io"
	"net/http"
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
)

func TestLimitsThatASpecLeavesOutStayOrDoNot(t *testing.T) {
	for _, reset := range []bool{false, true} {
		_, s := otherwise(t, control.Assumptions{ResetUnset: reset})
		vm := s.vm("a", func(c *types.VirtualMachineConfigSpec) {
			c.CpuAllocation = &types.ResourceAllocationInfo{Limit: types.NewInt64(500)}
		})
		task, err := vm.Reconfigure(testContext(t), types.VirtualMachineConfigSpec{Annotation: "a note"})
		done(t, task, err)
		if limit := *s.props(vm, "config.cpuAllocation").Config.CpuAllocation.Limit; (limit != 500) != reset {
			t.Errorf("reset %v: %d", reset, limit)
		}
	}
}

func TestUnregisterVMWaitsForTasksWhereThatIsAssumed(t *testing.T) {
	r, s := otherwise(t, control.Assumptions{UnregisterWaits: true})
	ctx := testContext(t)
	vm := s.vm("a")
	release := r.hold(vm)
	busy := must(vm.Reconfigure(ctx, types.VirtualMachineConfigSpec{Annotation: "x"}))(t)
	ended := make(chan error, 1)
	go func() { ended <- vm.Unregister(ctx) }()
	eventually(t, "it is called", func() bool { return r.Calls()["UnregisterVM"] == 1 })
	release()
	done(t, busy, nil)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func TestTwoWaitsOnOneCollectorWhereThatIsAssumed(t *testing.T) {
	_, s := otherwise(t, control.Assumptions{ParallelWaits: true})
	ctx, cancel := context.WithCancel(testContext(t))
	w := s.watch(containerViewSpec(s.allVMs(), "VirtualMachine", "name"))
	w.next(0)
	s.vm("a")
	w.next(5)
	ended := make(chan error, 1)
	go func() {
		_, err := w.ask(ctx, w.version, 60, 0)
		ended <- err
	}()
	// The first one begins before one of these ends.
	for range 2 {
		if _, err := w.ask(testContext(t), w.version, 1, 0); err != nil {
			t.Fatal(err)
		}
	}
	select {
	case err := <-ended:
		t.Errorf("the first one ended: %v", err)
	default:
	}
	cancel()
	<-ended
}

func TestAnUploadIsSeenWhileItGoesOnWhereThatIsAssumed(t *testing.T) {
	for _, half := range []bool{false, true} {
		r, s := otherwise(t, control.Assumptions{HalfUploads: half})
		reader, writer := io.Pipe()
		put := make(chan int, 1)
		go func() {
			status, _ := s.file(r, "PUT", "a", "", func(req *http.Request) { req.Body, req.ContentLength = reader, -1 })
			put <- status
		}()
		must(writer.Write(make([]byte, 1<<20)))(t)
		seen := func() bool {
			status, _ := s.file(r, "GET", "a", "", nil)
			return status == http.StatusOK
		}
		if half {
			eventually(t, "half a file", seen)
		} else if seen() {
			t.Error("half a file is there")
		}
		_ = writer.Close()
		if status := <-put; status != http.StatusOK && status != http.StatusCreated {
			t.Errorf("the upload: %d", status)
		}
		if !seen() {
			t.Error("it isn't there")
		}
	}
}
