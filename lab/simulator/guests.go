package simulator

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/vmware/govmomi/object"
	"github.com/vmware/govmomi/view"
	"github.com/vmware/govmomi/vim25"
	"github.com/vmware/govmomi/vim25/mo"
	"github.com/vmware/govmomi/vim25/types"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// lookEvery is how often the guests' keeper looks which machines are on.
const lookEvery = 100 * time.Millisecond

// guests run what the simulator calls powered on. They are a client of it like
// any other: whatever it is told of them, an ESXi host or a guest's tools would
// tell a vCenter.
type guests struct {
	client *vim25.Client
	stores string
	offs   *powerOffs
	driver guest.Driver
	log    *slog.Logger
	ctx    context.Context
	cancel context.CancelFunc
	ended  sync.WaitGroup

	mu      sync.Mutex
	running map[string]*runningGuest // by reference
}

// runningGuest is one since its power-on.
type runningGuest struct {
	vm *object.VirtualMachine
	// lasting are the keys that its machine's configuration had at power-on. Those
	// that a guest sets first stay with the machine's process, and go with it.
	lasting map[string]bool
}

// startGuests follows the simulator's machines. stores holds the datastores'
// directories by name.
func startGuests(ctx context.Context, client *vim25.Client, stores string, offs *powerOffs, driver guest.Driver, log *slog.Logger) (*guests, error) {
	ctx, cancel := context.WithCancel(ctx)
	all, err := view.NewManager(client).CreateContainerView(ctx, client.ServiceContent.RootFolder, []string{"VirtualMachine"}, true)
	if err != nil {
		cancel()
		return nil, err
	}
	g := &guests{client: client, stores: stores, offs: offs, driver: driver, log: log, ctx: ctx, cancel: cancel, running: map[string]*runningGuest{}}
	g.ended.Go(func() { g.keep(all) })
	return g, nil
}

func (g *guests) close() {
	g.cancel()
	g.ended.Wait()
	_ = g.driver.Close()
}

// keep looks again and again which machines are on.
func (g *guests) keep(all *view.ContainerView) {
	for {
		wentOff := g.offs.take()
		g.end(func(id string) bool { return wentOff[id] })
		var vms []mo.VirtualMachine
		if err := all.Retrieve(g.ctx, []string{"VirtualMachine"}, []string{"name", "runtime.powerState"}, &vms); err != nil {
			g.complain("looking for machines", err)
		} else {
			g.follow(vms)
		}
		select {
		case <-g.ctx.Done():
			return
		case <-time.After(lookEvery):
		}
	}
}

// follow starts the guests of machines that came on, and ends those of machines
// that went off or away.
func (g *guests) follow(vms []mo.VirtualMachine) {
	on := map[string]bool{}
	for _, vm := range vms {
		if vm.Runtime.PowerState != types.VirtualMachinePowerStatePoweredOn {
			continue
		}
		on[vm.Self.Value] = true
		if g.find(vm.Self.Value) != nil {
			continue
		}
		if err := g.boot(vm.Self); err != nil {
			g.complain("booting "+vm.Name, err)
		}
	}
	g.end(func(id string) bool { return !on[id] })
}

// end ends the guests of machines that went off.
func (g *guests) end(wentOff func(id string) bool) {
	g.mu.Lock()
	var off []string
	for id := range g.running {
		if wentOff(id) {
			off = append(off, id)
			delete(g.running, id)
		}
	}
	g.mu.Unlock()
	for _, id := range off {
		_ = g.driver.PowerOff(g.ctx, id)
	}
}

// boot runs a machine by its configuration.
func (g *guests) boot(ref types.ManagedObjectReference) error {
	vm := object.NewVirtualMachine(g.client, ref)
	var props mo.VirtualMachine
	if err := vm.Properties(g.ctx, ref, []string{"name", "config"}, &props); err != nil {
		return err
	}
	machine := guest.Machine{ID: ref.Value, Name: props.Name, GuestInfo: map[string]string{}}
	lasting := map[string]bool{}
	for _, option := range props.Config.ExtraConfig {
		value := option.GetOptionValue()
		if text, ok := value.Value.(string); ok && strings.HasPrefix(value.Key, "guestinfo.") {
			machine.GuestInfo[value.Key], lasting[value.Key] = text, true
		}
	}
	var err error
	if machine.Serials, err = g.serials(props.Config.Hardware.Device); err != nil {
		return err
	}
	g.mu.Lock()
	g.running[ref.Value] = &runningGuest{vm, lasting}
	g.mu.Unlock()
	return g.driver.PowerOn(g.ctx, machine, (*events)(g))
}

// serials are the ports that lead to files, which are there from power-on on.
func (g *guests) serials(devices object.VirtualDeviceList) (list []guest.Serial, err error) {
	for index, device := range devices.SelectByType((*types.VirtualSerialPort)(nil)) {
		backing, ok := device.GetVirtualDevice().Backing.(*types.VirtualSerialPortFileBackingInfo)
		if !ok {
			continue
		}
		var name object.DatastorePath
		name.FromString(backing.FileName)
		file := filepath.Join(g.stores, name.Datastore, filepath.FromSlash(name.Path))
		made, err := os.OpenFile(file, os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return nil, err
		}
		_ = made.Close()
		list = append(list, guest.Serial{Index: index, Kind: guest.SerialFile, Path: file, Append: true})
	}
	return list, nil
}

func (g *guests) find(id string) *runningGuest {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.running[id]
}

func (g *guests) complain(doing string, err error) {
	if g.ctx.Err() == nil {
		g.log.Warn(doing, "error", err)
	}
}
