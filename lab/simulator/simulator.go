// Package simulator runs govmomi's own simulator of vCenter ("vcsim") as it
// comes, in place of lab/vcenter: somebody else's reading of the interface that
// the product speaks. docs/lab.md says how far it goes.
package simulator

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"log/slog"
	"net"
	"net/url"
	"os"
	"path/filepath"

	"github.com/vmware/govmomi"
	"github.com/vmware/govmomi/find"
	"github.com/vmware/govmomi/simulator"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/pki"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// Options of a simulator.
type Options struct {
	// Dir keeps the certificate. The inventory is kept nowhere: each start makes
	// the same new one.
	Dir    string
	Port   int // HTTPS, on loopback
	Driver guest.Driver
	Log    *slog.Logger
}

// Simulator is one that serves, with guests that stand in for those that a
// hypervisor would boot.
type Simulator struct {
	model  *simulator.Model
	server *simulator.Server
	client *govmomi.Client
	guests *guests
}

// clusterWithoutDRS is the one of the two in which VMs stand in folders: the
// simulator's views of vApps and pools don't show VMs that came later.
const clusterWithoutDRS = "DC0_C1"

// Start serves the stock inventory of a vCenter, without its virtual machines.
// Every account may log in, with any password.
func Start(ctx context.Context, o Options) (*Simulator, error) {
	cert, err := certificate(o.Dir)
	if err != nil {
		return nil, fmt.Errorf("certificate: %w", err)
	}
	model := simulator.VPX()
	model.Machine, model.Cluster, model.Portgroup = 0, 2, 2
	if err := model.Create(); err != nil {
		return nil, fmt.Errorf("inventory: %w", err)
	}
	model.Service.Listen = &url.URL{Host: fmt.Sprintf("127.0.0.1:%d", o.Port)}
	model.Service.TLS = &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"http/1.1"}}
	s := &Simulator{model: model, server: model.Service.NewServer()}
	stores := filepath.Join(o.Dir, "datastores")
	if s.client, err = govmomi.NewClient(ctx, s.server.URL, true); err == nil {
		err = turnOffDRS(ctx, s.client.Client, clusterWithoutDRS)
	}
	if err == nil {
		err = linkDatastore(ctx, s.client.Client, "LocalDS_0", stores)
	}
	if err == nil {
		offs := &powerOffs{}
		model.Map().AddHandler(offs)
		model.Map().AddHandler(&creations{})
		s.guests, err = startGuests(ctx, s.client.Client, stores, offs, o.Driver, o.Log)
	}
	if err != nil {
		s.Close()
		return nil, err
	}
	return s, nil
}

// Close ends serving and guests, and removes the datastores.
func (s *Simulator) Close() {
	if s.guests != nil {
		s.guests.close()
	}
	s.server.CloseClientConnections() // a wait for updates outlasts its client
	s.server.Close()
	s.model.Remove()
}

func turnOffDRS(ctx context.Context, client *vim25.Client, name string) error {
	cluster, err := find.NewFinder(client).ClusterComputeResource(ctx, "/DC0/host/"+name)
	if err != nil {
		return err
	}
	off := false
	task, err := cluster.Reconfigure(ctx, &types.ClusterConfigSpecEx{DrsConfig: &types.ClusterDrsConfigInfo{Enabled: &off}}, true)
	if err != nil {
		return err
	}
	return task.WaitEx(ctx)
}

// linkDatastore makes a datastore's directory, which is another one at each start,
// known by the datastore's name.
func linkDatastore(ctx context.Context, client *vim25.Client, name, dir string) error {
	store, err := find.NewFinder(client).Datastore(ctx, "/DC0/datastore/"+name)
	if err != nil {
		return err
	}
	var props mo.Datastore
	if err := store.Properties(ctx, store.Reference(), []string{"summary.url"}, &props); err != nil {
		return err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	link := filepath.Join(dir, name)
	_ = os.Remove(link)
	return os.Symlink(props.Summary.Url, link)
}

// certificate is the server's, the same at every start: clients know it by its
// thumbprint.
func certificate(dir string) (tls.Certificate, error) {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return tls.Certificate{}, err
	}
	certFile, keyFile := filepath.Join(dir, "simulator.crt"), filepath.Join(dir, "simulator.key")
	if pair, err := tls.LoadX509KeyPair(certFile, keyFile); err == nil {
		return pair, nil
	}
	authority, err := pki.New("vic-operator lab")
	if err != nil {
		return tls.Certificate{}, err
	}
	pair, err := authority.Issue(x509.Certificate{
		Subject:     pkix.Name{CommonName: "localhost"},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:    []string{"localhost"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
	})
	if err != nil {
		return tls.Certificate{}, err
	}
	return pair, pki.Write(certFile, keyFile, pair)
}
