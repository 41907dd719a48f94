// Package tools is what VMware Tools are to vSphere: capabilities, addresses, host name and polite shutdown,
// by govmomi's toolbox, over VMware's backdoor or the ports that stand in for it.
package tools

import (
	"os"
	"strings"
	"sync"

	"github.com/vmware/govmomi/toolbox"
)

// Channels are the guest's two lines to its hypervisor.
type Channels struct {
	In  toolbox.Channel // TCLO: requests of the hypervisor
	Out toolbox.Channel // RPCI: requests of the guest
}

// Open finds and opens the line for the guest's requests; the toolbox opens the other.
func Open() (Channels, error) {
	c := Channels{In: &polled{framed{port: tcloPort}}, Out: &paired{Channel: &framed{port: rpciPort}}}
	if onVMware() {
		c = Channels{In: toolbox.NewBackdoorChannelIn(), Out: &paired{Channel: toolbox.NewBackdoorChannelOut()}}
	}
	return c, c.Out.Start()
}

// RPC is for the guest's own requests beside those of the toolbox.
func (c Channels) RPC() *toolbox.ChannelOut { return &toolbox.ChannelOut{Channel: c.Out} }

// onVMware goes by the firmware's words: trying the backdoor elsewhere would kill the process.
func onVMware() bool {
	vendor, _ := os.ReadFile("/sys/class/dmi/id/sys_vendor")
	return strings.HasPrefix(string(vendor), "VMware")
}

// paired lets several parts of the guest share one line: each Send holds it until its Receive.
// That fits toolbox.ChannelOut.Request, the only user, which receives after every successful send.
type paired struct {
	toolbox.Channel
	mu      sync.Mutex
	started bool
}

func (p *paired) Start() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.started {
		return nil
	}
	err := p.Channel.Start()
	p.started = err == nil
	return err
}

func (p *paired) Stop() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.started = false
	return p.Channel.Stop()
}

func (p *paired) Send(data []byte) error {
	p.mu.Lock()
	err := p.Channel.Send(data)
	if err != nil {
		p.mu.Unlock()
	}
	return err
}

func (p *paired) Receive() ([]byte, error) {
	defer p.mu.Unlock()
	return p.Channel.Receive()
}
