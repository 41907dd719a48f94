package roles

import (
	"context"
	"log"
	"time"

	"github.com/vic-operator/vic-operator/guest/link"
	"github.com/vic-operator/vic-operator/guest/report"
)

// work serves a console until the VM is asked to end.
func (g *guest) work() error {
	hostKey, public, err := link.NewHostKey()
	if err != nil {
		return fail(g.store, reasonGuestFailed, err)
	}
	server, err := link.NewServer(hostKey, g.config.Link.AuthorizedKey, map[string]link.Command{
		"ping":   link.Ping(g.config.ID),
		"unpack": link.Unpack,
	})
	if err != nil {
		return fail(g.store, reasonConfigInvalid, err)
	}
	if err := g.connect(); err != nil {
		return err
	}
	err = g.store.Update(func(r *report.Report) {
		r.State, r.Addresses, r.HostKey = report.Running, g.network.Addresses, public
		r.MACs, r.StartedAt = g.network.MACs, report.Timestamp(time.Now())
	})
	if err != nil {
		log.Printf("report: %v", err)
	}
	go server.Keep(context.Background(), g.config.Link.Address, g.config.ID)
	<-g.ending.asked
	return g.store.Update(func(r *report.Report) {
		r.State, r.FinishedAt = report.Exited, report.Timestamp(time.Now())
	})
}
