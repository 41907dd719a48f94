package vcenter

import "context"

// FailVM implements control.Failures.
func (v *VCenter) FailVM(ctx context.Context, id string) error {
	return notFound(v.service.FailVM(ctx, id))
}
