package control

import (
	"context"
	"net/http"
)

// Datastores is what the control API needs of the lab's datastores.
type Datastores interface {
	// SetAccessible makes a datastore one that no host reaches, or brings it
	// back.
	SetAccessible(name string, accessible bool) error
}

func datastoreHandlers(mux *http.ServeMux, d Datastores) {
	mux.HandleFunc("POST /datastores/{name}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("name")
		Handle(func(_ context.Context, order struct {
			Accessible *bool `json:"accessible"`
		}) (any, error) {
			if order.Accessible == nil {
				return nil, Refuse("accessible: true or false")
			}
			return nil, d.SetAccessible(name, *order.Accessible)
		})(w, r)
	})
}
