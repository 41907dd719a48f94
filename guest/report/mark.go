package report

import (
	"fmt"
	"strconv"
	"strings"
)

// MarkKey is a guestinfo key that holds the number of the run that began last. It doesn't stand in the VM's
// configuration, so that the hypervisor forgets it at power-off, and keeps it at a reset (docs/vcenter-assumptions.md, V2 and
// V2b): it tells a reset from a power-on.
const MarkKey = "guestinfo.vic.mark"

func mark(rpc Requester, run int) error {
	_, err := rpc.Request(fmt.Appendf(nil, "info-set %s %d", MarkKey, run))
	return err
}

// isMarked tells whether a run began since the VM was powered on.
func isMarked(rpc Requester, run int) bool {
	data, err := rpc.Request([]byte("info-get " + MarkKey))
	return err == nil && strings.TrimSpace(string(data)) == strconv.Itoa(run)
}
