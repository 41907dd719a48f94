package vcenter

import (
	"testing"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
)

func TestANameMayBeHadTwiceInAVAppWhereThatIsAssumed(t *testing.T) {
	r := start(t)
	s := r.site()
	ctx := testContext(t)
	app := must(s.pool.CreateVApp(ctx, "app", unlimited(), types.VAppConfigSpec{}, s.folder))(t)
	spec := types.VirtualMachineConfigSpec{Name: "a", Files: &types.VirtualMachineFileInfo{VmPathName: "[ssd-1]"}}
	task, err := app.CreateChildVM(ctx, spec, nil)
	done(t, task, err)
	task, err = app.CreateChildVM(ctx, spec, nil)
	wants[*types.DuplicateName](t, failed(t, task, err))
	r.Assume(control.Assumptions{SameChildNames: true})
	task, err = app.CreateChildVM(ctx, spec, nil)
	done(t, task, err)
}
