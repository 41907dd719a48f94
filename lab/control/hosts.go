package control

import (
	"context"
	"net/http"
)

// Hosts is what the control API needs to cut vCenter off from hosts.
type Hosts interface {
	// ConnectHost changes how vCenter stands with a host, by moref or name:
	// connected, disconnected or notResponding. ErrNotFound where there is none.
	ConnectHost(id, state string) error
}

func hostHandlers(mux *http.ServeMux, hosts Hosts) {
	mux.HandleFunc("POST /hosts/{id}/connection", func(w http.ResponseWriter, r *http.Request) {
		id := r.PathValue("id")
		Handle(func(_ context.Context, order struct {
			State string `json:"state"`
		}) (any, error) {
			switch order.State {
			case "connected", "disconnected", "notResponding":
				return nil, hosts.ConnectHost(id, order.State)
			}
			return nil, Refuse("state: connected, disconnected or notResponding")
		})(w, r)
	})
}
