// Command tether is the one program of a guest: process 1 of every VM, the agent that process 1 watches over,
// and the child that becomes a container's process.
package main

import (
	"log"
	"os"
	"runtime/debug"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/boot"
	"github.com/vic-operator/vic-operator/guest/process"
	"github.com/vic-operator/vic-operator/guest/roles"
)

const agentArg = "agent"

func main() {
	log.SetFlags(log.Lmicroseconds)
	log.SetPrefix("tether: ")
	arg := ""
	if len(os.Args) > 1 {
		arg = os.Args[1]
	}
	switch {
	case arg == process.ChildArg:
		process.Child()
	case arg == agentArg:
		agent()
	case os.Getpid() == 1:
		boot.Init([]string{"/proc/self/exe", agentArg}, roles.Crashed)
	default:
		log.Fatal("this is process 1 of a vic-operator VM; it does nothing elsewhere")
	}
}

// memoryShare is how much of the VM's memory the agent keeps its heap within; the kernel can't free any by killing it.
const memoryShare = 0.5

func agent() {
	var machine unix.Sysinfo_t
	if err := unix.Sysinfo(&machine); err == nil {
		debug.SetMemoryLimit(int64(memoryShare * float64(machine.Totalram*uint64(machine.Unit))))
	}
	ending, err := roles.Run()
	if err != nil && !roles.Reported(err) {
		log.Fatal(err)
	}
	os.Exit(int(ending))
}
