// Package config is what the operator tells a guest: the JSON of guestinfo.vic.config,
// as docs/guest-protocol.md describes it.
package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"time"
)

// Key is the guestinfo key that holds the configuration.
const Key = "guestinfo.vic.config"

// version is the only layout this guest understands.
const version = 1

// defaultStopTimeout is Docker's, for configurations that leave it out.
const defaultStopTimeout = 10 * time.Second

// Role is what a VM is for.
type Role string

// The roles of a guest.
const (
	Container Role = "container"
	Worker    Role = "worker"
)

// Config is everything a guest learns before it starts.
type Config struct {
	Version            int       `json:"version"`
	Role               Role      `json:"role"`
	ID                 string    `json:"id"`
	Hostname           string    `json:"hostname"`
	Networks           []Network `json:"networks"`
	Root               *Root     `json:"root"`
	Process            *Process  `json:"process"`
	StopTimeoutSeconds *int      `json:"stopTimeoutSeconds"`
	Log                *Log      `json:"log"`
	Line               *Line     `json:"line"`
	Link               *Link     `json:"link"`
}

// Network is one network card and how it is addressed. Address is in CIDR notation; empty with DHCP.
type Network struct {
	Name    string   `json:"name"`
	MAC     string   `json:"mac"`
	Address string   `json:"address"`
	Gateway string   `json:"gateway"`
	DNS     []string `json:"dns"`
	DHCP    bool     `json:"dhcp"`
}

// Root names the disk that holds the container's file system.
type Root struct {
	Target int `json:"target"`
}

// Process is what to run, the image's own configuration already merged in.
type Process struct {
	Args       []string `json:"args"`
	Env        []string `json:"env"`
	Cwd        string   `json:"cwd"`
	User       string   `json:"user"`
	Groups     []string `json:"groups"` // further groups, names or numbers
	StopSignal string   `json:"stopSignal"`
	TTY        bool     `json:"tty"`
	OpenStdin  bool     `json:"openStdin"` // a pipe; otherwise standard input is /dev/null
	StdinOnce  bool     `json:"stdinOnce"` // it ends with the first attached client's
}

// Log names the serial port, such as ttyS0, whose file backing is the container's log.
type Log struct {
	Port     string `json:"port"`
	MaxBytes int64  `json:"maxBytes"` // over all runs; 0: no bound
}

// Line names the serial port that leads to a console, and the only key that a console may come with.
type Line struct {
	Port          string `json:"port"`
	AuthorizedKey string `json:"authorizedKey"`
}

// Link is the console to dial and the only key it may come with (an authorized_keys line).
type Link struct {
	Address       string `json:"address"`
	AuthorizedKey string `json:"authorizedKey"`
}

// Parse reads a configuration and checks all that can be checked before touching the machine.
// Unknown fields are left alone: an older guest may meet a newer operator.
func Parse(data []byte) (*Config, error) {
	var c Config
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("%s: %w", Key, err)
	}
	if err := c.validate(); err != nil {
		return nil, fmt.Errorf("%s: %w", Key, err)
	}
	return &c, nil
}

// StopTimeout is how long a process may take over its stop signal: negative means for ever, as in Docker.
func (c *Config) StopTimeout() time.Duration {
	if c.StopTimeoutSeconds == nil {
		return defaultStopTimeout
	}
	return time.Duration(*c.StopTimeoutSeconds) * time.Second
}

func (c *Config) validate() error {
	if c.Version != version {
		return fmt.Errorf("version %d is not one this guest knows (%d)", c.Version, version)
	}
	for i, n := range c.Networks {
		if err := n.validate(); err != nil {
			return fmt.Errorf("networks[%d]: %w", i, err)
		}
	}
	switch c.Role {
	case Container:
		if c.Root == nil {
			return errors.New("root is missing")
		}
		if c.Process == nil || len(c.Process.Args) == 0 {
			return errors.New("process.args is empty")
		}
	case Worker:
		if c.Link == nil {
			return errors.New("link is missing")
		}
	default:
		return fmt.Errorf("role %q is not one this guest knows", c.Role)
	}
	return nil
}

func (n Network) validate() error {
	if n.MAC == "" {
		return errors.New("mac is missing")
	}
	if n.DHCP {
		return nil
	}
	if n.Address == "" {
		return nil // a card without address stays up but silent
	}
	if _, err := netip.ParsePrefix(n.Address); err != nil {
		return fmt.Errorf("address: %w", err)
	}
	if n.Gateway != "" {
		if _, err := netip.ParseAddr(n.Gateway); err != nil {
			return fmt.Errorf("gateway: %w", err)
		}
	}
	return nil
}
