package vcenter

import (
	"strings"
	"testing"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// container is a VM whose simulated guest runs a shell's script.
func (s *site) container(name, script string) *object.VirtualMachine {
	s.t.Helper()
	return s.vm(name, func(c *types.VirtualMachineConfigSpec) {
		c.ExtraConfig = []types.BaseOptionValue{
			option("guestinfo.vic.config", `{"version":1,"role":"container","id":"x","process":{"args":["sh","-c","`+script+`"]}}`),
			option("guestinfo.vic.report", "{}"),
		}
	})
}

// eventually waits until something holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !holds(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never: %s", what)
		}
	}
}

func (r *running) report(vm *object.VirtualMachine) string {
	return keys(vm.Reference(), r)["guestinfo.vic.report"]
}

func TestWhatAGuestSaysComesLate(t *testing.T) {
	driver := &guest.Simulated{}
	r := start(t, func(o *Options) { o.Assume, o.Driver = control.Assumptions{GuestLagMs: never}, driver })
	s := r.site()
	vm := s.container("a", "exit 7")
	s.on(vm)
	eventually(t, "its guest has ended", func() bool { return len(driver.Running()) == 0 })
	if got := r.report(vm); got != "{}" {
		t.Errorf("it said %s", got)
	}
	if got := s.power(vm); got != "poweredOn" {
		t.Errorf("it is %s", got)
	}
}

func TestToolsThatSayNothing(t *testing.T) {
	for _, a := range []control.Assumptions{{ToolsDelayMs: never}, {NoTools: true}} {
		r, s := otherwise(t, a)
		vm := s.container("a", "sleep 1000")
		s.on(vm)
		// The tools would have spoken before.
		eventually(t, "its process runs", func() bool { return strings.Contains(r.report(vm), `"running"`) })
		if err := vm.ShutdownGuest(testContext(t)); !fault[types.ToolsUnavailable](err) {
			t.Errorf("%+v: %v", a, err)
		}
	}
}

func TestAGuestsWriteMakesANewConfigurationOrDoesNot(t *testing.T) {
	for _, steady := range []bool{false, true} {
		r, s := otherwise(t, control.Assumptions{SteadyChangeVersion: steady})
		vm := s.container("a", "sleep 1000")
		version := func() string { return s.props(vm, "config.changeVersion").Config.ChangeVersion }
		before := version()
		s.on(vm)
		eventually(t, "its process runs", func() bool { return strings.Contains(r.report(vm), `"running"`) })
		if got := version(); (got == before) != steady {
			t.Errorf("steady %v: %s, then %s", steady, before, got)
		}
	}
}

func TestWhereGuestinfoHasNoRoom(t *testing.T) {
	const room = 200
	driver := &guest.Simulated{}
	r := start(t, func(o *Options) { o.Assume, o.Driver = control.Assumptions{GuestInfoBytes: room}, driver })
	s := r.site()
	vm := s.container("a", "exit 7")
	s.on(vm)
	eventually(t, "its guest has ended", func() bool { return len(driver.Running()) == 0 && s.power(vm) == "poweredOff" })
	if got := r.report(vm); strings.Contains(got, "exitCode") {
		t.Errorf("there was room for %s", got)
	}
}

func TestASuspendedMachineIsPoweredOffOrNot(t *testing.T) {
	for _, refuse := range []bool{false, true} {
		_, s := otherwise(t, control.Assumptions{RefuseSuspended: refuse})
		vm := s.vm("a")
		s.on(vm)
		task, err := vm.Suspend(testContext(t))
		done(t, task, err)
		task, err = vm.PowerOff(testContext(t))
		if !refuse {
			done(t, task, err)
		} else if got := s.taskRefusedFor(task, err); got != "suspended" {
			t.Error(got)
		}
	}
}

func TestAMachineWithoutItsISOStartsOrDoesNot(t *testing.T) {
	for _, boots := range []bool{false, true} {
		r, s := otherwise(t, control.Assumptions{BootWithoutMedium: boots})
		s.file(r, "PUT", "boot.iso", "x", nil)
		drive := &types.VirtualCdrom{VirtualDevice: types.VirtualDevice{Key: -1, ControllerKey: 200, UnitNumber: types.NewInt32(0),
			Connectable: &types.VirtualDeviceConnectInfo{StartConnected: true},
			Backing:     &types.VirtualCdromIsoBackingInfo{VirtualDeviceFileBackingInfo: types.VirtualDeviceFileBackingInfo{FileName: "[ssd-1] boot.iso"}}}}
		vm := s.vm("a", withDevices(add(drive)))
		task, err := object.NewFileManager(s.c.Client).DeleteDatastoreFile(testContext(t), "[ssd-1] boot.iso", s.dc)
		done(t, task, err)
		task, err = vm.PowerOn(testContext(t))
		if boots {
			done(t, task, err)
		} else {
			wants[*types.FileNotFound](t, failed(t, task, err))
		}
	}
}

func TestAMachineWhoseProxyDoesNotAnswerStartsOrDoesNot(t *testing.T) {
	for _, must := range []bool{false, true} {
		_, s := otherwise(t, control.Assumptions{SerialMustAnswer: must})
		// Nothing listens at that port.
		vm := s.vm("a", withDevices(add(uriPort("client", "vic.dev/x", "telnet://127.0.0.1:1"))))
		task, err := vm.PowerOn(testContext(t))
		if must {
			wants[*types.GenericVmConfigFault](t, failed(t, task, err))
		} else {
			done(t, task, err)
		}
	}
}
