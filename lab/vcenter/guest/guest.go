// Package guest is the seam between the vCenter model and whatever runs its
// powered-on virtual machines: QEMU (lab/hypervisor) or the cheap simulated
// guests beside this package.
//
// The model decides what a power-on means (which disks, which NICs, which
// locks) and hands a finished Machine to a Driver. The driver reports back
// through Events. Neither side holds a lock of its own while calling the other.
package guest

import (
	"context"
	"time"
)

// Driver runs machines. Every method is called outside the model's lock and
// may be called from several goroutines, but never twice at once for one id.
type Driver interface {
	// PowerOn starts m and returns once the machine runs (its process exists),
	// not once its guest has booted. events stays valid until PoweredOff has
	// been reported or PowerOff has returned. An error means nothing runs.
	PowerOn(ctx context.Context, m Machine, events Events) error
	// PowerOff ends the machine at once, like pulling its cord. Powering off
	// what doesn't run is no error. Events.PoweredOff isn't called for it.
	PowerOff(ctx context.Context, id string) error
	// Reset is the reset button: the guest starts again, the process may stay.
	// The driver calls Events.Reset when the machine has been reset.
	Reset(ctx context.Context, id string) error
	// Suspend stops the machine's execution and Resume continues it.
	Suspend(ctx context.Context, id string) error
	Resume(ctx context.Context, id string) error
	// ShutdownGuest asks the guest's tools for a polite halt (OS_Halt) and
	// returns without waiting for it; the end arrives as Events.PoweredOff.
	// The model only calls it while State.ToolsRunning.
	ShutdownGuest(ctx context.Context, id string) error
	// RebootGuest asks the guest's tools for a polite reboot (OS_Reboot).
	RebootGuest(ctx context.Context, id string) error
	// AttachDisk plugs d into the running machine; DetachDisk unplugs it and
	// returns when its file is closed, so that the model may unlock it.
	AttachDisk(ctx context.Context, id string, d Disk) error
	DetachDisk(ctx context.Context, id string, d Disk) error
	// GuestInfo tells that key was changed from outside while the machine was
	// on. value "" means the key was removed.
	GuestInfo(ctx context.Context, id, key, value string) error
	// SetNIC changes network or connected state of the NIC with n's MAC.
	SetNIC(ctx context.Context, id string, n NIC) error
	// Migrate moves a running machine to another host, as far as the world
	// notices: its serial ports' connections to proxies. An error means that
	// it stays where it is.
	Migrate(ctx context.Context, id string) error
	// Running lists the machines that run now.
	Running() []Process
	// Close ends all machines and frees what the driver holds.
	Close() error
}

// FileSwitcher is what a driver offers that can give a running machine other
// files: a snapshot's new disks, or the same ones at another place.
type FileSwitcher interface {
	// SwitchFiles gives the machine the disks and files that m names, whose
	// content is that of those it has.
	SwitchFiles(ctx context.Context, m Machine) error
}

// SerialLines is what a driver offers for tests whose machines have serial
// ports that lead to proxies. index is the port's (0 is ttyS0).
type SerialLines interface {
	// Lines gives the state of a machine's lines by index.
	Lines(id string) map[int]LineState
	// CutLine breaks the connection and keeps it broken for so long.
	CutLine(id string, index int, d time.Duration) error
	// FeedLine sends bytes over a line: to the guest as if from the proxy, or
	// to the proxy as if from the guest.
	FeedLine(id string, index int, toGuest bool, data []byte) error
}

// LineState is how a serial line to a proxy stands.
type LineState struct {
	Connected bool
	Dials     int // connections that were tried since power-on
}

// Process is one running machine. PID is 0 where no process of its own exists.
type Process struct {
	ID  string
	PID int
}

// Events is implemented by the model. Drivers may call it from any goroutine,
// also from inside their own PowerOn; calls for one id are applied in the order
// made. Unknown ids and events that come after the end are ignored.
type Events interface {
	// GuestInfo: the guest set (info-set) a guestinfo.* key; key is whole,
	// with its prefix "guestinfo.".
	GuestInfo(id, key, value string)
	// Guest: what the guest's tools report; replaces the former state whole.
	Guest(id string, s State)
	// PoweredOff: the guest powered itself off (reason nil), or its process
	// died (reason says why). The machine has ended and its files are closed.
	PoweredOff(id string, reason error)
	// Reset: the machine was reset or the guest rebooted itself; the guest's
	// state starts anew.
	Reset(id string)
}

// State is what VMware Tools report about a guest.
type State struct {
	ToolsRunning bool
	ToolsVersion string // e.g. "2147483647" for open-vm-tools' "guest managed"
	HostName     string
	IPAddress    string // the primary one
	NICs         []NICState
	Family       string // "linuxGuest"
	FullName     string // "Other Linux (64-bit)"
	Heartbeat    bool   // a heartbeat has been seen lately
}

// NICState holds the addresses of one NIC as CIDR ("172.16.0.2/16").
type NICState struct {
	MAC       string
	Addresses []string
}
