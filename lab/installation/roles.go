package installation

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/vic-operator/vic-operator/lab/supervisor"
)

// guestNetwork is the port group behind which the host stands; its gateway
// leads guests to this machine's loopback, on the console's port alone.
const (
	guestNetwork = "VM Network"
	guestSubnet  = "10.118.0.0/24"
	guestGateway = "10.118.0.1"
)

// productNamespace is where the installation is.
const productNamespace = "vic-system"

func loopback(port string) string { return "127.0.0.1:" + port }

func (l *lab) port(name string) string { return fmt.Sprint(l.ports[name]) }

func (l *lab) startRegistry(ctx context.Context) error {
	return l.startRole(ctx, supervisor.Process{
		Role: "registry",
		Args: []string{l.self, "registry", "--dir", l.registry(), "--images", l.images(),
			"--port", l.port("registry"), "--tls-port", l.port("registry-tls"), "--control-port", l.port("registry-control")},
		Ready: all(listening(l.ports["registry"]), listening(l.ports["registry-tls"]), listening(l.ports["registry-control"])),
	})
}

func (l *lab) startVCenter(ctx context.Context) error {
	args := []string{l.self, "vcenter", "--dir", l.dir(), "--port", l.port("vcenter"), "--control-port", l.port("vcenter-control"),
		"--guests", l.Guests, "--network", guestNetwork, "--subnet", guestSubnet, "--console-port", l.port("console"),
		"--assume", strings.Join(l.Assume, ","), "--profile", l.Profile}
	if l.VCenter == stockSimulator {
		args = []string{l.self, "simulator", "--dir", l.dir(), "--port", l.port("vcenter"), "--control-port", l.port("vcenter-control")}
	}
	return l.startRole(ctx, supervisor.Process{
		Role:  "vcenter",
		Args:  args,
		Ready: all(listening(l.ports["vcenter"]), listening(l.ports["vcenter-control"])),
	})
}

// startProduct runs the product's processes as a cluster would: each with its
// own, limited identity.
func (l *lab) startProduct(ctx context.Context) error {
	if _, err := os.Stat(l.guestISO()); err != nil {
		return fmt.Errorf("the guests' ISO is missing (npm run guest makes it): %w", err)
	}
	consoles, serial, api, err := l.consoles()
	if err != nil {
		return err
	}
	// ESXi hosts, which dial proxies, are processes of this machine.
	operator := l.vic("operator", "--guest-iso", l.guestISO(), "--console-address", guestGateway+":"+l.port("console"),
		"--serial-address", serial, "--gateway-address", loopback(l.port("docker")),
		"--namespace", productNamespace, "--lease-identity", "lab")
	gateway := l.vic("gateway", "--docker-listen", loopback(l.port("docker")), "--docker-address", "127.0.0.1",
		"--console", api, "--namespace", productNamespace, "--lease-identity", "lab")
	for _, p := range append(consoles, operator, gateway) {
		if err := l.startRole(ctx, p); err != nil {
			return err
		}
	}
	return nil
}

// vic is one role of the product. It is ready when it says so itself.
func (l *lab) vic(role string, flags ...string) supervisor.Process {
	return l.vicNamed(role, role, flags...)
}

// vicNamed is the same under a name of its own, where there are several.
func (l *lab) vicNamed(name, role string, flags ...string) supervisor.Process {
	metrics := l.ports[name+"-metrics"]
	args := append(l.program(), role, "--metrics-listen", fmt.Sprintf("127.0.0.1:%d", metrics))
	return supervisor.Process{
		Role: name,
		Args: append(args, flags...),
		Env: []string{"KUBECONFIG=" + l.controlPlane().KubeconfigOf("vic-"+role),
			// Types are stripped once, not at every start: that takes a second, and 30 MB for as long as the process runs.
			"NODE_COMPILE_CACHE=" + filepath.Join(l.dir(), "cache", "node"),
			// As in the image: glibc would keep eight arenas per core, and their holes.
			"MALLOC_ARENA_MAX=2"},
		Dir:   l.Root,
		Ready: ok(fmt.Sprintf("http://127.0.0.1:%d/readyz", metrics)),
	}
}

// program is how vic is started.
func (o Options) program() []string {
	return []string{o.source("node_modules", ".bin", "node"), "--max-semi-space-size=4", o.source("src", "main.ts")}
}

// all is ready when each is.
func all(checks ...func(context.Context) error) func(context.Context) error {
	return func(ctx context.Context) error {
		for _, check := range checks {
			if err := check(ctx); err != nil {
				return err
			}
		}
		return nil
	}
}

// ok waits until url answers 200.
func ok(url string) func(context.Context) error {
	return func(ctx context.Context) error {
		last := "no answer"
		for {
			request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
			if err != nil {
				return err
			}
			if answer, err := http.DefaultClient.Do(request); err == nil {
				answer.Body.Close()
				if answer.StatusCode == http.StatusOK {
					return nil
				}
				last = answer.Status
			}
			select {
			case <-ctx.Done():
				return fmt.Errorf("%s: %s: %w", url, last, ctx.Err())
			case <-time.After(100 * time.Millisecond):
			}
		}
	}
}
