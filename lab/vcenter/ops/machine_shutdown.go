package ops

import (
	"context"
	"os"
	"strings"
	"time"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

func (s *Service) toolsRunning(ref Ref) error {
	vm, err := s.Machine(ref)
	if err == nil {
		err = s.reachable(ref)
	}
	if err == nil {
		err = s.mustBe(vm, types.VirtualMachinePowerStatePoweredOn, types.VirtualMachinePowerStatePoweredOn)
	}
	switch {
	case err != nil:
		return err
	case vm.Guest == nil || vm.Guest.ToolsRunningStatus != string(types.VirtualMachineToolsRunningStatusGuestToolsRunning):
		return fault.New(&types.ToolsUnavailable{})
	}
	return nil
}

func (s *Service) shutdownGuest(c *rpc.Call, _ *types.ShutdownGuest) (*types.ShutdownGuestResponse, error) {
	if err := s.toolsRunning(c.This); err != nil {
		return nil, err
	}
	return &types.ShutdownGuestResponse{}, driverFault(s.Driver.ShutdownGuest(c.Ctx, c.This.Value))
}

func (s *Service) rebootGuest(c *rpc.Call, _ *types.RebootGuest) (*types.RebootGuestResponse, error) {
	if err := s.toolsRunning(c.This); err != nil {
		return nil, err
	}
	return &types.RebootGuestResponse{}, driverFault(s.Driver.RebootGuest(c.Ctx, c.This.Value))
}

// shutdownAndWait asks the guest to halt and pulls the cord after the delay
// (seconds), as PowerOffVApp does.
func (s *Service) shutdownAndWait(ctx context.Context, ref Ref, delay int32) error {
	if s.toolsRunning(ref) != nil || s.Driver.ShutdownGuest(ctx, ref.Value) != nil {
		return s.powerOff(ctx, ref)
	}
	deadline := time.NewTimer(time.Duration(delay) * time.Second)
	defer deadline.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for s.machineRuns(ref.Value) {
		select {
		case <-tick.C:
		case <-deadline.C:
			return s.powerOff(ctx, ref)
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return s.poweredOff(ref)
}

func (s *Service) machineRuns(id string) bool {
	for _, p := range s.Driver.Running() {
		if p.ID == id {
			return true
		}
	}
	return false
}

// exists says whether a datastore file is there.
func (s *Service) exists(file string) (host string, ok bool) {
	_, host, err := s.hostPath(strings.TrimSpace(file))
	if err != nil {
		return "", false
	}
	_, err = os.Stat(host)
	return host, err == nil
}
