package device

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
)

// Action is what a change asks for besides the list of devices.
type Action struct {
	Index         int // of the change in the request
	Operation     types.VirtualDeviceConfigSpecOperation
	FileOperation types.VirtualDeviceConfigSpecFileOperation
	Device        types.BaseVirtualDevice // as it is in the new list; for remove, as it was in the old
	Before        types.BaseVirtualDevice // for edit: as it was
}

// Invalid is the fault for the change at index; property is "device.key" and
// the like.
func Invalid(index int, property string) error {
	f := &types.InvalidDeviceSpec{DeviceIndex: int32(index)}
	f.Property = fmt.Sprintf("virtualDeviceSpec.%s", property)
	return fault.New(f)
}

// Apply gives devices with the changes made, and what is to be done for them.
// Neither argument is modified.
func Apply(devices []types.BaseVirtualDevice, changes []types.BaseVirtualDeviceConfigSpec) ([]types.BaseVirtualDevice, []Action, error) {
	a := &applier{devices: slices.Clone(devices), alias: map[int32]int32{}}
	for i, c := range changes {
		if err := a.apply(i, c.GetVirtualDeviceConfigSpec()); err != nil {
			return nil, nil, err
		}
	}
	return a.devices, a.actions, nil
}

type applier struct {
	devices []types.BaseVirtualDevice
	actions []Action
	alias   map[int32]int32 // negative keys of the request → keys given
}

func (a *applier) apply(i int, c *types.VirtualDeviceConfigSpec) error {
	if c.Device == nil {
		return Invalid(i, "device")
	}
	d := inventory.DeepCopy(c.Device)
	if v := d.GetVirtualDevice(); v.ControllerKey < 0 {
		key, ok := a.alias[v.ControllerKey]
		if !ok {
			return Invalid(i, "device.controllerKey")
		}
		v.ControllerKey = key
	}
	switch c.Operation {
	case types.VirtualDeviceConfigSpecOperationAdd:
		return a.add(i, c, d)
	case types.VirtualDeviceConfigSpecOperationEdit:
		return a.edit(i, c, d)
	case types.VirtualDeviceConfigSpecOperationRemove:
		return a.remove(i, c, d)
	}
	return Invalid(i, "operation")
}

func (a *applier) add(i int, c *types.VirtualDeviceConfigSpec, d types.BaseVirtualDevice) error {
	v := d.GetVirtualDevice()
	wanted := v.Key
	if wanted > 0 && Find(a.devices, wanted) != nil {
		return Invalid(i, "device.key")
	}
	if key, ok := a.defaultIDE(d); ok && wanted < 0 {
		a.alias[wanted] = key
		return nil
	}
	if standing := a.standingIDE(d); standing != 0 && wanted < 0 {
		a.alias[wanted] = standing
		return nil
	}
	if err := a.place(i, d); err != nil {
		return err
	}
	if err := a.check(i, c, d); err != nil {
		return err
	}
	if v.Key = a.keyFor(d, wanted); wanted < 0 {
		if _, taken := a.alias[wanted]; taken {
			return Invalid(i, "device.key")
		}
		a.alias[wanted] = v.Key
	}
	a.devices = append(a.devices, d)
	a.link(v.ControllerKey, v.Key)
	describe(d, a.devices)
	a.actions = append(a.actions, Action{Index: i, Operation: c.Operation, FileOperation: c.FileOperation, Device: d})
	return nil
}

// standingIDE is the key of the IDE controller that a machine has on the bus for
// which a request adds one: it is taken for it. VIC and govc send such requests.
func (a *applier) standingIDE(d types.BaseVirtualDevice) int32 {
	asked, ok := d.(*types.VirtualIDEController)
	if !ok {
		return 0
	}
	for _, other := range a.devices {
		if ide, ok := other.(*types.VirtualIDEController); ok && ide.BusNumber == asked.BusNumber {
			return ide.Key
		}
	}
	return 0
}

// defaultIDE gives the IDE controller on d's bus that the machine came with. A
// request that adds one (govc vm.create does) means that one, as long as
// nothing is on it.
func (a *applier) defaultIDE(d types.BaseVirtualDevice) (int32, bool) {
	added, ok := d.(*types.VirtualIDEController)
	if !ok {
		return 0, false
	}
	for _, other := range a.devices {
		if c, ok := other.(*types.VirtualIDEController); ok && c.BusNumber == added.BusNumber && len(c.Device) == 0 {
			return c.Key, true
		}
	}
	return 0, false
}

func (a *applier) edit(i int, c *types.VirtualDeviceConfigSpec, d types.BaseVirtualDevice) error {
	v := d.GetVirtualDevice()
	at := a.index(v.Key)
	if at < 0 || reflect.TypeOf(a.devices[at]) != reflect.TypeOf(d) {
		return Invalid(i, "device.key")
	}
	if c.FileOperation != "" {
		return Invalid(i, "fileOperation")
	}
	before := a.devices[at]
	old := before.GetVirtualDevice()
	if v.Backing == nil {
		v.Backing = old.Backing
	}
	if v.Connectable == nil {
		v.Connectable = old.Connectable
	}
	v.ControllerKey, v.UnitNumber, v.DeviceInfo = old.ControllerKey, old.UnitNumber, old.DeviceInfo
	keepUnset(d, before)
	a.devices[at] = d
	if err := a.check(i, c, d); err != nil {
		return err
	}
	a.actions = append(a.actions, Action{Index: i, Operation: c.Operation, Device: d, Before: before})
	return nil
}

// keepUnset keeps what an edit leaves out, where leaving out means that.
func keepUnset(d, before types.BaseVirtualDevice) {
	if card, old := Card(d), Card(before); card != nil && old != nil {
		if card.MacAddress == "" {
			card.MacAddress, card.AddressType = old.MacAddress, old.AddressType
		}
		if card.WakeOnLanEnabled == nil {
			card.WakeOnLanEnabled = old.WakeOnLanEnabled
		}
	}
	if disk, ok := d.(*types.VirtualDisk); ok {
		old := before.(*types.VirtualDisk)
		if disk.CapacityInKB == 0 && disk.CapacityInBytes == 0 {
			disk.CapacityInKB, disk.CapacityInBytes = old.CapacityInKB, old.CapacityInBytes
		}
		disk.Backing = old.Backing
	}
}

func (a *applier) remove(i int, c *types.VirtualDeviceConfigSpec, d types.BaseVirtualDevice) error {
	key := d.GetVirtualDevice().Key
	at := a.index(key)
	if at < 0 {
		return Invalid(i, "device.key")
	}
	if c.FileOperation != "" && c.FileOperation != types.VirtualDeviceConfigSpecFileOperationDestroy {
		return Invalid(i, "fileOperation")
	}
	before := a.devices[at]
	for _, other := range a.devices {
		if other.GetVirtualDevice().ControllerKey == key && key != 0 && controllerOf(before) != nil {
			return Invalid(i, "device.key") // a controller in use
		}
	}
	a.devices = slices.Delete(a.devices, at, at+1)
	a.unlink(before.GetVirtualDevice().ControllerKey, key)
	a.actions = append(a.actions, Action{Index: i, Operation: c.Operation, FileOperation: c.FileOperation, Device: before})
	return nil
}

func (a *applier) index(key int32) int {
	return slices.IndexFunc(a.devices, func(d types.BaseVirtualDevice) bool { return d.GetVirtualDevice().Key == key })
}

// link notes a device in its controller's list, in a copy of the controller.
func (a *applier) link(controller, key int32) {
	a.editController(controller, func(c *types.VirtualController) { c.Device = append(slices.Clone(c.Device), key) })
}

func (a *applier) unlink(controller, key int32) {
	a.editController(controller, func(c *types.VirtualController) {
		c.Device = slices.DeleteFunc(slices.Clone(c.Device), func(k int32) bool { return k == key })
	})
}

func (a *applier) editController(key int32, change func(*types.VirtualController)) {
	at := a.index(key)
	if key == 0 || at < 0 || controllerOf(a.devices[at]) == nil {
		return
	}
	a.devices[at] = inventory.DeepCopy(a.devices[at])
	change(controllerOf(a.devices[at]))
}
