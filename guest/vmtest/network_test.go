package vmtest

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
)

func TestNetworksAreFoundByMACAddress(t *testing.T) {
	t.Parallel()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	heard := make(chan string, 1)
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		said, _ := io.ReadAll(conn)
		heard <- string(said)
	}()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	config := containerConfig(fmt.Sprintf(`echo over the net | nc 10.0.2.2 %s; cat /etc/resolv.conf /etc/hosts
		ip -o -4 addr | tr -s ' ' | cut -d' ' -f2,4; ip route; ip link show dev eth1 | head -1; ip -6 addr show dev eth0`, port))
	config["networks"] = []any{
		map[string]any{"name": "bridge", "mac": "00:50:56:00:00:0b", "address": "10.0.2.77/24", "gateway": "10.0.2.2", "dns": []string{"10.0.2.3"}},
		map[string]any{"name": "silent", "mac": "00:50:56:00:00:0a"},
	}
	m := start(t, fromISO(t), config, append(withDisk(busyboxDisk(t)),
		"-netdev", "user,id=n0,restrict=on", "-device", "vmxnet3,netdev=n0,mac=00:50:56:00:00:0a",
		"-netdev", "user,id=n1", "-device", "vmxnet3,netdev=n1,mac=00:50:56:00:00:0B")...)
	report := m.awaitEnd()
	if fmt.Sprint(report["addresses"]) != "[10.0.2.77/24]" {
		t.Errorf("addresses %v", report["addresses"])
	}
	if said := <-heard; said != "over the net\n" {
		t.Errorf("heard %q", said)
	}
	expectLines(t, m.output(), "stdout F nameserver 10.0.2.3", "stdout F 10.0.2.77\tweb-1", "stdout F eth0 10.0.2.77/24",
		"stdout F default via 10.0.2.2 dev eth0 ")
	if log := strings.Join(m.output(), "\n"); !strings.Contains(log, "eth1: <BROADCAST,MULTICAST,UP") || strings.Contains(log, "inet6") {
		t.Errorf("the cards are not as they should be:\n%s", log)
	}
}

func TestCardsWithOtherMACAddressesAreUsedInTheirOrder(t *testing.T) {
	t.Parallel()
	config := containerConfig(`ip -o link | sed -n 's/^[0-9]*: \(eth[0-9]\).*ether \([^ ]*\).*/\1 is \2/p'; ip -o -4 addr | tr -s ' ' | cut -d' ' -f2,4`)
	config["networks"] = []any{
		map[string]any{"name": "bridge", "mac": "00:50:56:00:00:0b", "address": "10.0.2.77/24"},
		map[string]any{"name": "other", "mac": "00:50:56:00:00:0a", "address": "10.0.3.77/24"},
	}
	m := start(t, fromISO(t), config, append(withDisk(busyboxDisk(t)),
		"-netdev", "user,id=n0,restrict=on", "-device", "vmxnet3,netdev=n0,mac=00:0c:29:00:00:01",
		"-netdev", "user,id=n1,restrict=on", "-device", "vmxnet3,netdev=n1,mac=00:0c:29:00:00:02",
		"-netdev", "user,id=n2,restrict=on", "-device", "vmxnet3,netdev=n2,mac=00:50:56:00:00:0a")...)
	m.awaitEnd()
	expectLines(t, m.output(), "stdout F eth0 is 00:0c:29:00:00:01", "stdout F eth1 is 00:50:56:00:00:0a", "stdout F eth2 is 00:0c:29:00:00:02",
		"stdout F eth0 10.0.2.77/24", "stdout F eth1 10.0.3.77/24")
	for _, said := range m.host.requests() {
		if strings.Contains(said, `"state":"running"`) && strings.Contains(said, `"macs":{"bridge":"00:0c:29:00:00:01"}`) {
			return
		}
	}
	t.Errorf("the report doesn't name the card: %.3000q", m.host.requests())
}

func TestMissingCardFails(t *testing.T) {
	t.Parallel()
	config := containerConfig("exit 0")
	config["networks"] = []any{map[string]any{"name": "bridge", "mac": "00:50:56:00:00:99", "address": "10.0.0.2/8"}}
	m := start(t, fromISO(t), config, withDisk(busyboxDisk(t))...)
	expect(t, m.awaitEnd(), map[string]any{"state": "failed", "exitCode": 128.0, "reason": "NetworkFailed",
		"message": "network bridge: no card with MAC address 00:50:56:00:00:99, nor another one"})
}
