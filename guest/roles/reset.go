package roles

import (
	"log"
	"time"

	"github.com/vic-operator/vic-operator/guest/logs"
	"github.com/vic-operator/vic-operator/guest/report"
)

// codeReset is the exit code of a process that ended with its machine: as if SIGKILL had ended it.
const codeReset = 128 + 9

// endCutShort tells the end of a run that a reset of the VM has cut short. Whether another follows isn't the guest's to
// decide, but its restart policy's.
func (g *guest) endCutShort() error {
	code := codeReset
	end := func(r *report.Report) {
		r.State, r.ExitCode, r.PID, r.Reason = report.Exited, &code, 0, reasonReset
		r.Message = "The VM was reset while the process ran: its kernel panicked, or somebody reset it"
		r.FinishedAt = report.Timestamp(time.Now())
	}
	last := g.store.LastLine(end)
	out, err := openLog(g.config.Log, logs.Options{Run: g.store.Run(), Taken: g.store.Former().LogBytes})
	if err == nil {
		err = out.log.Break()
	}
	if err != nil {
		log.Printf("log: %v", err)
		return g.store.Update(end)
	}
	out.end(last)
	return g.store.Update(func(r *report.Report) { r.LogBytes = out.log.Bytes() })
}
