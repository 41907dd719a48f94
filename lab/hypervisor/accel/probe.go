// Package accel finds out how QEMU can run guests on this host.
package accel

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"time"
)

// Kind is one of QEMU's accelerators.
type Kind string

// KVM runs guests on the processor, TCG emulates one.
const (
	KVM Kind = "kvm"
	TCG Kind = "tcg"
)

// probeTimeout is how long firmware and a boot sector may take. With a KVM that
// works it is well below a second.
const probeTimeout = 10 * time.Second

// exitPort is where the boot sector reports; QEMU ends with (value<<1)|1.
const (
	exitPort  = "0xf4"
	exitValue = 0x31
)

// bootSector enters protected mode and back out of it, so that more than plain
// real mode is tried, then tells QEMU to end.
var bootSector = []byte{
	0xfa,             // cli
	0x0f, 0x20, 0xc0, // mov eax, cr0
	0x0c, 0x01, // or al, 1
	0x0f, 0x22, 0xc0, // mov cr0, eax
	0xeb, 0x00, // jmp +0
	0x24, 0xfe, // and al, 0xfe
	0x0f, 0x22, 0xc0, // mov cr0, eax
	0xeb, 0x00, // jmp +0
	0xb0, exitValue, // mov al, exitValue
	0xe6, 0xf4, // out 0xf4, al
	0xf4,       // hlt
	0xeb, 0xfd, // jmp -3
}

var (
	mu    sync.Mutex
	known = map[string]Kind{} // by QEMU
)

// Best returns KVM where a guest really ran with it, else TCG. The device file
// alone says little: nested virtualisation often has one that fails or hangs.
// The answer is found once per process.
func Best(qemu string) Kind {
	mu.Lock()
	defer mu.Unlock()
	if _, probed := known[qemu]; !probed {
		known[qemu] = TCG
		if device, err := os.OpenFile("/dev/kvm", os.O_RDWR, 0); err == nil {
			_ = device.Close()
			if Works(qemu, KVM) {
				known[qemu] = KVM
			}
		}
	}
	return known[qemu]
}

// Works boots a few instructions with an accelerator and says whether they ran.
func Works(qemu string, kind Kind) bool {
	dir, err := os.MkdirTemp("", "vic-accel-")
	if err != nil {
		return false
	}
	defer os.RemoveAll(dir)
	disk := filepath.Join(dir, "boot.img")
	sectors := make([]byte, 64<<10)
	copy(sectors, bootSector)
	sectors[510], sectors[511] = 0x55, 0xaa
	if err := os.WriteFile(disk, sectors, 0o600); err != nil {
		return false
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeTimeout)
	defer cancel()
	run := exec.CommandContext(ctx, qemu, "-machine", "pc", "-accel", string(kind), "-cpu", cpu(kind), "-m", "16",
		"-nodefaults", "-display", "none", "-no-reboot",
		"-device", "isa-debug-exit,iobase="+exitPort+",iosize=1",
		"-drive", "file="+disk+",format=raw,if=ide", "-boot", "c")
	_ = run.Run()
	return run.ProcessState != nil && run.ProcessState.ExitCode() == exitValue<<1|1
}

func cpu(kind Kind) string {
	if kind == KVM {
		return "host"
	}
	return "qemu64"
}
