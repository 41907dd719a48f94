package vcenter

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sort"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/ops"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

var _ control.VCenter = (*VCenter)(nil)

// Assumed implements control.VCenter.
func (v *VCenter) Assumed() control.Assumptions { return v.service.Assumed() }

// Assume implements control.VCenter.
func (v *VCenter) Assume(a control.Assumptions) { v.service.Assume(a) }

// ConnectHost implements control.VCenter.
func (v *VCenter) ConnectHost(id, state string) error {
	err := v.service.ConnectHost(id, types.HostSystemConnectionState(state))
	if errors.Is(err, ops.ErrNoHost) {
		return fmt.Errorf("%w: %s", control.ErrNotFound, id)
	}
	return err
}

// Calls counts vSphere calls per method since ResetCalls; "(unknown)" are calls
// of methods that the API doesn't have.
func (v *VCenter) Calls() map[string]int { return v.server.Counter.Calls() }

// ResetCalls starts counting anew.
func (v *VCenter) ResetCalls() { v.server.Counter.Reset() }

// AddRule puts a fault or a delay in force.
func (v *VCenter) AddRule(r control.Rule) error {
	return v.server.Injector.Add(rpc.FaultRule{
		Method: r.Method, Type: r.Type, Name: r.Name, Probability: r.Probability, Seed: r.Seed, Skip: r.Skip, Count: r.Count,
		Delay: time.Duration(r.DelayMs) * time.Millisecond, Fault: r.Fault, Message: r.Message, InTask: r.InTask, Cut: r.Cut,
		Dies: rpc.Death(r.Dies),
	})
}

// Rules lists the rules in force.
func (v *VCenter) Rules() (rules []control.RuleInForce) {
	for _, r := range v.server.Injector.Rules() {
		rules = append(rules, control.RuleInForce{Hits: r.Hits, Rule: control.Rule{
			Method: r.Method, Type: r.Type, Name: r.Name, Probability: r.Probability, Seed: r.Seed, Skip: r.Skip, Count: r.Count,
			DelayMs: int(r.Delay / time.Millisecond), Fault: r.Fault, Message: r.Message, InTask: r.InTask, Cut: r.Cut,
			Dies: string(r.Dies),
		}})
	}
	return rules
}

// ClearRules ends all of them.
func (v *VCenter) ClearRules() { v.server.Injector.Clear() }

// Restart is a restart of vCenter's service: sessions, collectors, views and
// tasks are gone, connections break, and new ones are refused for so long. The
// inventory stays and virtual machines run on.
func (v *VCenter) Restart(ctx context.Context, down time.Duration) error {
	v.mu.Lock()
	v.down = time.Now().Add(down)
	for c := range v.conns {
		_ = c.Close()
	}
	v.mu.Unlock()
	v.service.Sessions.EndAll()
	if err := v.inv.Update(func(tx *inventory.Tx) error {
		if !v.service.Assumed().TasksSurvive {
			v.service.Tasks.Forget(tx)
		}
		return nil
	}); err != nil {
		return err
	}
	select {
	case <-time.After(down):
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// TerminateSessions ends the sessions of user, or all for "".
func (v *VCenter) TerminateSessions(user string) (ended int) {
	for _, s := range v.service.Sessions.List() {
		if (user == "" || s.UserName == user) && v.service.Sessions.End(s.Key) {
			ended++
		}
	}
	return ended
}

// VMs lists the virtual machines by name.
func (v *VCenter) VMs() (vms []control.VM) {
	pids := map[string]int{}
	for _, p := range v.options.Driver.Running() {
		pids[p.ID] = p.PID
	}
	v.inv.View(func(r inventory.Reader) {
		for vm := range inventory.All[mo.VirtualMachine](r) {
			info := control.VM{Name: vm.Name, MoRef: vm.Self.Value, Power: string(vm.Runtime.PowerState), PID: pids[vm.Self.Value]}
			if g := vm.Guest; g != nil {
				info.Guest = control.Guest{ToolsRunning: g.ToolsRunningStatus == string(types.VirtualMachineToolsRunningStatusGuestToolsRunning),
					HostName: g.HostName, IPAddress: g.IpAddress}
			}
			vms = append(vms, info)
		}
	})
	sort.Slice(vms, func(i, j int) bool { return vms[i].Name < vms[j].Name })
	return vms
}

// Tree prints the inventory for a person.
func (v *VCenter) Tree(w io.Writer) error {
	text := func(ref types.ManagedObjectReference) string { return ref.Type + " " + ref.Value }
	var entities []control.Entity
	v.inv.View(func(r inventory.Reader) {
		r.Each(func(o inventory.Object) {
			if inventory.EntityOf(o) == nil {
				return
			}
			entity := control.Entity{Name: inventory.EntityOf(o).Name, Ref: text(o.Reference())}
			if up := inventory.Parent(o); up != nil {
				entity.Parent = text(*up)
			}
			if vm, ok := o.(*mo.VirtualMachine); ok {
				entity.Note = string(vm.Runtime.PowerState)
			}
			entities = append(entities, entity)
		})
	})
	return control.WriteTree(w, entities)
}
