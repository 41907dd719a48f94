// Command tether is the one program of a guest: process 1 of every VM, the agent that process 1 watches over,
// and the child that becomes a container's process.
package main

import (
	"log"
	"os"

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

func agent() {
	ending, err := roles.Run()
	if err != nil && !roles.Reported(err) {
		log.Fatal(err)
	}
	os.Exit(int(ending))
}
