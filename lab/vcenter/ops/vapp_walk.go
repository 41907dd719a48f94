package ops

import (
	"slices"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

// vAppAct is what is done to all of a vApp.
type vAppAct struct {
	starts  bool // in start order; otherwise in the opposite one
	machine func(run *task.Run, e types.VAppEntityConfigInfo) error
	state   types.VirtualAppVAppState // of the vApp when all is done
	suspend bool
}

func (s *Service) vApp(ref Ref) (*mo.VirtualApp, error) {
	app, ok := s.Inv.Lookup(ref).(*mo.VirtualApp)
	if !ok {
		return nil, inventory.NotFound(ref)
	}
	return app, nil
}

// anyMachine says whether one of the vApp's own machines is so.
func (s *Service) anyMachine(app *mo.VirtualApp, is func(*mo.VirtualMachine) bool) bool {
	return slices.ContainsFunc(app.Vm, func(ref Ref) bool {
		vm, ok := s.Inv.Lookup(ref).(*mo.VirtualMachine)
		return ok && is(vm)
	})
}

// walkVApp acts on the vApp's machines one after another, each in its turn, and
// then on nested vApps. Machines that are so already, or gone, are passed over.
func (s *Service) walkVApp(run *task.Run, app *mo.VirtualApp, act vAppAct) error {
	order := slices.Clone(app.VAppConfig.EntityConfig)
	slices.SortStableFunc(order, func(a, b types.VAppEntityConfigInfo) int {
		if act.starts {
			return int(a.StartOrder - b.StartOrder)
		}
		return int(b.StartOrder - a.StartOrder)
	})
	for _, e := range order {
		turn := s.Tasks.Queues().Join(e.Key.Value)
		turn.Wait(run.Ctx)
		err := act.machine(run, e)
		turn.Leave()
		if err != nil && !fault.Is[types.InvalidPowerState](err) && !fault.Is[types.ManagedObjectNotFound](err) {
			return err
		}
	}
	for _, ref := range app.ResourcePool.ResourcePool {
		if nested, ok := s.Inv.Lookup(ref).(*mo.VirtualApp); ok {
			if err := s.walkVApp(run, nested, act); err != nil {
				return err
			}
		}
	}
	return s.setVAppState(app.Self, act.state, act.suspend)
}
