package process

import (
	"fmt"
	"runtime"
	"unsafe"

	"golang.org/x/sys/unix"
)

// anyMinor stands for all devices of a major number.
const anyMinor = -1

// allowedDevices are the character devices that Docker lets a container open (moby: oci/defaults.go): the usual nodes and
// its own terminals. Nodes for any others may be made, but not opened: neither the disk beneath the file system nor the
// serial lines and ports on which the guest speaks for itself.
var allowedDevices = []struct{ major, minor int32 }{
	{1, 3}, {1, 5}, {1, 7}, {1, 8}, {1, 9}, // null, zero, full, random, urandom
	{5, 0}, {5, 1}, {5, 2}, {136, anyMinor}, // tty, console, ptmx, pts
}

// Parts of struct bpf_cgroup_dev_ctx (Linux: include/uapi/linux/bpf.h): three words, of which the first holds the access
// wanted in its upper half and the kind of device in its lower.
const (
	ctxAccess, ctxMajor, ctxMinor = 0, 4, 8

	accessMknod = 1
	kindChar    = 2
)

// instruction is one of the kernel's virtual machine (Linux: Documentation/bpf/instruction-set.rst).
type instruction struct {
	code      uint8
	registers uint8 // destination in the lower half, source in the upper
	offset    int16
	immediate int32
}

const (
	opLoadWord     = unix.BPF_LDX | unix.BPF_MEM | unix.BPF_W
	opMove         = unix.BPF_ALU64 | unix.BPF_MOV | unix.BPF_K
	opMoveRegister = unix.BPF_ALU64 | unix.BPF_MOV | unix.BPF_X
	opAnd          = unix.BPF_ALU64 | unix.BPF_AND | unix.BPF_K
	opShiftRight   = unix.BPF_ALU64 | unix.BPF_RSH | unix.BPF_K
	opJumpUnequal  = unix.BPF_JMP | unix.BPF_JNE | unix.BPF_K
	opExit         = unix.BPF_JMP | unix.BPF_EXIT
)

// deviceProgram decides on each access: r1 points to the context, r0 takes the verdict.
func deviceProgram() []instruction {
	const access, major, minor, kind = 2, 3, 4, 5
	allow := []instruction{{code: opMove, immediate: 1}, {code: opExit}}
	program := []instruction{
		{code: opLoadWord, registers: access | 1<<4, offset: ctxAccess},
		{code: opLoadWord, registers: major | 1<<4, offset: ctxMajor},
		{code: opLoadWord, registers: minor | 1<<4, offset: ctxMinor},
		{code: opMoveRegister, registers: kind | access<<4},
		{code: opAnd, registers: kind, immediate: 0xffff},
		{code: opShiftRight, registers: access, immediate: 16},
		{code: opJumpUnequal, registers: access, offset: 2, immediate: accessMknod},
	}
	program = append(program, allow...)
	program = append(program, instruction{code: opJumpUnequal, registers: kind, immediate: kindChar})
	notChar := len(program) - 1
	for _, d := range allowedDevices {
		if d.minor == anyMinor {
			program = append(program, instruction{code: opJumpUnequal, registers: major, offset: 2, immediate: d.major})
		} else {
			program = append(program, instruction{code: opJumpUnequal, registers: major, offset: 3, immediate: d.major},
				instruction{code: opJumpUnequal, registers: minor, offset: 2, immediate: d.minor})
		}
		program = append(program, allow...)
	}
	program[notChar].offset = int16(len(program) - notChar - 1)
	return append(program, instruction{code: opMove, immediate: 0}, instruction{code: opExit})
}

// restrictDevices puts the program before all accesses from a cgroup.
func restrictDevices(cgroup int) error {
	program := deviceProgram()
	license := []byte("Apache-2.0\x00")
	var pin runtime.Pinner // the kernel gets their addresses as numbers
	pin.Pin(&program[0])
	pin.Pin(&license[0])
	defer pin.Unpin()
	load := struct {
		kind, count           uint32
		instructions, license uint64
		logLevel, logSize     uint32
		log                   uint64
		kernelVersion, flags  uint32
	}{
		kind: unix.BPF_PROG_TYPE_CGROUP_DEVICE, count: uint32(len(program)),
		instructions: uint64(uintptr(unsafe.Pointer(&program[0]))), license: uint64(uintptr(unsafe.Pointer(&license[0]))),
	}
	fd, _, errno := unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_LOAD, uintptr(unsafe.Pointer(&load)), unsafe.Sizeof(load))
	if errno != 0 {
		return fmt.Errorf("load the device program: %w", errno)
	}
	defer unix.Close(int(fd))
	attach := struct{ target, program, kind, flags uint32 }{
		uint32(cgroup), uint32(fd), unix.BPF_CGROUP_DEVICE, 0,
	}
	_, _, errno = unix.Syscall(unix.SYS_BPF, unix.BPF_PROG_ATTACH, uintptr(unsafe.Pointer(&attach)), unsafe.Sizeof(attach))
	if errno != 0 {
		return fmt.Errorf("attach the device program: %w", errno)
	}
	return nil
}
