package guest

import "strconv"

// markKey is where a guest notes the run that began last: it goes at power-off
// and stays at a reset, so that it tells the one from the other.
const markKey = "guestinfo.vic.mark"

func (d *Simulated) mark(g *simulated, run int) {
	d.mu.Lock()
	g.info[markKey] = strconv.Itoa(run)
	d.mu.Unlock()
	g.events.GuestInfo(g.machine.ID, markKey, strconv.Itoa(run))
}

// wasCutShort says whether this boot is a reset in the middle of a run.
func (d *Simulated) wasCutShort(g *simulated, former Report) bool {
	return former.Run > 0 && (former.State == "booting" || former.State == "running") && d.get(g, markKey) == strconv.Itoa(former.Run)
}

func (r Report) cutShort() Report {
	r.Reason, r.Message = "Reset", "The VM was reset while the process ran"
	return r
}
