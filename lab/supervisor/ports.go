package supervisor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
)

// Ports below Linux's range for outgoing connections (32768 on), so that no
// client takes one while its server is being restarted.
const (
	lowestPort  = 20000
	highestPort = 32000
)

// Ports are the loopback ports of a lab by role.
type Ports map[string]int

// ChoosePorts returns a port for each name: the one of an earlier start, kept in
// dir/ports.json, where it is still free, and otherwise a new one.
func ChoosePorts(dir string, names ...string) (Ports, error) {
	ports, err := ReadPorts(dir)
	if err != nil {
		return nil, err
	}
	taken := map[int]bool{}
	for _, port := range ports {
		taken[port] = true
	}
	for _, name := range names {
		for tries := 0; ports[name] == 0 || !isFree(ports[name]); tries++ {
			if tries == 1000 {
				return nil, fmt.Errorf("no free port for %s between %d and %d", name, lowestPort, highestPort)
			}
			candidate := lowestPort + rand.IntN(highestPort-lowestPort)
			if !taken[candidate] {
				ports[name] = candidate
			}
		}
		taken[ports[name]] = true
	}
	content, err := json.MarshalIndent(ports, "", "  ")
	if err != nil {
		return nil, err
	}
	return ports, os.WriteFile(filepath.Join(dir, "ports.json"), append(content, '\n'), 0o644)
}

// ReadPorts returns what an earlier start has chosen; nothing if there was none.
func ReadPorts(dir string) (Ports, error) {
	ports := Ports{}
	path := filepath.Join(dir, "ports.json")
	content, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return ports, nil
	}
	if err != nil {
		return nil, err
	}
	if err := json.Unmarshal(content, &ports); err != nil {
		return nil, fmt.Errorf("%s: %w; delete it to have ports chosen anew", path, err)
	}
	return ports, nil
}

func isFree(port int) bool {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	listener.Close()
	return true
}
