package registry

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/images"
	"github.com/vic-operator/vic-operator/lab/pki"
)

// Config says where a registry serves, on loopback, and what. Where a port is 0
// it chooses one.
type Config struct {
	Dir         string // for pushed blobs, the authority's certificate and key
	Set         *images.Set
	Port        int // HTTP
	TLSPort     int
	ControlPort int
}

// CACert is the file with the authority of the TLS port's good certificate.
func CACert(dir string) string { return filepath.Join(dir, "ca.crt") }

// Server is a registry with its orders.
type Server struct {
	Handler      http.Handler // HTTP and HTTPS
	Control      http.Handler
	certificates *certificates
}

// New prepares a registry; nothing listens yet.
func New(dir string, set *images.Set) (*Server, error) {
	pushed := filepath.Join(dir, "pushed")
	// Manifests are kept in memory, so blobs of an earlier run are garbage.
	if err := os.RemoveAll(pushed); err != nil {
		return nil, err
	}
	stocked, err := newStocked(set, pushed)
	if err != nil {
		return nil, err
	}
	ca, err := pki.Open(CACert(dir), filepath.Join(dir, "ca.key"), "lab-registry-ca")
	if err != nil {
		return nil, err
	}
	certificates, err := newCertificates(ca)
	if err != nil {
		return nil, err
	}
	faults, logins, recorder := &faults{}, &logins{}, &recorder{counts: map[string]int{}}
	return &Server{
		Handler:      recorder.wrap(faults.wrap(logins.wrap(jsonErrors(stocked)))),
		Control:      orders(faults, logins, recorder, certificates),
		certificates: certificates,
	}, nil
}

// orders is the registry's part of the control API.
func orders(faults *faults, logins *logins, recorder *recorder, certificates *certificates) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /registry/faults", control.Handle(func(context.Context, control.None) (any, error) {
		return map[string]any{"faults": faults.list()}, nil
	}))
	mux.Handle("POST /registry/faults", control.Handle(func(_ context.Context, fault Fault) (any, error) {
		return nil, faults.add(fault)
	}))
	mux.Handle("DELETE /registry/faults", control.Handle(func(context.Context, control.None) (any, error) {
		faults.clear()
		return nil, errors.Join(logins.demand(Login{}), certificates.show("valid"))
	}))
	mux.Handle("POST /registry/login", control.Handle(func(_ context.Context, login Login) (any, error) {
		return nil, logins.demand(login)
	}))
	mux.Handle("POST /registry/certificate", control.Handle(func(_ context.Context, order struct {
		Certificate string `json:"certificate"`
	}) (any, error) {
		return nil, certificates.show(order.Certificate)
	}))
	mux.Handle("GET /registry/requests", control.Handle(func(context.Context, control.None) (any, error) {
		return map[string]any{"requests": recorder.requests()}, nil
	}))
	mux.Handle("POST /registry/requests/reset", control.Handle(func(context.Context, control.None) (any, error) {
		recorder.reset()
		return nil, nil
	}))
	return mux
}

// Addresses are host and port of what a registry serves.
type Addresses struct {
	HTTP    string `json:"http"`
	HTTPS   string `json:"https"`
	Control string `json:"control"`
}

// Run serves until ctx ends, and says where as soon as it does.
func Run(ctx context.Context, config Config, serving func(Addresses)) error {
	server, err := New(config.Dir, config.Set)
	if err != nil {
		return err
	}
	var listeners []net.Listener
	for _, port := range []int{config.Port, config.TLSPort, config.ControlPort} {
		listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
		if err != nil {
			return err
		}
		defer listener.Close() // and its streams end with the process
		listeners = append(listeners, listener)
	}
	plain, secure, orders := listeners[0], listeners[1], listeners[2]
	secured := &http.Server{Handler: server.Handler, TLSConfig: server.certificates.config()}
	failed := make(chan error, len(listeners))
	go func() { failed <- http.Serve(plain, server.Handler) }()
	go func() { failed <- secured.ServeTLS(secure, "", "") }()
	go func() { failed <- http.Serve(orders, server.Control) }()
	serving(Addresses{plain.Addr().String(), secure.Addr().String(), orders.Addr().String()})
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}
