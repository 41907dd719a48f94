package link

import (
	"context"
	"encoding/json"
	"io"
)

// Ping answers who is there. Version is that of the protocol.
func Ping(id string) Command {
	return func(_ context.Context, _ io.Reader, out io.Writer) error {
		return json.NewEncoder(out).Encode(struct {
			ID      string `json:"id"`
			Version string `json:"version"`
		}{id, "1"})
	}
}
