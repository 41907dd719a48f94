package fleet

import (
	"context"
	"errors"
	"strings"

	"github.com/vmware/govmomi/property"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// The extraConfig keys of a container's VM that matter here (src/api/markers.ts).
const (
	idKey     = "vic.container.id"
	reportKey = "guestinfo.vic.report"
)

// noReport is what stands under reportKey until the guest reports.
const noReport = "{}"

// Machine is what distinguishes one VM from another.
type Machine struct {
	ID           string // 64 hex digits, its directory too
	Name         string
	UUID         string
	InstanceUUID string
	MAC          string
}

// Template is a container's VM that the operator has made. Others are made like
// it: the same vApp, parent disk, devices and configuration.
type Template struct {
	VApp       types.ManagedObjectReference
	datacenter types.ManagedObjectReference
	config     types.VirtualMachineConfigInfo
	id         string
	mac        string
}

// ReadTemplate reads the VM that others shall be like.
func ReadTemplate(ctx context.Context, c *vim25.Client, vm types.ManagedObjectReference) (*Template, error) {
	var machine mo.VirtualMachine
	err := property.DefaultCollector(c).RetrieveOne(ctx, vm, []string{"config", "parentVApp", "resourcePool"}, &machine)
	if err != nil {
		return nil, err
	}
	t := &Template{}
	switch {
	case machine.ParentVApp != nil:
		t.VApp = *machine.ParentVApp
	case machine.ResourcePool != nil:
		t.VApp = *machine.ResourcePool
	}
	if machine.Config == nil || t.VApp.Type != "VirtualApp" {
		return nil, errors.New("the VM that others shall be like is in no vApp")
	}
	t.config = *machine.Config
	for _, option := range t.config.ExtraConfig {
		if o := option.GetOptionValue(); o.Key == idKey {
			t.id, _ = o.Value.(string)
		}
	}
	for _, device := range t.config.Hardware.Device {
		if nic, ok := device.(types.BaseVirtualEthernetCard); ok {
			t.mac = nic.GetVirtualEthernetCard().MacAddress
		}
	}
	if t.id == "" || t.mac == "" {
		return nil, errors.New("the VM that others shall be like is no container's")
	}
	t.datacenter, err = datacenterOf(ctx, c, t.VApp)
	return t, err
}

// datacenterOf goes up from a vApp's folder.
func datacenterOf(ctx context.Context, c *vim25.Client, vApp types.ManagedObjectReference) (types.ManagedObjectReference, error) {
	var app mo.VirtualApp
	if err := property.DefaultCollector(c).RetrieveOne(ctx, vApp, []string{"parentFolder"}, &app); err != nil {
		return vApp, err
	}
	for at := app.ParentFolder; at != nil; {
		if at.Type == "Datacenter" {
			return *at, nil
		}
		var entity mo.ManagedEntity
		if err := property.DefaultCollector(c).RetrieveOne(ctx, *at, []string{"parent"}, &entity); err != nil {
			return vApp, err
		}
		at = entity.Parent
	}
	return vApp, errors.New("the vApp is in no datacenter")
}

// Datastore is the one with the VMs' directories.
func (t *Template) Datastore() string {
	name, _, _ := strings.Cut(strings.TrimPrefix(t.config.Files.VmPathName, "["), "]")
	return name
}

// Spec is the specification by which a machine is made.
func (t *Template) Spec(m Machine) types.VirtualMachineConfigSpec {
	own := strings.NewReplacer(t.id, m.ID, t.mac, m.MAC)
	spec := types.VirtualMachineConfigSpec{
		Name: m.Name, Uuid: m.UUID, InstanceUuid: m.InstanceUUID, GuestId: t.config.GuestId,
		Annotation:   t.config.Annotation,
		Files:        &types.VirtualMachineFileInfo{VmPathName: own.Replace(t.config.Files.VmPathName)},
		NumCPUs:      t.config.Hardware.NumCPU,
		MemoryMB:     int64(t.config.Hardware.MemoryMB),
		DeviceChange: additions(t.config.Hardware.Device, own),
	}
	for _, option := range t.config.ExtraConfig {
		o := option.GetOptionValue()
		value, _ := o.Value.(string)
		if o.Key == reportKey {
			value = noReport
		}
		spec.ExtraConfig = append(spec.ExtraConfig, &types.OptionValue{Key: o.Key, Value: own.Replace(value)})
	}
	return spec
}
