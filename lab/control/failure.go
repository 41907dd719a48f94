package control

import (
	"context"
	"net/http"
)

// Failures are what befalls VMs.
type Failures interface {
	// FailVM takes a VM's run away, as the failure of its host does. id is its
	// reference or its name.
	FailVM(ctx context.Context, id string) error
}

func failureHandlers(mux *http.ServeMux, v Failures) {
	mux.HandleFunc("POST /vms/{id}/fail", withID(func(ctx context.Context, id string, _ None) (any, error) {
		return nil, v.FailVM(ctx, id)
	}))
}
