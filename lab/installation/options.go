package installation

import (
	"fmt"
	"path/filepath"
	"strings"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/controlplane"
	"github.com/vic-operator/vic-operator/lab/vcenter"
)

// Options are what `npm run lab` was asked for.
type Options struct {
	Root   string // the checkout
	Guests string // "qemu" or "simulated"
	Only   []string
	Assume []string // assumptions on vCenter to switch on
	// Profile is the shape of vSphere, "" the default one.
	Profile string
	// Consoles is how many of them share the work.
	Consoles int
	// VCenter is which one: "model" (lab/vcenter) or "simulator" (govmomi's).
	VCenter string
}

// Parts that --only can name. The product's own processes are the rest.
const (
	ControlPlane = "controlplane"
	VCenter      = "vcenter"
	Registry     = "registry"
)

// stockSimulator is the vCenter that is govmomi's own.
const stockSimulator = "simulator"

// maxConsoles are enough to tell one from many.
const maxConsoles = 2

// Check says what can't be.
func (o Options) Check() error {
	if o.Guests != "qemu" && o.Guests != "simulated" {
		return fmt.Errorf("--guests %q: it is qemu or simulated", o.Guests)
	}
	if _, err := control.ParseAssumptions(o.Assume); err != nil {
		return fmt.Errorf("--assume: %w", err)
	}
	if _, err := vcenter.ProfileWorld(o.Profile); err != nil {
		return fmt.Errorf("--profile: %w", err)
	}
	if err := o.checkVCenter(); err != nil {
		return err
	}
	if o.Consoles < 1 || o.Consoles > maxConsoles {
		return fmt.Errorf("--consoles %d: it is 1 or %d", o.Consoles, maxConsoles)
	}
	for _, part := range o.Only {
		if part != ControlPlane && part != VCenter && part != Registry {
			return fmt.Errorf("--only %q: it is a list of %s", part, strings.Join([]string{ControlPlane, VCenter, Registry}, ", "))
		}
	}
	return nil
}

// checkVCenter refuses what the stock simulator can't be asked for.
func (o Options) checkVCenter() error {
	switch {
	case o.VCenter == "model":
		return nil
	case o.VCenter != stockSimulator:
		return fmt.Errorf("--vcenter %q: it is model or %s", o.VCenter, stockSimulator)
	case !o.wants(VCenter):
		return fmt.Errorf("--vcenter %s: --only leaves the vCenter out", o.VCenter)
	case o.Guests != "simulated":
		return fmt.Errorf("--vcenter %s: it boots no machines; --guests is simulated with it", o.VCenter)
	case o.Profile != "":
		return fmt.Errorf("--vcenter %s: it has one shape; no --profile with it", o.VCenter)
	case len(o.Assume) > 0:
		return fmt.Errorf("--vcenter %s: it is as it is; no --assume with it", o.VCenter)
	}
	return nil
}

// shape names what the inventory of the lab's vCenter is like.
func (o Options) shape() string {
	switch {
	case o.VCenter == stockSimulator:
		return stockSimulator
	case o.Profile == "":
		return "default"
	}
	return o.Profile
}

// wants says whether a part of the surroundings is to run.
func (o Options) wants(part string) bool {
	if len(o.Only) == 0 {
		return true
	}
	for _, only := range o.Only {
		if only == part {
			return true
		}
	}
	return false
}

// product says whether vic's own processes and the sample are to run.
func (o Options) product() bool { return len(o.Only) == 0 }

// Dir is .lab/ of a checkout.
func Dir(root string) string { return filepath.Join(root, ".lab") }

func (o Options) dir() string                       { return Dir(o.Root) }
func (o Options) controlPlane() controlplane.Layout { return controlplane.Layout(o.dir()) }
func (o Options) images() string                    { return filepath.Join(o.dir(), "cache", "images") }
func (o Options) registry() string                  { return filepath.Join(o.dir(), "registry") }
func (o Options) guestISO() string                  { return filepath.Join(o.dir(), "guest", "vic.iso") }
func (o Options) source(elem ...string) string {
	return filepath.Join(append([]string{o.Root}, elem...)...)
}
