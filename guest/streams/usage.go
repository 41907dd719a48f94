package streams

import (
	"context"
	"time"

	"github.com/vic-operator/vic-operator/guest/link"
)

// figuresInterval is that of Docker's stats.
const figuresInterval = time.Second

func (c *Container) top(ctx context.Context, s *link.Session) uint32 {
	if _, ok := c.parameters(ctx, s, &nothing{}); !ok {
		return link.StatusFailed
	}
	processes, err := c.config.Usage.Processes()
	if err != nil {
		return s.Refuse(reasonNotRunning, err.Error())
	}
	if s.Answer(map[string]any{"processes": processes}) != nil {
		return link.StatusFailed
	}
	return link.StatusDone
}

func (c *Container) stats(ctx context.Context, s *link.Session) uint32 {
	var asked struct {
		Stream bool `json:"stream"`
	}
	p, ok := c.parameters(ctx, s, &asked)
	if !ok {
		return link.StatusFailed
	}
	tick := time.NewTicker(figuresInterval)
	defer tick.Stop()
	for {
		figures, err := c.config.Usage.Figures()
		if err != nil {
			return s.Refuse(reasonNotRunning, err.Error())
		}
		if s.Answer(figures) != nil {
			return link.StatusFailed
		}
		if !asked.Stream {
			return link.StatusDone
		}
		select {
		case <-tick.C:
		case <-p.Ended():
			return link.StatusDone
		case <-ctx.Done():
			return link.StatusFailed
		}
	}
}
