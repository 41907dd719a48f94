package roles

import (
	"errors"
	"log"
	"time"

	"github.com/vic-operator/vic-operator/guest/process"
	"github.com/vic-operator/vic-operator/guest/report"
	"github.com/vic-operator/vic-operator/guest/tools"
)

// codeGuestFailed is the exit code of a container that never started, for no fault of its image.
const codeGuestFailed = 128

// errReported says that the run has failed and that the report tells so: an orderly end of the guest.
var errReported = errors.New("failed as reported")

// fail reports a run that failed. A *process.Failure knows reason and exit code better.
func fail(store *report.Store, reason string, cause error) error {
	log.Printf("%s: %v", reason, cause)
	code := codeGuestFailed
	var f *process.Failure
	if errors.As(cause, &f) {
		reason, code = f.Reason, f.ExitCode
	}
	err := store.Update(func(r *report.Report) {
		r.State, r.Reason, r.Message, r.ExitCode = report.Failed, reason, cause.Error(), &code
		r.FinishedAt = report.Timestamp(time.Now())
	})
	return errors.Join(errReported, err)
}

// Reported tells whether an error of Run is one that the report explains.
func Reported(err error) bool { return errors.Is(err, errReported) }

// Crashed reports an agent that died, in its stead.
func Crashed(lastWords string) {
	channels, err := tools.Open()
	if err == nil {
		store := report.Resume(channels.RPC())
		err = fail(store, reasonGuestFailed, errors.New("the guest's agent crashed: "+lastWords))
	}
	log.Printf("%v", err)
}
