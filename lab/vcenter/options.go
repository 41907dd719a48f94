package vcenter

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"github.com/vic-operator/vic-operator/lab/control"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
	"github.com/vic-operator/vic-operator/lab/vcenter/ops"
)

// World says what a new vCenter's inventory holds.
type World = ops.World

// Account is a user who may do what it is granted, and nothing else.
type Account = ops.Account

// DefaultWorld is one cluster with two hosts and two datastores.
func DefaultWorld() World { return ops.DefaultWorld() }

// ProfileWorld gives the world of a shape of vSphere by its name, as docs/lab.md
// lists them; "" is the default.
func ProfileWorld(name string) (World, error) {
	world, ok := ops.ProfileWorld(name)
	if !ok {
		return World{}, fmt.Errorf("no profile %q: there are %s", name, strings.Join(ops.Profiles(), ", "))
	}
	return world, nil
}

// Options say how a vCenter is made.
type Options struct {
	// DataDir holds all that is kept: datastores/<name>/, the inventory, the
	// certificate. A vCenter made anew on it goes on where the last one was.
	DataDir string
	Driver  guest.Driver
	Disks   guest.DiskStore
	// Users are the administrators' logins: name → password.
	Users map[string]string
	// Accounts are other users of a new inventory, who may do what they are
	// granted.
	Accounts []Account
	// World is used where DataDir holds no inventory yet; its zero value means
	// DefaultWorld.
	World  World
	Assume control.Assumptions
	Log    *slog.Logger
}

func (o *Options) check() error {
	switch {
	case o.DataDir == "":
		return errors.New("vcenter: DataDir is missing")
	case o.Driver == nil:
		return errors.New("vcenter: Driver is missing")
	case o.Disks == nil:
		return errors.New("vcenter: Disks is missing")
	case len(o.Users) == 0:
		return errors.New("vcenter: Users is empty: nobody could log in")
	}
	if len(o.World.Datacenters) == 0 {
		o.World = DefaultWorld()
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	return nil
}
