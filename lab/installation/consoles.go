package installation

import (
	"net"

	"github.com/vic-operator/vic-operator/lab/supervisor"
)

// consoles are the processes, and where hosts dial and gateways ask: where there
// are several, an address before them, as a Service is.
func (l *lab) consoles() (processes []supervisor.Process, serial, api string, err error) {
	names := []string{"console", "console-2"}[:l.Consoles]
	var serials, apis []string
	peers := ""
	for _, name := range names {
		serials = append(serials, loopback(l.port(name+"-serial")))
		apis = append(apis, loopback(l.port(name+"-api")))
		peers += "," + apis[len(apis)-1]
	}
	for i, name := range names {
		flags := []string{"--console-listen", loopback(l.port(name)), "--serial-listen", serials[i],
			"--api-listen", apis[i], "--namespace", productNamespace}
		if len(names) > 1 {
			flags = append(flags, "--peers", peers[1:])
		}
		processes = append(processes, l.vicNamed(name, "console", flags...))
	}
	if len(names) == 1 {
		return processes, serials[0], apis[0], nil
	}
	for port, addresses := range map[string][]string{"consoles-serial": serials, "consoles-api": apis} {
		listener, err := net.Listen("tcp", loopback(l.port(port)))
		if err != nil {
			return nil, "", "", err
		}
		go balance(listener, addresses)
	}
	return processes, loopback(l.port("consoles-serial")), loopback(l.port("consoles-api")), nil
}
