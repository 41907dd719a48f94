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

// Config says where a registry serves, on loopback, and what.
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
	faults, recorder := &faults{}, &recorder{counts: map[string]int{}}
	return &Server{
		Handler:      recorder.wrap(faults.wrap(stocked)),
		Control:      orders(faults, recorder, certificates),
		certificates: certificates,
	}, nil
}

// orders is the registry's part of the control API.
func orders(faults *faults, recorder *recorder, certificates *certificates) http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /registry/faults", control.Handle(func(context.Context, control.None) (any, error) {
		return map[string]any{"faults": faults.list()}, nil
	}))
	mux.Handle("POST /registry/faults", control.Handle(func(_ context.Context, fault Fault) (any, error) {
		return nil, faults.add(fault)
	}))
	mux.Handle("DELETE /registry/faults", control.Handle(func(context.Context, control.None) (any, error) {
		faults.clear()
		return nil, certificates.show("valid")
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

// Run serves until ctx ends.
func Run(ctx context.Context, config Config) error {
	server, err := New(config.Dir, config.Set)
	if err != nil {
		return err
	}
	secure := &http.Server{Handler: server.Handler, TLSConfig: server.certificates.config()}
	serve := []func() error{
		func() error { return serveOn(config.Port, (&http.Server{Handler: server.Handler}).Serve) },
		func() error { return serveOn(config.ControlPort, (&http.Server{Handler: server.Control}).Serve) },
		func() error {
			return serveOn(config.TLSPort, func(l net.Listener) error { return secure.ServeTLS(l, "", "") })
		},
	}
	failed := make(chan error, len(serve))
	for _, run := range serve {
		go func() { failed <- run() }()
	}
	select {
	case <-ctx.Done():
		return nil // streams end with the process
	case err := <-failed:
		return err
	}
}

func serveOn(port int, serve func(net.Listener) error) error {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	if err := serve(listener); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}
