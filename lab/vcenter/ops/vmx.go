package ops

import (
	"bytes"
	"encoding/base64"
	"fmt"
	"os"
	"sort"
	"strings"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"
)

// A VM's configuration file has VMware's form, key = "value". What can't be
// said in keys that this model would have to parse stands in one of its own.
const configKey = "lab.configInfo"

// writeVMX writes the VM's configuration file: without the keys that power-off
// will drop. A failure isn't the client's: a
// missing directory shows when the VM is started.
func (s *Service) writeVMX(ref Ref) {
	vm, err := s.Machine(ref)
	if err != nil {
		return
	}
	_, host, err := s.hostPath(vm.Config.Files.VmPathName)
	if err != nil {
		return
	}
	body, err := formatVMX(s.lasting(vm))
	if err == nil {
		err = replaceFile(host, body)
	}
	if err != nil {
		s.Log.Warn("vmx not written", "vm", ref.Value, "error", err)
	}
}

// lasting is a VM's configuration without the keys that power-off will drop: what
// its file says, and what a clone or a snapshot has of it.
func (s *Service) lasting(vm *mo.VirtualMachine) *types.VirtualMachineConfigInfo {
	run := s.machines.get(vm.Self.Value)
	if run == nil || s.Assumed().KeepVolatileKeys {
		return vm.Config
	}
	config := *vm.Config
	config.ExtraConfig = only(config.ExtraConfig, run.atPowerOn)
	return &config
}

// replaceFile writes a file so that a reader sees the old or the new one.
func replaceFile(name string, body []byte) error {
	tmp := name + "~"
	if err := os.WriteFile(tmp, body, 0o644); err != nil {
		return err
	}
	return os.Rename(tmp, name)
}

func formatVMX(c *types.VirtualMachineConfigInfo) ([]byte, error) {
	var encoded bytes.Buffer
	if err := types.NewJSONEncoder(&encoded).Encode(c); err != nil {
		return nil, err
	}
	keys := map[string]string{
		".encoding": "UTF-8", "config.version": "8", "virtualHW.version": strings.TrimPrefix(c.Version, "vmx-"),
		"displayName": c.Name, "guestOS": c.GuestId, "uuid.bios": c.Uuid, "vc.uuid": c.InstanceUuid, "firmware": c.Firmware,
		"numvcpus": fmt.Sprint(c.Hardware.NumCPU), "memSize": fmt.Sprint(c.Hardware.MemoryMB),
		configKey: base64.StdEncoding.EncodeToString(encoded.Bytes()),
	}
	for _, o := range c.ExtraConfig {
		v := o.GetOptionValue()
		keys[v.Key] = fmt.Sprint(v.Value)
	}
	names := make([]string, 0, len(keys))
	for name := range keys {
		names = append(names, name)
	}
	sort.Strings(names)
	var out bytes.Buffer
	for _, name := range names {
		fmt.Fprintf(&out, "%s = \"%s\"\n", name, escapeVMX(keys[name]))
	}
	return out.Bytes(), nil
}

// escapeVMX escapes as VMware does: |22 is a quotation mark.
func escapeVMX(s string) string {
	return strings.NewReplacer("|", "|7C", `"`, "|22", "\n", "|0A", "\r", "|0D").Replace(s)
}

func readVMX(host string) (*types.VirtualMachineConfigInfo, error) {
	body, err := os.ReadFile(host)
	if err != nil {
		return nil, err
	}
	for line := range strings.SplitSeq(string(body), "\n") {
		key, value, ok := strings.Cut(line, " = ")
		if !ok || key != configKey {
			continue
		}
		encoded, err := base64.StdEncoding.DecodeString(strings.Trim(value, `"`))
		if err != nil {
			return nil, err
		}
		var config types.VirtualMachineConfigInfo
		if err := types.NewJSONDecoder(bytes.NewReader(encoded)).Decode(&config); err != nil {
			return nil, err
		}
		return &config, nil
	}
	return nil, fmt.Errorf("no %s in it", configKey)
}
