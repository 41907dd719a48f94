package control

import (
	"context"
	"crypto/rand"
	"errors"
	"net/http"
	"time"
)

// SerialLines is what the control API needs for VMs' serial ports that lead to
// a proxy. id is a VM's moref or name; index -1 the first of such ports.
type SerialLines interface {
	SerialLines(id string) ([]SerialLine, error)
	// CutSerialLine breaks the connection and keeps it from coming back for so long.
	CutSerialLine(id string, index int, d time.Duration) error
	// FeedSerialLine sends bytes as if the other end had.
	FeedSerialLine(id string, index int, toGuest bool, data []byte) error
	// MoveVM is a vMotion; it gives the name of the new host.
	MoveVM(ctx context.Context, id string) (host string, err error)
}

// SerialLine is a serial port that leads to a proxy.
type SerialLine struct {
	Index     int  `json:"index"`
	Connected bool `json:"connected"`
	Dials     int  `json:"dials"` // connections that were tried since power-on
}

// ErrNotFound is answered with 404.
var ErrNotFound = errors.New("not found")

// maxGarbage is how much POST /vms/{id}/serial/garbage makes up at once.
const maxGarbage = 64 << 20

// maxCut is how long a line may be cut for.
const maxCut = 10 * time.Minute

func serialHandlers(mux *http.ServeMux, v SerialLines) {
	mux.HandleFunc("GET /vms/{id}/serial", withID(func(_ context.Context, id string, _ None) (any, error) {
		lines, err := v.SerialLines(id)
		if lines == nil {
			lines = []SerialLine{}
		}
		return map[string]any{"lines": lines}, err
	}))
	mux.HandleFunc("POST /vms/{id}/serial/cut", withID(func(_ context.Context, id string, order struct {
		Index *int `json:"index"`
		ForMs int  `json:"forMs"`
	}) (any, error) {
		d := time.Duration(order.ForMs) * time.Millisecond
		if d < 0 || d > maxCut {
			return nil, Refuse("forMs: 0 to %d", maxCut.Milliseconds())
		}
		return nil, v.CutSerialLine(id, indexOf(order.Index), d)
	}))
	mux.HandleFunc("POST /vms/{id}/serial/garbage", withID(func(_ context.Context, id string, order struct {
		Index *int   `json:"index"`
		To    string `json:"to"`
		Data  []byte `json:"data"`
		Bytes int    `json:"bytes"`
	}) (any, error) {
		if order.To != "console" && order.To != "guest" {
			return nil, Refuse("to: console or guest")
		}
		if order.Bytes < 0 || order.Bytes > maxGarbage || (order.Bytes > 0) == (len(order.Data) > 0) {
			return nil, Refuse("either data (base64) or bytes (of noise, at most %d)", maxGarbage)
		}
		data := order.Data
		if order.Bytes > 0 {
			data = make([]byte, order.Bytes)
			_, _ = rand.Read(data)
		}
		return nil, v.FeedSerialLine(id, indexOf(order.Index), order.To == "guest", data)
	}))
	mux.HandleFunc("POST /vms/{id}/vmotion", withID(func(ctx context.Context, id string, _ None) (any, error) {
		host, err := v.MoveVM(ctx, id)
		return map[string]string{"host": host}, err
	}))
}

// indexOf is the port that is named, -1 for none.
func indexOf(index *int) int {
	if index == nil {
		return -1
	}
	return *index
}

// withID is Handle for a path with an id.
func withID[T any](serve func(ctx context.Context, id string, body T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		Handle(func(ctx context.Context, body T) (any, error) { return serve(ctx, r.PathValue("id"), body) })(w, r)
	}
}
