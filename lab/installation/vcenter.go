package installation

import (
	"context"
	_ "embed"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"time"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/hypervisor"
	"github.com/vic-operator/vic-operator/lab/hypervisor/lan"
	"github.com/vic-operator/vic-operator/lab/vcenter"
	"github.com/vic-operator/vic-operator/lab/vcenter/authorization"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vmdk"
)

// VCenterConfig is what the vcenter process is told.
type VCenterConfig struct {
	Dir         string // the lab's
	Guests      string // "qemu" or "simulated"
	Network     string // the port group behind which this host stands
	Subnet      string // of that network
	ConsolePort int    // the only one of this host's ports that guests reach
	Port        int    // HTTPS
	ControlPort int
	Assume      []string // names of assumptions to switch on
	Profile     string   // of a new inventory
}

// grants are the roles that docs/privileges.md tells people to give the account
// of the product; `npm run generate` writes them.
//
//go:embed grants.gen.json
var grants []byte

func productGrants() (list []authorization.Grant) {
	if err := json.Unmarshal(grants, &list); err != nil {
		panic(err) // it is part of the program
	}
	return list
}

// simulatedBoot is how long a simulated guest takes to start its process.
const simulatedBoot = 100 * time.Millisecond

// RunVCenter serves a vCenter until ctx ends, and then ends its virtual
// machines.
func RunVCenter(ctx context.Context, c VCenterConfig) error {
	log := slog.New(slog.NewTextHandler(os.Stderr, nil))
	assume, err := control.ParseAssumptions(c.Assume)
	if err != nil {
		return err
	}
	world, err := vcenter.ProfileWorld(c.Profile)
	if err != nil {
		return err
	}
	data := filepath.Join(c.Dir, "vcenter")
	driver, err := newDriver(c, data, log)
	if err != nil {
		return err
	}
	model, err := vcenter.New(vcenter.Options{
		DataDir:  data,
		Driver:   driver,
		Disks:    vmdk.Store{},
		Users:    map[string]string{Username: Password},
		Accounts: []vcenter.Account{{Username: ProductUsername, Password: ProductPassword, Grants: productGrants()}},
		Assume:   assume,
		World:    world,
		Log:      log,
	})
	if err != nil {
		driver.Close()
		return err
	}
	defer model.Close()
	api, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", c.Port))
	if err != nil {
		return err
	}
	orders, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", c.ControlPort))
	if err != nil {
		return err
	}
	failed := make(chan error, 2)
	go func() { failed <- model.Serve(api) }()
	go func() { failed <- http.Serve(orders, control.ForVCenter(model)) }()
	select {
	case <-ctx.Done():
		return nil
	case err := <-failed:
		return err
	}
}

func newDriver(c VCenterConfig, data string, log *slog.Logger) (guest.Driver, error) {
	if c.Guests == "simulated" {
		return &guest.Simulated{BootDelay: simulatedBoot}, nil
	}
	subnet, err := netip.ParsePrefix(c.Subnet)
	if err != nil {
		return nil, err
	}
	return hypervisor.New(hypervisor.Options{
		CacheDir: filepath.Join(c.Dir, "cache", "kernels"),
		RunDir:   filepath.Join(c.Dir, "run", "vms"),
		Roots:    []string{filepath.Join(data, "datastores")},
		Networks: map[string]lan.Config{c.Network: {
			Subnet: subnet,
			Allow:  func(port uint16) bool { return int(port) == c.ConsolePort },
		}},
		Log: log,
	})
}
