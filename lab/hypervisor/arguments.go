package hypervisor

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/vic-operator/vic-operator/lab/hypervisor/accel"
	"github.com/vic-operator/vic-operator/lab/hypervisor/bootiso"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// labOptions make a Linux kernel start faster in an emulator: no self tests, no
// mitigations against neighbours that aren't there, no timer calibration.
const labOptions = "quiet mitigations=off cryptomgr.notests tsc=reliable no_timer_check nokaslr " +
	"initcall_blacklist=init_kprobe_trace,load_system_certificate_list lsm= audit=0 rodata=off init_on_alloc=0"

// plan is all that a QEMU's command line is made of.
type plan struct {
	machine     guest.Machine
	accelerator accel.Kind
	cpus        int
	boot        *bootiso.Image // nil: firmware boots
	blocks      []*blockNode   // of machine.Disks, same order
	// Descriptors of the wires in QEMU.
	control, rpci, tclo int
	nics                []int       // of machine.NICs, same order
	serials             map[int]int // by index, of serial ports that lead to a proxy
}

// arguments renders QEMU's command line. The machine starts stopped.
func (p plan) arguments() ([]string, error) {
	a := arguments{
		"-S", "-nodefaults", "-no-user-config", "-display", "none", "-no-reboot",
		"-sandbox", "on,obsolete=deny,elevateprivileges=deny,spawn=deny,resourcecontrol=deny",
		"-name", "guest=" + escape(p.machine.Name),
		"-machine", "pc,hpet=off,vmport=off", "-m", fmt.Sprintf("%dM", p.machine.MemoryMiB),
		"-smp", fmt.Sprint(p.cpus),
		"-chardev", fmt.Sprintf("socket,id=control,fd=%d", p.control), "-mon", "chardev=control,mode=control",
	}
	if p.machine.UUID != "" {
		a.add("-uuid", p.machine.UUID)
	}
	if p.accelerator == accel.KVM {
		a.add("-accel", "kvm", "-cpu", "host")
	} else {
		// rdrand: without it a guest waits seconds for entropy.
		a.add("-accel", "tcg,thread=multi", "-cpu", "qemu64,+rdrand,+rdseed")
	}
	p.addBoot(&a)
	p.addTools(&a)
	if err := p.addDisks(&a); err != nil {
		return nil, err
	}
	if err := p.addNICs(&a); err != nil {
		return nil, err
	}
	return a, p.addSerials(&a)
}

func (p plan) addBoot(a *arguments) {
	if p.machine.CDROM != "" {
		a.add("-blockdev", "driver=raw,node-name=cdrom,read-only=on,file.driver=file,file.filename="+escape(p.machine.CDROM))
		a.add("-device", "ide-cd,drive=cdrom,bus=ide.1")
	}
	if p.boot == nil {
		a.add("-boot", "order=dc")
		return
	}
	a.add("-kernel", p.boot.Kernel, "-append", mergeOptions(p.boot.Options, labOptions))
	if p.boot.Initrd != "" {
		a.add("-initrd", p.boot.Initrd)
	}
}

// mergeOptions appends to a kernel's command line what it doesn't settle.
func mergeOptions(given, more string) string {
	settled := map[string]bool{}
	options := strings.Fields(given)
	for _, option := range options {
		name, _, _ := strings.Cut(option, "=")
		settled[name] = true
	}
	for option := range strings.FieldsSeq(more) {
		if name, _, _ := strings.Cut(option, "="); !settled[name] {
			options = append(options, option)
		}
	}
	return strings.Join(options, " ")
}

// addTools adds the two ports that stand in for VMware's backdoor.
func (p plan) addTools(a *arguments) {
	a.add("-device", "virtio-serial-pci,id=tools,max_ports=4")
	for number, port := range map[string]int{"rpci": p.rpci, "tclo": p.tclo} {
		a.add("-chardev", fmt.Sprintf("socket,id=%s,fd=%d", number, port),
			"-device", fmt.Sprintf("virtserialport,bus=tools.0,chardev=%s,name=org.vic.%s", number, number))
	}
}

// addDisks adds the disks, their controllers, and always a first pvscsi, into
// which disks may be plugged later.
func (p plan) addDisks(a *arguments) error {
	first, _ := controllerDevice(guest.Disk{Controller: "pvscsi"})
	a.addJSON("-device", first)
	there := map[any]bool{first["id"]: true}
	for i, disk := range p.machine.Disks {
		controller, err := controllerDevice(disk)
		if err != nil {
			return err
		}
		if !there[controller["id"]] {
			a.addJSON("-device", controller)
			there[controller["id"]] = true
		}
		a.addJSON("-blockdev", p.blocks[i])
		a.addJSON("-device", diskDevice(disk))
	}
	return nil
}

func (p plan) addNICs(a *arguments) error {
	for i, nic := range p.machine.NICs {
		switch nic.Model {
		case "vmxnet3", "e1000", "e1000e":
		default:
			return fmt.Errorf("network card %q is not supported", nic.Model)
		}
		a.add("-netdev", fmt.Sprintf("stream,id=net%d,server=off,addr.type=fd,addr.str=%d", i, p.nics[i]))
		a.addJSON("-device", map[string]any{"driver": nic.Model, "id": nicName(nic), "netdev": fmt.Sprintf("net%d", i),
			"mac": nic.MAC, "romfile": ""})
	}
	return nil
}

func nicName(n guest.NIC) string { return "nic-" + strings.ReplaceAll(strings.ToLower(n.MAC), ":", "") }

// maxSerials is how many serial ports an ISA bus has.
const maxSerials = 4

func (p plan) addSerials(a *arguments) error {
	for _, serial := range p.machine.Serials {
		if serial.Index < 0 || serial.Index >= maxSerials {
			return fmt.Errorf("serial port %d is out of range", serial.Index)
		}
		id := fmt.Sprintf("serial%d", serial.Index)
		switch serial.Kind {
		case guest.SerialFile:
			mode := "off"
			if serial.Append {
				mode = "on"
			}
			a.add("-chardev", fmt.Sprintf("file,id=%s,append=%s,path=%s", id, mode, escape(serial.Path)))
		case guest.SerialURI:
			a.add("-chardev", fmt.Sprintf("socket,id=%s,fd=%d", id, p.serials[serial.Index]))
		case guest.SerialNone:
			a.add("-chardev", "null,id="+id)
		default:
			return fmt.Errorf("serial port %d: a backing of kind %q is not supported", serial.Index, serial.Kind)
		}
		a.add("-device", fmt.Sprintf("isa-serial,index=%d,chardev=%s", serial.Index, id))
	}
	return nil
}

type arguments []string

func (a *arguments) add(words ...string) { *a = append(*a, words...) }

func (a *arguments) addJSON(option string, value any) {
	text, _ := json.Marshal(value) // plain values only
	a.add(option, string(text))
}

// escape doubles commas, which end a value in QEMU's options.
func escape(value string) string { return strings.ReplaceAll(value, ",", ",,") }
