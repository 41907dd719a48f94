package ops

import (
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/property"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

func (s *Service) fieldHandlers() {
	m := s.Mux
	rpc.Handle(m, "CustomFieldsManager", s.addField)
	rpc.Handle(m, "CustomFieldsManager", s.removeField)
	rpc.Handle(m, "CustomFieldsManager", s.renameField)
	rpc.Handle(m, "CustomFieldsManager", func(_ *rpc.Call, r *types.SetField) (*types.SetFieldResponse, error) {
		return &types.SetFieldResponse{}, s.setField(r.Entity, func(d types.CustomFieldDef) bool { return d.Key == r.Key }, r.Value)
	})
	rpc.Handle(m, "ExtensibleManagedObject", func(c *rpc.Call, r *types.SetCustomValue) (*types.SetCustomValueResponse, error) {
		return &types.SetCustomValueResponse{}, s.setField(c.This, func(d types.CustomFieldDef) bool { return d.Name == r.Key }, r.Value)
	})
}

func (s *Service) editFields(change func(tx *inventory.Tx, m *mo.CustomFieldsManager) error) error {
	return s.Inv.Update(func(tx *inventory.Tx) error {
		return change(tx, inventory.MustEdit[mo.CustomFieldsManager](tx, *s.content.CustomFieldsManager))
	})
}

func (s *Service) addField(_ *rpc.Call, r *types.AddCustomFieldDef) (*types.AddCustomFieldDefResponse, error) {
	res := &types.AddCustomFieldDefResponse{}
	if r.Name == "" || r.MoType != "" && !mo.IsManagedObjectType(r.MoType) {
		return nil, fault.InvalidArgument("name")
	}
	return res, s.editFields(func(_ *inventory.Tx, m *mo.CustomFieldsManager) error {
		key := int32(100)
		for _, f := range m.Field {
			if f.Name == r.Name && (f.ManagedObjectType == r.MoType || f.ManagedObjectType == "" || r.MoType == "") {
				return fault.New(&types.DuplicateName{Name: r.Name, Object: m.Self})
			}
			key = max(key, f.Key)
		}
		res.Returnval = types.CustomFieldDef{Key: key + 1, Name: r.Name, Type: "string", ManagedObjectType: r.MoType,
			FieldDefPrivileges: r.FieldDefPolicy, FieldInstancePrivileges: r.FieldPolicy}
		m.Field = append(m.Field, res.Returnval)
		return nil
	})
}

func (s *Service) removeField(_ *rpc.Call, r *types.RemoveCustomFieldDef) (*types.RemoveCustomFieldDefResponse, error) {
	return &types.RemoveCustomFieldDefResponse{}, s.editFields(func(tx *inventory.Tx, m *mo.CustomFieldsManager) error {
		for i := range m.Field {
			if m.Field[i].Key == r.Key {
				m.Field = append(m.Field[:i:i], m.Field[i+1:]...)
				dropValues(tx, r.Key)
				return nil
			}
		}
		return fault.InvalidArgument("key")
	})
}

// dropValues takes a removed field's values off all entities.
func dropValues(tx *inventory.Tx, key int32) {
	var with []Ref
	tx.Each(func(o inventory.Object) {
		if e := inventory.EntityOf(o); e != nil && valueOf(e.CustomValue, key) >= 0 {
			with = append(with, o.Reference())
		}
	})
	for _, ref := range with {
		if o, err := tx.Edit(ref); err == nil {
			e := inventory.EntityOf(o)
			i := valueOf(e.CustomValue, key)
			e.CustomValue = append(e.CustomValue[:i:i], e.CustomValue[i+1:]...)
			e.Value = e.CustomValue
		}
	}
}

func (s *Service) renameField(_ *rpc.Call, r *types.RenameCustomFieldDef) (*types.RenameCustomFieldDefResponse, error) {
	return &types.RenameCustomFieldDefResponse{}, s.editFields(func(_ *inventory.Tx, m *mo.CustomFieldsManager) error {
		at := -1
		for i := range m.Field {
			if m.Field[i].Key == r.Key {
				at = i
			} else if m.Field[i].Name == r.Name {
				return fault.New(&types.DuplicateName{Name: r.Name, Object: m.Self})
			}
		}
		if at < 0 || r.Name == "" {
			return fault.InvalidArgument("key")
		}
		m.Field[at].Name = r.Name
		return nil
	})
}

func valueOf(values []types.BaseCustomFieldValue, key int32) int {
	for i, v := range values {
		if v.GetCustomFieldValue().Key == key {
			return i
		}
	}
	return -1
}

// setField sets a custom field of an entity; an empty value removes it.
func (s *Service) setField(entity Ref, match func(types.CustomFieldDef) bool, value string) error {
	if s.bare() {
		return fault.New(&types.NotSupported{})
	}
	return s.Inv.Update(func(tx *inventory.Tx) error {
		m := tx.Lookup(*s.content.CustomFieldsManager).(*mo.CustomFieldsManager)
		if tx.Lookup(entity) == nil {
			return inventory.NotFound(entity)
		}
		for _, def := range m.Field {
			if !match(def) || def.ManagedObjectType != "" && !property.IsA(tx.Lookup(entity), def.ManagedObjectType) {
				continue
			}
			o, err := tx.Edit(entity)
			if err != nil {
				return err
			}
			e := inventory.EntityOf(o)
			if e == nil {
				return fault.InvalidArgument("entity")
			}
			setValue(e, def, value)
			if vm, ok := o.(*mo.VirtualMachine); ok {
				vm.Summary.CustomValue = vm.CustomValue
			}
			return nil
		}
		return fault.InvalidArgument("key")
	})
}

func setValue(e *mo.ManagedEntity, def types.CustomFieldDef, value string) {
	i := valueOf(e.CustomValue, def.Key)
	set := &types.CustomFieldStringValue{CustomFieldValue: types.CustomFieldValue{Key: def.Key}, Value: value}
	switch {
	case i >= 0 && value == "":
		e.CustomValue = append(e.CustomValue[:i:i], e.CustomValue[i+1:]...)
	case i >= 0:
		e.CustomValue[i] = set
	case value != "":
		e.CustomValue = append(e.CustomValue, set)
	}
	e.Value = inventory.DeepCopy(e.CustomValue)
}
