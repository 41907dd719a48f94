package device

import (
	"net/url"
	"slices"
	"strings"

	"github.com/vmware/govmomi/vim25/types"
)

// Schemes of a serial port's URIs, and the parameters behind the number sign:
// VirtualSerialPortURIBackingInfo in the Web Services API reference.
var (
	serviceSchemes  = []string{"", "tcp", "tcp4", "tcp6", "ssl", "tcp+ssl", "tcp4+ssl", "tcp6+ssl", "telnet", "telnets"}
	proxySchemes    = []string{"telnet", "telnets"}
	proxyParameters = []string{"certificate", "thumbprint", "peerName", "verify", "cipherList"}
)

func checkSerial(i int, d *types.VirtualSerialPort) error {
	switch b := d.Backing.(type) {
	case *types.VirtualSerialPortFileBackingInfo:
		if b.FileName == "" {
			return Invalid(i, "device.backing.fileName")
		}
	case *types.VirtualSerialPortURIBackingInfo:
		return checkSerialURI(i, b)
	case *types.VirtualSerialPortPipeBackingInfo, *types.VirtualSerialPortDeviceBackingInfo, *types.VirtualSerialPortThinPrintBackingInfo:
	default:
		return Invalid(i, "device.backing")
	}
	return nil
}

func checkSerialURI(i int, b *types.VirtualSerialPortURIBackingInfo) error {
	switch {
	case b.Direction != string(types.VirtualDeviceURIBackingOptionDirectionClient) && b.Direction != string(types.VirtualDeviceURIBackingOptionDirectionServer):
		return Invalid(i, "device.backing.direction")
	case b.ServiceURI == "", b.ProxyURI == "" && !isServiceURI(b.ServiceURI):
		return Invalid(i, "device.backing.serviceURI") // with a proxy, its form is a matter of the proxy
	case b.ProxyURI != "" && !isProxyURI(b.ProxyURI):
		return Invalid(i, "device.backing.proxyURI")
	}
	return nil
}

func isServiceURI(text string) bool {
	if !strings.Contains(text, "://") {
		text = "tcp://" + text
	}
	u, err := url.Parse(text)
	return err == nil && slices.Contains(serviceSchemes, u.Scheme) && u.Port() != ""
}

// isProxyURI: telnet or telnets, host and port, no user, known parameters.
func isProxyURI(text string) bool {
	u, err := url.Parse(text)
	if err != nil || !slices.Contains(proxySchemes, u.Scheme) || u.User != nil || u.Hostname() == "" || u.Port() == "" {
		return false
	}
	if u.Fragment == "" {
		return true
	}
	for word := range strings.SplitSeq(u.Fragment, "&") {
		if key, _, _ := strings.Cut(word, "="); !slices.Contains(proxyParameters, key) {
			return false
		}
	}
	return true
}
