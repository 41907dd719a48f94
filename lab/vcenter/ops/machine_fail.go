package ops

import "context"

// FailVM takes a VM's run away, as the failure of its host does: it is off, and
// not by anybody's order. id is its reference's value or its name.
func (s *Service) FailVM(ctx context.Context, id string) error {
	ref, err := s.FindVM(id)
	if err != nil {
		return err
	}
	turn := s.Tasks.Queues().Join(ref.Value)
	defer turn.Leave()
	turn.Wait(ctx)
	vm, err := s.Machine(ref)
	if err != nil {
		return err
	}
	if !isOn(vm) {
		return powerFault(vm, "poweredOn")
	}
	if err := s.Driver.PowerOff(ctx, ref.Value); err != nil {
		return err
	}
	return s.runEnded(ref, false)
}
