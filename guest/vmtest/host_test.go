package vmtest

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
)

// host is the hypervisor's side of the two virtio ports.
type host struct {
	mu       sync.Mutex
	info     map[string]string
	limit    int // of bytes in info that a guest may reach; 0: none
	received []string
	replies  []string
	tclo     net.Conn
}

func newHost(info map[string]string) *host { return &host{info: info} }

func (h *host) get(key string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.info[key]
}

// forget drops a key, as a power-off drops those that aren't in the VM's configuration.
func (h *host) forget(key string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.info, key)
}

func (h *host) requests() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return slices.Clone(h.received)
}

func (h *host) serveRPCI(l net.Listener) {
	conn, err := l.Accept()
	if err != nil {
		return
	}
	for {
		request, err := readFrame(conn)
		if err != nil {
			return
		}
		writeFrame(conn, h.answer(string(request)))
	}
}

func (h *host) answer(request string) string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.received = append(h.received, request)
	command, rest, _ := strings.Cut(request, " ")
	switch command {
	case "info-get":
		if value, ok := h.info[rest]; ok {
			return "1 " + value
		}
		return "0 No value found"
	case "info-set":
		key, value, _ := strings.Cut(rest, " ")
		if h.limit > 0 && h.size()-len(h.info[key])+len(value) > h.limit {
			return "0 Size limit exceeded"
		}
		h.info[key] = value
	}
	return "1 "
}

func (h *host) size() (bytes int) {
	for _, value := range h.info {
		bytes += len(value)
	}
	return bytes
}

// leave bounds guestinfo, so that a guest may write so many bytes more.
func (h *host) leave(bytes int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.limit = h.size() + bytes
}

func (h *host) serveTCLO(l net.Listener) {
	conn, err := l.Accept()
	if err != nil {
		return
	}
	h.mu.Lock()
	h.tclo = conn
	h.mu.Unlock()
	for {
		reply, err := readFrame(conn)
		if err != nil {
			return
		}
		h.mu.Lock()
		h.replies = append(h.replies, string(reply))
		h.mu.Unlock()
	}
}

// ask sends a request to the guest, as vSphere does for "Shut Down Guest".
func (h *host) ask(request string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	writeFrame(h.tclo, request)
}

func readFrame(r io.Reader) ([]byte, error) {
	var length uint32
	if err := binary.Read(r, binary.BigEndian, &length); err != nil {
		return nil, err
	}
	frame := make([]byte, length)
	_, err := io.ReadFull(r, frame)
	return frame, err
}

func writeFrame(w io.Writer, data string) {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.BigEndian, uint32(len(data)))
	b.WriteString(data)
	_, _ = w.Write(b.Bytes())
}
