package vspc

// extension is the telnet option VMWARE-TELNET-EXT, and below are its
// suboptions. Codes and meanings: VMware, "Using a Proxy with vSphere Virtual
// Serial Ports" (EN-001415), chapter 2; the same table stands in Wireshark's
// packet-telnet.c.
const (
	extension = 232

	knownSuboptions1  = 0 // machine → proxy: what it can send and take, one byte each
	knownSuboptions2  = 1 // proxy → machine: the same of the proxy
	unknownSuboption1 = 2 // machine → proxy: the code that it doesn't know
	unknownSuboption2 = 3 // proxy → machine
	vmotionBegin      = 40
	vmotionGoAhead    = 41
	vmotionNotNow     = 43
	vmotionPeer       = 44
	vmotionPeerOK     = 45
	vmotionComplete   = 46
	vmotionAbort      = 48
	doProxy           = 70 // "C" or "S", then the service URI
	willProxy         = 71
	wontProxy         = 73
	vmVCUUID          = 80
	getVMVCUUID       = 81
	vmName            = 82
	getVMName         = 83
	vmBIOSUUID        = 84
	getVMBIOSUUID     = 85
)

// known is what this side says in KNOWN-SUBOPTIONS-1.
var known = []byte{knownSuboptions1, knownSuboptions2, unknownSuboption1, unknownSuboption2,
	vmotionBegin, vmotionGoAhead, vmotionNotNow, vmotionPeer, vmotionPeerOK, vmotionComplete, vmotionAbort,
	doProxy, willProxy, wontProxy, vmVCUUID, getVMVCUUID, vmName, getVMName, vmBIOSUUID, getVMBIOSUUID}

// spacedUUID writes a UUID as a .vmx file does: pairs of digits, spaces
// between, and a dash in the middle. Serial port proxies in the field (vSPC.py,
// VIC's lib/vspc, sapcc/vmware-vspc) take spaces out of VM-VC-UUID.
func spacedUUID(uuid string) string {
	var digits []byte
	for _, c := range []byte(uuid) {
		if c != '-' {
			digits = append(digits, c)
		}
	}
	if len(digits) != 32 {
		return uuid
	}
	var out []byte
	for i := 0; i < len(digits); i += 2 {
		switch {
		case i == 16:
			out = append(out, '-')
		case i > 0:
			out = append(out, ' ')
		}
		out = append(out, digits[i], digits[i+1])
	}
	return string(out)
}
