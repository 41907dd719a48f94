package guest

import (
	"encoding/json"
	"time"
)

// Keys of the protocol between operator and guest (docs/guest-protocol.md).
const (
	configKey = "guestinfo.vic.config"
	reportKey = "guestinfo.vic.report"
)

// MaxValue is how long a value may be that a guest reads: a message has 64 KiB
// (open-vm-tools, GUESTMSG_MAX_IN_SIZE), which begins with "1 ".
const MaxValue = 64<<10 - 2

// Config is what a simulated guest reads of guestinfo.vic.config.
type Config struct {
	Role     string `json:"role"`
	ID       string `json:"id"`
	Hostname string `json:"hostname"`
	Networks []struct {
		Name    string `json:"name"`
		MAC     string `json:"mac"`
		Address string `json:"address"`
	} `json:"networks"`
	Process struct {
		Args []string `json:"args"`
	} `json:"process"`
	Log struct {
		Port string `json:"port"`
	} `json:"log"`
}

// Report is what a simulated guest writes to guestinfo.vic.report.
type Report struct {
	Run        int      `json:"run"`
	State      string   `json:"state"`
	PID        int      `json:"pid,omitempty"`
	StartedAt  string   `json:"startedAt,omitempty"`
	FinishedAt string   `json:"finishedAt,omitempty"`
	ExitCode   *int     `json:"exitCode,omitempty"`
	Reason     string   `json:"reason,omitempty"`
	Message    string   `json:"message,omitempty"`
	Addresses  []string `json:"addresses,omitempty"`
	Stopped    bool     `json:"stopped,omitempty"`
	HostKey    string   `json:"hostKey,omitempty"`
}

// simulatedHostKey is a valid key whose private half nobody has: nothing can be
// on the other end of a simulated guest's line.
const simulatedHostKey = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIB5ZYZBFCKEbDm5vzChkvgzrbIqUQ6MZIUN4+AYGAcDd"

func (r Report) String() string {
	b, _ := json.Marshal(r)
	return string(b)
}

func stamp() string { return time.Now().UTC().Format(time.RFC3339Nano) }
