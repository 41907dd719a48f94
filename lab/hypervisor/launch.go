package hypervisor

import (
	"net"
	"os"
	"os/exec"

	"github.com/vic-operator/vic-operator/lab/hypervisor/l2switch"
	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// connections are this side's ends of a QEMU's wires.
type connections struct{ conn, rpci, tclo net.Conn }

// wire makes all connections to the QEMU to come, and checks its files.
func (r *run) wire(ends *wires, p *plan) (c connections, err error) {
	m := r.machine
	if c.conn, p.control, err = ends.add(); err != nil {
		return c, err
	}
	if c.rpci, p.rpci, err = ends.add(); err != nil {
		return c, err
	}
	if c.tclo, p.tclo, err = ends.add(); err != nil {
		return c, err
	}
	for _, nic := range m.NICs {
		conn, number, err := ends.add()
		if err != nil {
			return c, err
		}
		p.nics = append(p.nics, number)
		r.cables[nic.MAC] = l2switch.NewCable(conn)
		into, err := m.driver.networks.find(nic)
		if err != nil {
			return c, err
		}
		r.cables[nic.MAC].Plug(into)
	}
	for _, disk := range m.Disks {
		blocks, err := m.driver.options.prepareDisk(disk, m.dir)
		if err != nil {
			return c, err
		}
		p.blocks = append(p.blocks, blocks)
	}
	for _, serial := range m.Serials {
		switch serial.Kind {
		case guest.SerialFile:
			if err := m.driver.options.inRoots(serial.Path); err != nil {
				return c, err
			}
		case guest.SerialURI:
			port, number, err := ends.add()
			if err != nil {
				return c, err
			}
			p.serials[serial.Index] = number
			m.lines[serial.Index].Plug(port)
		}
	}
	return c, nil
}

// hangUp closes what wire has made, for a QEMU that didn't come.
func (r *run) hangUp(c connections) {
	for _, conn := range []net.Conn{c.conn, c.rpci, c.tclo} {
		if conn != nil {
			_ = conn.Close()
		}
	}
	r.unplugCables()
}

func (r *run) unplugCables() {
	for _, cable := range r.cables {
		cable.Close()
	}
}

func (r *run) launch(p plan, ends *wires) error {
	words, err := p.arguments()
	if err != nil {
		return err
	}
	log, err := os.OpenFile(r.log, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	defer log.Close()
	r.command = exec.Command(r.machine.driver.options.QEMU, words...)
	r.command.Dir = r.machine.dir
	r.command.Env = []string{"PATH=" + os.Getenv("PATH"), "TMPDIR=" + r.machine.dir}
	r.command.Stdout, r.command.Stderr = log, log
	r.command.ExtraFiles = ends.ends
	if err := r.machine.driver.spawner.start(r.command); err != nil {
		return err
	}
	if err := recordProcess(r.machine.dir, r.command.Process.Pid); err != nil {
		r.machine.driver.options.Log.Warn("record process", "vm", r.machine.ID, "error", err)
	}
	return nil
}
