package hypervisor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/vic-operator/vic-operator/lab/hypervisor/qmp"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// unplugTimeout is how long QEMU may take to let go of a disk.
const unplugTimeout = 10 * time.Second

func (m *machine) attachDisk(ctx context.Context, disk guest.Disk) error {
	return m.withRun(func(r *run) error {
		controller, err := controllerDevice(disk)
		if err != nil {
			return err
		}
		blocks, err := m.driver.options.prepareDisk(disk, m.dir)
		if err != nil {
			return err
		}
		if !m.hasController(disk) {
			if _, err := r.client.Execute(ctx, "device_add", controller); err != nil && !isDuplicate(err) {
				return err
			}
		}
		if _, err := r.client.Execute(ctx, "blockdev-add", blocks); err != nil {
			return err
		}
		if _, err := r.client.Execute(ctx, "device_add", diskDevice(disk)); err != nil {
			_, undo := r.client.Execute(ctx, "blockdev-del", map[string]any{"node-name": blocks.NodeName})
			return errors.Join(err, undo)
		}
		m.Disks = append(m.Disks, disk)
		return nil
	})
}

// hasController says whether the controller was there at the start, or came
// with another disk.
func (m *machine) hasController(disk guest.Disk) bool {
	return disk.Controller == "pvscsi" && disk.Bus == 0 ||
		slices.ContainsFunc(m.Disks, func(d guest.Disk) bool { return controllerName(d) == controllerName(disk) })
}

// isDuplicate says that a device is there already: a controller stays when the
// last of its disks goes.
func isDuplicate(err error) bool {
	var refusal *qmp.Error
	return errors.As(err, &refusal) && len(refusal.Description) > 9 && refusal.Description[:9] == "Duplicate"
}

func (m *machine) detachDisk(ctx context.Context, disk guest.Disk) error {
	return m.withRun(func(r *run) error {
		name := diskName(disk)
		at := slices.IndexFunc(m.Disks, func(d guest.Disk) bool { return diskName(d) == name })
		if at < 0 {
			return fmt.Errorf("%s is not plugged in", name)
		}
		if err := r.unplug(ctx, name); err != nil {
			return err
		}
		m.Disks = slices.Delete(m.Disks, at, at+1)
		_, err := r.client.Execute(ctx, "blockdev-del", map[string]any{"node-name": "block-" + name})
		return err
	})
}

// unplug removes a device and waits until it is gone.
func (r *run) unplug(ctx context.Context, device string) error {
	gone := make(chan struct{})
	r.mu.Lock()
	r.deleted[device] = gone
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.deleted, device)
		r.mu.Unlock()
	}()
	if _, err := r.client.Execute(ctx, "device_del", map[string]any{"id": device}); err != nil {
		return err
	}
	timeout := time.NewTimer(unplugTimeout)
	defer timeout.Stop()
	select {
	case <-gone:
		return nil
	case <-r.client.Done():
		return qmp.ErrClosed
	case <-ctx.Done():
		return ctx.Err()
	case <-timeout.C:
		return fmt.Errorf("%s was not let go within %s", device, unplugTimeout)
	}
}

func (m *machine) setNIC(ctx context.Context, nic guest.NIC) error {
	return m.withRun(func(r *run) error {
		cable := r.cables[nic.MAC]
		at := slices.IndexFunc(m.NICs, func(n guest.NIC) bool { return n.MAC == nic.MAC })
		if cable == nil || at < 0 {
			return fmt.Errorf("no network card has address %s", nic.MAC)
		}
		into, err := m.driver.networks.find(nic)
		if err != nil {
			return err
		}
		cable.Plug(into)
		m.NICs[at] = nic
		return r.setLink(ctx, nic)
	})
}

func (r *run) setLink(ctx context.Context, nic guest.NIC) error {
	_, err := r.client.Execute(ctx, "set_link", map[string]any{"name": nicName(nic), "up": nic.Connected})
	return err
}
