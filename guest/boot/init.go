package boot

import (
	"fmt"
	"os"
	"runtime"

	"golang.org/x/sys/unix"

	"github.com/vic-operator/vic-operator/guest/modules"
)

// oomProtected keeps the kernel from killing process 1 for memory (Linux: proc(5), oom_score_adj).
const oomProtected = "-1000"

// agentNice lets the agent go before whatever the container computes: what comes over a serial line is lost where nobody
// reads it in time.
const agentNice = -15

// Init makes the machine usable and runs the agent as its child until that ends; then the machine ends too.
// The agent being a child, its death is no kernel panic but something that can be reported: crashed is told
// the last words of an agent that ended in no way it should have.
func Init(agent []string, crashed func(lastWords string)) {
	how, err := run(agent, crashed)
	if err != nil {
		console("%v", err)
		crashed(err.Error())
	}
	if err := end(how); err != nil {
		console("%v", err)
	}
}

func run(agent []string, crashed func(string)) (Ending, error) {
	if err := mountAll(); err != nil {
		return PowerOff, err
	}
	unix.Umask(0o022)
	runtime.LockOSThread() // a priority is a thread's, and the agent has that of the thread that starts it
	if err := unix.Setpriority(unix.PRIO_PROCESS, 0, agentNice); err != nil {
		return PowerOff, err
	}
	if err := os.WriteFile("/proc/self/oom_score_adj", []byte(oomProtected), 0); err != nil {
		return PowerOff, err
	}
	if err := loadDrivers(); err != nil {
		return PowerOff, err
	}
	status, lastWords, err := supervise(agent)
	if err != nil {
		return PowerOff, err
	}
	how, orderly := endingOf(status)
	if !orderly {
		crashed(lastWords)
	}
	return how, nil
}

// endingOf reads from the agent's end how it wants the machine to end; any other end was a crash.
func endingOf(status unix.WaitStatus) (how Ending, orderly bool) {
	if status.Exited() && (status.ExitStatus() == int(PowerOff) || status.ExitStatus() == int(Restart)) {
		return Ending(status.ExitStatus()), true
	}
	return PowerOff, false
}

func loadDrivers() error {
	index, err := modules.OpenIndex(ModulesDir)
	if err != nil {
		return err
	}
	return modules.NewLoader(index).Coldplug()
}

// console writes where a person with the debug line sees it.
func console(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "tether: "+format+"\n", args...)
}
