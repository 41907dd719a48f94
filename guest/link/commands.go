package link

import (
	"context"
	"log"
)

// Ping answers who is there. Version is that of the protocol.
func Ping(id string) Command {
	return func(_ context.Context, s *Session) uint32 {
		err := s.Answer(struct {
			ID      string `json:"id"`
			Version string `json:"version"`
		}{id, "1"})
		if err != nil {
			log.Printf("ping: %v", err)
			return StatusFailed
		}
		return StatusDone
	}
}
