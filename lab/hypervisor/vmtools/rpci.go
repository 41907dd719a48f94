package vmtools

import (
	"bytes"
	"context"
	"strconv"
	"strings"

	"github.com/vic-operator/vic-operator/lab/vcenter/guest"
)

// Kinds of SetGuestInfo (GuestInfoType in open-vm-tools, guestInfo.h).
const (
	infoHostName     = 1
	infoOSNameFull   = 5
	infoOSName       = 6
	infoAddresses    = 9
	infoAddressesNew = 10 // the same, from newer tools
)

// serveRPCI answers the guest's requests until conn is closed.
func (s *Session) serveRPCI(ctx context.Context, channel frames) error {
	for {
		request, err := channel.read()
		if err != nil {
			return err
		}
		s.signOfLife()
		if err := s.requests.wait(ctx, len(request)); err != nil {
			return err
		}
		if err := channel.write([]byte(s.answer(request))); err != nil {
			return err
		}
	}
}

// answer performs one request: "1 <result>" or "0 <error>".
func (s *Session) answer(request []byte) string {
	command, arguments, _ := strings.Cut(strings.TrimRight(string(request), "\x00"), " ")
	switch command {
	case "info-get":
		key := strings.TrimSpace(arguments)
		if !strings.HasPrefix(key, prefix) {
			return "0 " + refusedKey.Error()
		}
		if value, found := s.info.get(key); found {
			if len(value) > guest.MaxValue {
				return "0 " + refusedLength.Error()
			}
			return "1 " + value
		}
		return "0 No value found"
	case "info-set":
		key, value, _ := strings.Cut(arguments, " ")
		if err := s.info.set(key, value); err != nil {
			return "0 " + err.Error()
		}
		s.listener.GuestInfo(key, value)
		return "1 "
	case "SetGuestInfo":
		return s.setGuestInfo(request)
	case "tools.set.version":
		s.update(func(state *guest.State) { state.ToolsVersion = clean([]byte(arguments)) })
		return "1 "
	case "tools.set.versiontype", "tools.os.statechange.status", "log":
		return "1 "
	}
	if strings.HasPrefix(command, "tools.capability.") || strings.HasPrefix(command, "vmx.capability.") {
		return "1 "
	}
	return "0 Unknown command"
}

// setGuestInfo takes "SetGuestInfo  <kind> <data>"; the data may be binary.
func (s *Session) setGuestInfo(request []byte) string {
	rest := bytes.TrimLeft(bytes.TrimPrefix(request, []byte("SetGuestInfo")), " ")
	word, data, _ := bytes.Cut(rest, []byte(" "))
	kind, err := strconv.Atoi(string(bytes.TrimRight(word, "\x00")))
	if err != nil {
		return "0 Invalid arguments"
	}
	switch kind {
	case infoHostName:
		s.update(func(state *guest.State) { state.HostName = clean(data) })
	case infoOSNameFull:
		s.update(func(state *guest.State) { state.FullName = clean(data) })
	case infoOSName:
		s.update(func(state *guest.State) { state.Family = family(clean(data)) })
	case infoAddresses, infoAddressesNew:
		nics, err := parseNICInfo(data)
		if err != nil {
			return "0 Invalid arguments"
		}
		s.update(func(state *guest.State) {
			state.NICs, state.IPAddress = nics, primaryAddress(nics)
		})
	}
	return "1 "
}

// family is vSphere's word for an operating system's short name; the lab's
// guests are Linux, whatever they call themselves.
func family(name string) string {
	if strings.HasPrefix(strings.ToLower(name), "win") {
		return "windowsGuest"
	}
	return "linuxGuest"
}
