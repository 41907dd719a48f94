package ops

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/fault"
)

// mergeSpec sets what spec says of everything but devices and keeps what it
// leaves out. on says that the VM is powered on, when some of it can't change.
func mergeSpec(c *types.VirtualMachineConfigInfo, spec types.VirtualMachineConfigSpec, on bool) error {
	if err := checkSpec(c, spec, on); err != nil {
		return err
	}
	setString(&c.Version, spec.Version)
	setString(&c.GuestId, spec.GuestId)
	setString(&c.Annotation, spec.Annotation)
	setString(&c.Firmware, spec.Firmware)
	setString(&c.AlternateGuestName, spec.AlternateGuestName)
	setString(&c.Uuid, strings.ToLower(spec.Uuid))
	setString(&c.InstanceUuid, strings.ToLower(spec.InstanceUuid))
	if spec.GuestId != "" {
		c.GuestFullName = guestName(spec.GuestId)
	}
	if spec.NumCPUs != 0 {
		c.Hardware.NumCPU = spec.NumCPUs
	}
	if spec.NumCoresPerSocket != nil {
		c.Hardware.NumCoresPerSocket = spec.NumCoresPerSocket
	}
	if spec.MemoryMB != 0 {
		c.Hardware.MemoryMB = int32(spec.MemoryMB)
	}
	setPointer(&c.MemoryHotAddEnabled, spec.MemoryHotAddEnabled)
	setPointer(&c.CpuHotAddEnabled, spec.CpuHotAddEnabled)
	setPointer(&c.CpuHotRemoveEnabled, spec.CpuHotRemoveEnabled)
	setPointer(&c.BootOptions, spec.BootOptions)
	setPointer(&c.ManagedBy, spec.ManagedBy)
	setPointer(&c.Tools, spec.Tools)
	setPointer(&c.LatencySensitivity, spec.LatencySensitivity)
	setPointer(&c.CreateDate, spec.CreateDate)
	setPointer(&c.NestedHVEnabled, spec.NestedHVEnabled)
	setPointer(&c.MemoryReservationLockedToMax, spec.MemoryReservationLockedToMax)
	if spec.Flags != nil {
		c.Flags = *spec.Flags
	}
	if spec.CpuAllocation != nil {
		mergeAllocation(c.CpuAllocation, *spec.CpuAllocation, map[types.SharesLevel]int32{
			types.SharesLevelLow: 500 * c.Hardware.NumCPU, types.SharesLevelNormal: 1000 * c.Hardware.NumCPU, types.SharesLevelHigh: 2000 * c.Hardware.NumCPU})
	}
	if spec.MemoryAllocation != nil {
		mergeAllocation(c.MemoryAllocation, *spec.MemoryAllocation, map[types.SharesLevel]int32{
			types.SharesLevelLow: 5 * c.Hardware.MemoryMB, types.SharesLevelNormal: 10 * c.Hardware.MemoryMB, types.SharesLevelHigh: 20 * c.Hardware.MemoryMB})
	}
	c.ExtraConfig = mergeExtra(c.ExtraConfig, spec.ExtraConfig)
	return nil
}

// resetAllocations gives allocations that a spec leaves out their defaults.
func resetAllocations(c *types.VirtualMachineConfigInfo, spec types.VirtualMachineConfigSpec) {
	normal := types.ResourceAllocationInfo{Reservation: types.NewInt64(0), Limit: types.NewInt64(-1), Shares: &types.SharesInfo{Level: types.SharesLevelNormal}}
	if spec.CpuAllocation == nil {
		mergeAllocation(c.CpuAllocation, normal, map[types.SharesLevel]int32{types.SharesLevelNormal: 1000 * c.Hardware.NumCPU})
	}
	if spec.MemoryAllocation == nil {
		mergeAllocation(c.MemoryAllocation, normal, map[types.SharesLevel]int32{types.SharesLevelNormal: 10 * c.Hardware.MemoryMB})
	}
}

func setString(to *string, from string) {
	if from != "" {
		*to = from
	}
}

func setPointer[T any](to **T, from *T) {
	if from != nil {
		*to = from
	}
}

func checkSpec(c *types.VirtualMachineConfigInfo, spec types.VirtualMachineConfigSpec, on bool) error {
	for _, id := range []string{spec.Uuid, spec.InstanceUuid} {
		if _, err := uuid.Parse(id); id != "" && err != nil {
			return fault.InvalidArgument("configSpec.uuid")
		}
	}
	switch {
	case spec.NumCPUs < 0 || spec.NumCPUs > 768:
		return fault.InvalidArgument("configSpec.numCPUs")
	case spec.MemoryMB < 0 || spec.MemoryMB%4 != 0:
		return fault.InvalidArgument("configSpec.memoryMB")
	case spec.GuestId != "" && !slices.Contains(types.VirtualMachineGuestOsIdentifier("").Strings(), spec.GuestId):
		return fault.InvalidArgument("configSpec.guestId")
	case spec.Firmware != "" && spec.Firmware != "bios" && spec.Firmware != "efi":
		return fault.InvalidArgument("configSpec.firmware")
	case spec.Version != "" && !strings.HasPrefix(spec.Version, "vmx-"):
		return fault.InvalidArgument("configSpec.version")
	}
	for _, o := range spec.ExtraConfig {
		v := o.GetOptionValue()
		if _, ok := v.Value.(string); !ok || v.Key == "" {
			return fault.InvalidArgument("configSpec.extraConfig")
		}
	}
	if !on {
		return nil
	}
	hot := func(enabled *bool) bool { return enabled != nil && *enabled }
	switch {
	case spec.NumCPUs != 0 && spec.NumCPUs != c.Hardware.NumCPU && (spec.NumCPUs < c.Hardware.NumCPU || !hot(c.CpuHotAddEnabled)),
		spec.MemoryMB != 0 && spec.MemoryMB != int64(c.Hardware.MemoryMB) && (spec.MemoryMB < int64(c.Hardware.MemoryMB) || !hot(c.MemoryHotAddEnabled)),
		spec.Uuid != "" && !strings.EqualFold(spec.Uuid, c.Uuid),
		spec.Firmware != "" && spec.Firmware != c.Firmware,
		spec.GuestId != "" && spec.GuestId != c.GuestId,
		spec.Version != "" && spec.Version != c.Version:
		return fault.New(&types.InvalidPowerState{
			RequestedState: types.VirtualMachinePowerStatePoweredOff, ExistingState: types.VirtualMachinePowerStatePoweredOn})
	}
	return nil
}

// mergeExtra sets keys; an empty value removes one.
func mergeExtra(have []types.BaseOptionValue, set []types.BaseOptionValue) []types.BaseOptionValue {
	if len(set) == 0 {
		return have
	}
	out := append([]types.BaseOptionValue(nil), have...)
	for _, o := range set {
		v := o.GetOptionValue()
		text, _ := v.Value.(string)
		out = setKey(out, v.Key, text)
	}
	return out
}

// setKey sets one key in list, which is modified.
func setKey(list []types.BaseOptionValue, key, value string) []types.BaseOptionValue {
	for i := range list {
		if list[i].GetOptionValue().Key != key {
			continue
		}
		if value == "" {
			return append(list[:i:i], list[i+1:]...)
		}
		list[i] = &types.OptionValue{Key: key, Value: value}
		return list
	}
	if value == "" {
		return list
	}
	return append(list, &types.OptionValue{Key: key, Value: value})
}

func guestName(id string) string {
	switch id {
	case "otherGuest64":
		return "Other (64-bit)"
	case "otherLinux64Guest", "other5xLinux64Guest", "other6xLinux64Guest":
		return "Other Linux (64-bit)"
	}
	return id
}

// touchConfig marks a VM's configuration as changed.
func touchConfig(vm *mo.VirtualMachine) {
	now := time.Now().UTC()
	vm.Config.Modified = now
	vm.Config.ChangeVersion = now.Format("2006-01-02T15:04:05.000000000Z")
}
