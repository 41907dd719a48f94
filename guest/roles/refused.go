package roles

import (
	"errors"
	"log"

	"github.com/vic-operator/vic-operator/guest/config"
	"github.com/vic-operator/vic-operator/guest/logs"
	"github.com/vic-operator/vic-operator/guest/report"
)

// tellRefused ends a run that nobody would learn of before it has begun. A report without a word may still have room; the
// log's last line has it in any case.
func tellRefused(store *report.Store, c *config.Log, refused error) error {
	err := errors.Join(refused, fail(store, reasonReportRefused, errors.New("")))
	out, failed := openLog(c, logs.Options{Run: store.Run(), Taken: store.Former().LogBytes})
	if failed == nil {
		failed = out.begin(store.Former())
	}
	if failed != nil {
		log.Printf("log: %v", failed)
		return err
	}
	out.end(store.LastLine(func(*report.Report) {}))
	return err
}
