package tools

import (
	"errors"
	"fmt"
	"log"
	"os"
	"strings"

	"github.com/vmware/govmomi/toolbox"
)

// Kinds of guest information (open-vm-tools, lib/include/vmware/guestrpc/guestlib… : GuestInfoType).
const (
	infoDNSName    = 1
	infoOSNameFull = 5
	infoOSName     = 6
)

// capabilities are those the guest has. Those for files and programs are left out: see refuseOperations.
var capabilities = []string{
	fmt.Sprintf("tools.set.version %d", 0x7fffffff), // "guest managed" (open-vm-tools, vm_tools_version.h)
	"tools.capability.statechange",
}

// Service answers the hypervisor on behalf of one guest.
type Service struct {
	toolbox *toolbox.Service
	rpc     *toolbox.ChannelOut
}

// Start answers the hypervisor from now on. halt and reboot are called, in their own time, when somebody
// asks vSphere to shut the guest down or to reboot it.
func Start(channels Channels, halt, reboot func()) (*Service, error) {
	t := toolbox.NewService(channels.In, channels.Out)
	s := &Service{toolbox: t, rpc: channels.RPC()}
	t.RegisterHandler("reset", s.reset)
	t.RegisterHandler("Set_Option", s.setOption)
	t.RegisterHandler("Capabilities_Register", s.register)
	t.RegisterHandler("Vix_1_Relayed_Command", refuseOperations)
	t.Power.Halt.Handler = later(halt)
	t.Power.Reboot.Handler = later(reboot)
	if err := t.Start(); err != nil {
		return nil, err
	}
	_, err := s.register(nil) // the hypervisor may have asked before there was anybody to answer
	return s, err
}

// Announce tells vSphere the addresses, the host name and the operating system as they are now.
func (s *Service) Announce() {
	s.toolbox.SendGuestInfo()
	hostname, _ := os.Hostname()
	release, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	for kind, value := range map[int]string{
		infoDNSName:    hostname,
		infoOSNameFull: "vic-operator guest, Linux " + strings.TrimSpace(string(release)),
		infoOSName:     "other5xlinux-64",
	} {
		if _, err := s.rpc.Request(toolbox.GuestInfoCommand(kind, []byte(value))); err != nil {
			log.Printf("announce: %v", err)
		}
	}
}

// reset is how the hypervisor begins, at power-on and after a move to another host: it knows nothing of the guest.
func (s *Service) reset([]byte) ([]byte, error) {
	s.Announce()
	return []byte("ATR toolbox"), nil
}

// setOption hears "broadcastIP 1", the wish to be told addresses. The toolbox would also set guestinfo.ip,
// one more change of the VM's configuration for everybody who watches it.
func (s *Service) setOption([]byte) ([]byte, error) {
	s.Announce()
	return nil, nil
}

func (s *Service) register([]byte) ([]byte, error) {
	for _, c := range capabilities {
		if _, err := s.rpc.Request([]byte(c)); err != nil {
			log.Printf("%s: %v", c, err)
		}
	}
	return nil, nil
}

// refuseOperations turns away programs and file transfers asked for through vSphere. The toolbox would run
// them as root outside the container, without asking who wants it.
func refuseOperations([]byte) ([]byte, error) {
	return nil, errors.New("guest operations are not offered")
}

// later acknowledges at once: the hypervisor waits for the answer, a polite stop may take long.
func later(act func()) func() error {
	return func() error {
		go act()
		return nil
	}
}
