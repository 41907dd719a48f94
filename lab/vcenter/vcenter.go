// Package vcenter is the lab's model of a vCenter: the SOAP API on /sdk and
// datastore files on /folder, over an inventory whose virtual machines a
// guest.Driver really runs.
//
// It is strict where a vCenter is strict; docs/vcenter-assumptions.md says what
// is believed and not known. lab/vcenter/wire reads and writes messages,
// inventory holds the objects, property follows them, ops does the methods.
package vcenter

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/datastore"
	"github.com/vic-operator/vic-operator/lab/vcenter/inventory"
	"github.com/vic-operator/vic-operator/lab/vcenter/ops"
	"github.com/vic-operator/vic-operator/lab/vcenter/rpc"
)

// VCenter is a running model.
type VCenter struct {
	options Options
	inv     *inventory.Inventory
	service *ops.Service
	server  *rpc.Server
	handler http.Handler
	cert    tls.Certificate
	journal *inventory.Journal
	cancel  context.CancelFunc

	mu    sync.Mutex
	conns map[net.Conn]struct{}
	down  time.Time // refuses connections until then
	https []*http.Server
}

// New makes a vCenter of what DataDir holds, or of the world in o.
func New(o Options) (*VCenter, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	stores := filepath.Join(o.DataDir, "datastores")
	if err := os.MkdirAll(stores, 0o755); err != nil {
		return nil, err
	}
	cert, err := certificate(o.DataDir)
	if err != nil {
		return nil, fmt.Errorf("vcenter: certificate: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	inv := inventory.New()
	v := &VCenter{options: o, inv: inv, cert: cert, cancel: cancel, conns: map[net.Conn]struct{}{}}
	v.service = ops.New(ctx, inv, ops.Config{
		Root: stores, Driver: o.Driver, Disks: o.Disks, Users: o.Users, Accounts: o.Accounts, Log: o.Log, Assume: o.Assume,
	})
	if err := v.load(); err != nil {
		cancel()
		return nil, err
	}
	v.server = &rpc.Server{
		Mux: v.service.Mux, Inventory: inv, Sessions: v.service.Sessions,
		Counter: &rpc.Counter{}, Injector: &rpc.Injector{}, Authorize: v.service.Authorize, Assumed: v.service.Assumed, Log: o.Log,
	}
	v.handler = v.routes()
	return v, nil
}

// load restores the inventory, or builds it.
func (v *VCenter) load() error {
	journal, objects, nextID, err := inventory.OpenJournal(filepath.Join(v.options.DataDir, "inventory.jsonl"), v.options.Log)
	if err != nil {
		return fmt.Errorf("vcenter: inventory: %w", err)
	}
	v.journal = journal
	v.inv.Keep(journal)
	if len(objects) == 0 {
		return v.service.Build(v.options.World)
	}
	return v.service.Restore(objects, nextID)
}

func (v *VCenter) routes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("/sdk", v.server)
	mux.Handle("/sdk/", v.server)
	mux.HandleFunc("GET /sdk/vimServiceVersions.xml", serveVersions)
	mux.Handle("/folder", v.folder())
	mux.Handle("/folder/", v.folder())
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, "VMware vCenter Server "+ops.Version+" (vic-operator lab)")
	})
	return mux
}

// folder serves datastore files to whoever has a session or a password.
func (v *VCenter) folder() http.Handler {
	return &datastore.Folder{
		Resolve: v.service.ResolveFolder,
		Authenticate: func(r *http.Request) (string, bool) {
			if session := v.server.SessionOf(r); session != nil {
				return session.UserName, true
			}
			user, password, ok := r.BasicAuth()
			return user, ok && v.service.CheckPassword(user, password)
		},
		Authorize: v.service.AuthorizeFolder,
		Locked:    v.service.FileLocked,
		Assumed:   v.service.Assumed,
	}
}

// Handler serves the API without TLS of its own, for tests.
func (v *VCenter) Handler() http.Handler { return v.handler }

// Serve serves HTTPS on l until Close. It returns nil then.
func (v *VCenter) Serve(l net.Listener) error {
	server := &http.Server{
		Handler:           v.handler,
		ReadHeaderTimeout: 30 * time.Second,
		ConnState:         v.trackConn,
		ErrorLog:          nil,
	}
	v.mu.Lock()
	v.https = append(v.https, server)
	v.mu.Unlock()
	config := &tls.Config{Certificates: []tls.Certificate{v.cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	err := server.Serve(tls.NewListener(&gate{l, v}, config))
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (v *VCenter) trackConn(c net.Conn, state http.ConnState) {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch state {
	case http.StateNew:
		v.conns[c] = struct{}{}
	case http.StateClosed, http.StateHijacked:
		delete(v.conns, c)
	}
}

// gate closes connections that come while the vCenter is down.
type gate struct {
	net.Listener
	v *VCenter
}

func (g *gate) Accept() (net.Conn, error) {
	for {
		c, err := g.Listener.Accept()
		if err != nil {
			return nil, err
		}
		g.v.mu.Lock()
		down := time.Now().Before(g.v.down)
		g.v.mu.Unlock()
		if !down {
			return c, nil
		}
		_ = c.Close()
	}
}

// Close ends serving, sessions and guests, and writes what is left to write.
func (v *VCenter) Close() error {
	v.mu.Lock()
	servers := v.https
	v.mu.Unlock()
	for _, s := range servers {
		_ = s.Close()
	}
	v.service.Sessions.EndAll()
	err := v.options.Driver.Close()
	v.cancel()
	v.service.Tasks.Wait()
	return errors.Join(err, v.journal.Close())
}

// Inventory gives an object for a test to look at, or nil.
func (v *VCenter) Inventory(ref types.ManagedObjectReference) mo.Reference { return v.inv.Lookup(ref) }

func serveVersions(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/xml")
	fmt.Fprint(w, `<?xml version="1.0" encoding="UTF-8" ?>
<namespaces version="1.0"><namespace><name>urn:vim25</name><version>`+ops.APIVersion+`</version><priorVersions>`+
		`<version>8.0.2.0</version><version>8.0.1.0</version><version>8.0.0.1</version><version>7.0.3.0</version><version>7.0</version>`+
		`<version>6.7.3</version><version>6.7</version><version>6.5</version><version>6.0</version><version>5.5</version></priorVersions></namespace></namespaces>
`)
}
