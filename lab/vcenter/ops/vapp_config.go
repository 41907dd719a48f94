package ops

import (
	"slices"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

func mergeVAppConfig(r inventory.Reader, app *mo.VirtualApp, spec types.VAppConfigSpec) error {
	c := app.VAppConfig
	if spec.Annotation != "" {
		c.Annotation = spec.Annotation
	}
	if spec.InstanceUuid != "" {
		if _, err := uuid.Parse(spec.InstanceUuid); err != nil {
			return fault.InvalidArgument("spec.instanceUuid")
		}
		c.InstanceUuid = spec.InstanceUuid
	}
	if c.InstanceUuid == "" {
		c.InstanceUuid = uuid.NewString()
	}
	if spec.ManagedBy != nil {
		c.ManagedBy = spec.ManagedBy
	}
	if spec.IpAssignment != nil {
		c.IpAssignment = *spec.IpAssignment
	}
	if spec.InstallBootRequired != nil {
		c.InstallBootRequired = *spec.InstallBootRequired
	}
	for _, p := range spec.Product {
		c.Product = mergeProduct(c.Product, p)
	}
	for _, e := range spec.EntityConfig {
		if e.Key == nil || !slices.Contains(childrenOf(app), *e.Key) {
			return fault.InvalidArgument("spec.entityConfig.key")
		}
		for i := range c.EntityConfig {
			if *c.EntityConfig[i].Key == *e.Key {
				e.Tag = entityName(r, *e.Key)
				c.EntityConfig[i] = e
			}
		}
	}
	app.Summary.(*types.VirtualAppSummary).InstanceUuid = c.InstanceUuid
	return nil
}

func mergeProduct(list []types.VAppProductInfo, p types.VAppProductSpec) []types.VAppProductInfo {
	if p.Info == nil {
		return list
	}
	out := append([]types.VAppProductInfo(nil), list...)
	for i := range out {
		if out[i].Key == p.Info.Key {
			out[i] = *p.Info
			return out
		}
	}
	return append(out, *p.Info)
}

func (s *Service) updateVAppConfig(c *rpc.Call, r *types.UpdateVAppConfig) (*types.UpdateVAppConfigResponse, error) {
	return &types.UpdateVAppConfigResponse{}, s.Inv.Update(func(tx *inventory.Tx) error {
		app, err := inventory.Edit[mo.VirtualApp](tx, c.This)
		if err != nil {
			return err
		}
		return mergeVAppConfig(tx, app, r.Spec)
	})
}

func addEntityConfig(app *mo.VirtualApp, vm *mo.VirtualMachine) {
	key := vm.Self
	app.VAppConfig.EntityConfig = append(app.VAppConfig.EntityConfig, types.VAppEntityConfigInfo{
		Key: &key, Tag: vm.Name, StartOrder: int32(len(app.VAppConfig.EntityConfig) + 1), StartDelay: 120,
		WaitingForGuest: types.NewBool(false), StartAction: "powerOn", StopDelay: 120, StopAction: "powerOff", DestroyWithParent: types.NewBool(false),
	})
}

func dropEntityConfig(app *mo.VirtualApp, ref Ref) {
	var kept []types.VAppEntityConfigInfo
	for _, e := range app.VAppConfig.EntityConfig {
		if e.Key == nil || *e.Key != ref {
			kept = append(kept, e)
		}
	}
	app.VAppConfig.EntityConfig = kept
}
