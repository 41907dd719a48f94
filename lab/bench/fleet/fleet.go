package fleet

import (
	"context"
	"errors"
	"fmt"

	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/methods"
	"github.com/vmware/govmomi/vim25/types"
)

// Fleet makes machines like a template.
type Fleet struct {
	client   *vim25.Client
	template *Template
	observer *Observer
}

// New reads the template and begins to watch.
func New(ctx context.Context, c *vim25.Client, like types.ManagedObjectReference) (*Fleet, error) {
	template, err := ReadTemplate(ctx, c, like)
	if err != nil {
		return nil, err
	}
	observer, err := Observe(ctx, c, template.VApp)
	if err != nil {
		return nil, err
	}
	return &Fleet{client: c, template: template, observer: observer}, nil
}

// Make creates a machine, powers it on, and returns once its process runs.
func (f *Fleet) Make(ctx context.Context, m Machine) (vm types.ManagedObjectReference, err error) {
	create, err := methods.CreateChildVM_Task(ctx, f.client, &types.CreateChildVM_Task{This: f.template.VApp, Config: f.template.Spec(m)})
	if err != nil {
		return vm, fmt.Errorf("creating %s: %w", m.Name, err)
	}
	made, err := f.observer.Await(ctx, create.Returnval)
	if err != nil {
		return vm, fmt.Errorf("creating %s: %w", m.Name, err)
	}
	vm, ok := made.(types.ManagedObjectReference)
	if !ok {
		return vm, errors.New("a task that creates a VM returned none")
	}
	on, err := methods.PowerOnVM_Task(ctx, f.client, &types.PowerOnVM_Task{This: vm})
	if err != nil {
		return vm, fmt.Errorf("powering %s on: %w", m.Name, err)
	}
	if _, err := f.observer.Await(ctx, on.Returnval); err != nil {
		return vm, fmt.Errorf("powering %s on: %w", m.Name, err)
	}
	_, err = f.observer.Await(ctx, vm)
	return vm, err
}

// Remove takes a machine away with its directory, and leaves its disk's parent.
func (f *Fleet) Remove(ctx context.Context, vm types.ManagedObjectReference, id string) error {
	off, err := methods.PowerOffVM_Task(ctx, f.client, &types.PowerOffVM_Task{This: vm})
	if err != nil {
		return err
	}
	if _, err := f.observer.Await(ctx, off.Returnval); err != nil {
		return err
	}
	if _, err := methods.UnregisterVM(ctx, f.client, &types.UnregisterVM{This: vm}); err != nil {
		return err
	}
	gone, err := methods.DeleteDatastoreFile_Task(ctx, f.client, &types.DeleteDatastoreFile_Task{
		This: *f.client.ServiceContent.FileManager, Name: fmt.Sprintf("[%s] %s", f.template.Datastore(), id),
		Datacenter: &f.template.datacenter,
	})
	if err != nil {
		return err
	}
	_, err = f.observer.Await(ctx, gone.Returnval)
	return err
}
