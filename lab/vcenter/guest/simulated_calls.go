package guest

import (
	"context"
	"encoding/json"
	"fmt"
)

func (d *Simulated) find(id string) *simulated {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.guests[id]
}

// PowerOff implements Driver.
func (d *Simulated) PowerOff(_ context.Context, id string) error {
	g := d.find(id)
	if g == nil {
		return nil
	}
	g.cancel()
	<-g.done
	return nil
}

// Reset implements Driver.
func (d *Simulated) Reset(_ context.Context, id string) error {
	g := d.find(id)
	if g == nil {
		return notRunning(id)
	}
	select {
	case g.reset <- struct{}{}:
	default:
	}
	return nil
}

// RebootGuest implements Driver: a polite stop, and another boot.
func (d *Simulated) RebootGuest(ctx context.Context, id string) error {
	if g := d.find(id); g != nil {
		g.reboots.Store(true)
	}
	return d.ShutdownGuest(ctx, id)
}

// ShutdownGuest implements Driver.
func (d *Simulated) ShutdownGuest(_ context.Context, id string) error {
	g := d.find(id)
	if g == nil {
		return notRunning(id)
	}
	select {
	case g.halt <- 143:
	default:
	}
	return nil
}

func notRunning(id string) error { return fmt.Errorf("%s doesn't run", id) }

func (d *Simulated) mustRun(id string) error {
	if d.find(id) == nil {
		return notRunning(id)
	}
	return nil
}

// Suspend implements Driver; a simulated guest's time goes on.
func (d *Simulated) Suspend(_ context.Context, id string) error { return d.mustRun(id) }

// Resume implements Driver. The guest's tools speak up again.
func (d *Simulated) Resume(_ context.Context, id string) error {
	g := d.find(id)
	if g == nil {
		return notRunning(id)
	}
	var c Config
	if err := json.Unmarshal([]byte(d.get(g, configKey)), &c); err == nil {
		g.events.Guest(id, g.state(c))
	}
	return nil
}

// AttachDisk implements Driver.
func (d *Simulated) AttachDisk(_ context.Context, id string, _ Disk) error { return d.mustRun(id) }

// DetachDisk implements Driver.
func (d *Simulated) DetachDisk(_ context.Context, id string, _ Disk) error { return d.mustRun(id) }

// SetNIC implements Driver.
func (d *Simulated) SetNIC(_ context.Context, id string, _ NIC) error { return d.mustRun(id) }

// Migrate implements Driver.
func (d *Simulated) Migrate(_ context.Context, id string) error { return d.mustRun(id) }

// SwitchFiles implements FileSwitcher.
func (d *Simulated) SwitchFiles(_ context.Context, m Machine) error {
	d.mu.Lock()
	defer d.mu.Unlock()
	g := d.guests[m.ID]
	if g == nil {
		return notRunning(m.ID)
	}
	g.machine.Serials, g.machine.Disks, g.machine.Dir = m.Serials, m.Disks, m.Dir
	return nil
}

// GuestInfo implements Driver.
func (d *Simulated) GuestInfo(_ context.Context, id, key, value string) error {
	g := d.find(id)
	if g == nil {
		return notRunning(id)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	if value == "" {
		delete(g.info, key)
	} else {
		g.info[key] = value
	}
	return nil
}

// Running implements Driver.
func (d *Simulated) Running() (list []Process) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for id := range d.guests {
		list = append(list, Process{ID: id})
	}
	return list
}

// Close implements Driver.
func (d *Simulated) Close() error {
	for _, p := range d.Running() {
		_ = d.PowerOff(context.Background(), p.ID)
	}
	return nil
}
