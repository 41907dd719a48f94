package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
	"github.com/vic-operator/vic-operator/lab/vcenter/task"
)

func (s *Service) taskHandlers() {
	rpc.Handle(s.Mux, "Task", func(c *rpc.Call, _ *types.CancelTask) (*types.CancelTaskResponse, error) {
		return &types.CancelTaskResponse{}, s.Tasks.Cancel(c.This)
	})
	rpc.Handle(s.Mux, "Task", func(c *rpc.Call, r *types.UpdateProgress) (*types.UpdateProgressResponse, error) {
		if r.PercentDone < 0 || r.PercentDone > 100 {
			return nil, fault.InvalidArgument("percentDone")
		}
		return &types.UpdateProgressResponse{}, s.Inv.Update(func(tx *inventory.Tx) error {
			t, err := inventory.Edit[mo.Task](tx, c.This)
			if err != nil {
				return err
			}
			if t.Info.State != types.TaskInfoStateRunning {
				return fault.New(&types.InvalidState{})
			}
			t.Info.Progress = r.PercentDone
			return nil
		})
	})
}

// start runs work as a task of the called object, after what else was asked of
// that object.
func (s *Service) start(c *rpc.Call, descriptionID string, work task.Work) (Ref, error) {
	if err := s.reachable(c.This); err != nil {
		return Ref{}, err
	}
	return s.Tasks.Start(c, descriptionID, c.This, true, work)
}

// startFree runs work as a task that waits for no other.
func (s *Service) startFree(c *rpc.Call, descriptionID string, work task.Work) (Ref, error) {
	return s.Tasks.Start(c, descriptionID, c.This, false, work)
}
