package fleet

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// Observer waits for all tasks and all guests at once: one property collector,
// one wait.
type Observer struct {
	client    *vim25.Client
	collector types.ManagedObjectReference

	mu    sync.Mutex
	cells map[types.ManagedObjectReference]*cell
}

// cell is what is to be known of one object: how a task has ended, or that a
// VM's process runs.
type cell struct {
	once   sync.Once
	done   chan struct{}
	result any
	err    error
}

// Observe begins to watch the recent tasks and the VMs of a vApp, until the context ends.
func Observe(ctx context.Context, c *vim25.Client, vApp types.ManagedObjectReference) (*Observer, error) {
	collector, err := property.DefaultCollector(c).Create(ctx)
	if err != nil {
		return nil, err
	}
	vms, err := view.NewManager(c).CreateContainerView(ctx, vApp, []string{"VirtualMachine"}, true)
	if err != nil {
		return nil, err
	}
	o := &Observer{client: c, collector: collector.Reference(), cells: map[types.ManagedObjectReference]*cell{}}
	for _, spec := range []types.PropertyFilterSpec{
		filter("Task", []string{"info.state", "info.error", "info.result"}, *c.ServiceContent.TaskManager, "TaskManager", "recentTask"),
		filter("VirtualMachine", []string{fmt.Sprintf("config.extraConfig[%q]", reportKey)}, vms.Reference(), "ContainerView", "view"),
	} {
		if _, err := methods.CreateFilter(ctx, c, &types.CreateFilter{This: o.collector, Spec: spec}); err != nil {
			return nil, err
		}
	}
	go o.watch(ctx)
	return o, nil
}

func filter(kind string, paths []string, from types.ManagedObjectReference, fromKind, path string) types.PropertyFilterSpec {
	return types.PropertyFilterSpec{
		PropSet: []types.PropertySpec{{Type: kind, PathSet: paths}},
		ObjectSet: []types.ObjectSpec{{Obj: from, Skip: types.NewBool(true), SelectSet: []types.BaseSelectionSpec{
			&types.TraversalSpec{Type: fromKind, Path: path, Skip: types.NewBool(false)},
		}}},
	}
}

func (o *Observer) watch(ctx context.Context) {
	version := ""
	for ctx.Err() == nil {
		response, err := methods.WaitForUpdatesEx(ctx, o.client, &types.WaitForUpdatesEx{This: o.collector, Version: version})
		if err != nil {
			return // whoever waits has the same context
		}
		if response.Returnval == nil {
			continue
		}
		version = response.Returnval.Version
		for _, set := range response.Returnval.FilterSet {
			for _, update := range set.ObjectSet {
				o.take(update)
			}
		}
	}
}

func (o *Observer) take(update types.ObjectUpdate) {
	values := map[string]any{}
	for _, change := range update.ChangeSet {
		values[change.Name] = change.Val
	}
	if update.Obj.Type == "VirtualMachine" {
		for _, value := range values {
			if option, ok := value.(types.OptionValue); ok {
				value = option.Value
			}
			if report, _ := value.(string); strings.Contains(report, `"state":"running"`) {
				o.cell(update.Obj).end(nil, nil)
			}
		}
		return
	}
	switch values["info.state"] {
	case types.TaskInfoStateSuccess:
		o.cell(update.Obj).end(values["info.result"], nil)
	case types.TaskInfoStateError:
		why := errors.New("the task failed")
		if fault, ok := values["info.error"].(types.LocalizedMethodFault); ok {
			why = errors.New(fault.LocalizedMessage)
		}
		o.cell(update.Obj).end(nil, why)
	}
}

func (o *Observer) cell(ref types.ManagedObjectReference) *cell {
	o.mu.Lock()
	defer o.mu.Unlock()
	c, ok := o.cells[ref]
	if !ok {
		c = &cell{done: make(chan struct{})}
		o.cells[ref] = c
	}
	return c
}

func (c *cell) end(result any, err error) {
	c.once.Do(func() {
		c.result, c.err = result, err
		close(c.done)
	})
}

// Await waits until a task has ended, and returns its result; of a VM, until its
// process runs.
func (o *Observer) Await(ctx context.Context, ref types.ManagedObjectReference) (any, error) {
	c := o.cell(ref)
	select {
	case <-c.done:
		return c.result, c.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}
