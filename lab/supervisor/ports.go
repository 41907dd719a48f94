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
	"sync"
	"syscall"
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
// dir/ports.json, where it is still free, and otherwise a new one. No other lab
// of the machine is given one of them while this process lives, also before
// anything listens there.
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
		for tries := 0; ports[name] == 0 || !claims.take(ports[name], dir) || !isFree(ports[name]); tries++ {
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

// claims are the ports of this process's labs.
var claims = portClaims{of: map[int]string{}}

// portClaims tells the other labs of the machine which ports are taken: a lab
// chooses all of its ports at first, and some wait for seconds before anything
// listens there.
type portClaims struct {
	mu sync.Mutex
	of map[int]string // a lab's directory by port
}

// take claims port for the lab in dir and says whether that succeeded. A claim
// is a bound socket with a name in the abstract namespace (unix(7)): it belongs
// to a network namespace as ports do, and the kernel drops it with the process.
func (c *portClaims) take(port int, dir string) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if holder, ok := c.of[port]; ok {
		return holder == dir
	}
	// Never closed, and not inherited by the lab's processes.
	fd, err := syscall.Socket(syscall.AF_UNIX, syscall.SOCK_DGRAM|syscall.SOCK_CLOEXEC, 0)
	if err != nil {
		return false
	}
	if err := syscall.Bind(fd, &syscall.SockaddrUnix{Name: fmt.Sprintf("@vic-lab/port/%d", port)}); err != nil {
		syscall.Close(fd)
		return false
	}
	c.of[port] = dir
	return true
}

func isFree(port int) bool {
	listener, err := net.Listen("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return false
	}
	listener.Close()
	return true
}
