package main

import (
	"context"
	"fmt"
	"hash/crc32"
	"io"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"

	"github.com/insomniacslk/dhcp/dhcpv4/nclient4"
	"golang.org/x/sys/unix"
)

const patience = 10 * time.Second

func perform(command string, announce func()) (string, error) {
	words := strings.Fields(command)
	if len(words) == 0 {
		return "", nil
	}
	arguments := words[1:]
	switch words[0] {
	case "disks":
		return disks()
	case "read-disk": // target offset length
		return onDisk(arguments, func(disk *os.File, offset int64) (string, error) {
			length, _ := strconv.Atoi(arguments[2])
			data := make([]byte, length)
			_, err := disk.ReadAt(data, offset)
			return string(data), err
		})
	case "write-disk": // target offset text
		return onDisk(arguments, func(disk *os.File, offset int64) (string, error) {
			if _, err := disk.WriteAt([]byte(arguments[2]), offset); err != nil {
				return "", err
			}
			return "", disk.Sync()
		})
	case "serial": // number text
		return "", os.WriteFile("/dev/ttyS"+arguments[0], []byte(arguments[1]+"\n"), 0)
	case "serial-echo": // number: sends back what comes, as it is
		return "", echoSerial("/dev/ttyS" + arguments[0])
	case "address": // interface address/prefix
		return "", address(arguments[0], arguments[1])
	case "dhcp": // interface
		return dhcp(arguments[0])
	case "announce": // the addresses, to the tools' host
		announce()
		return "", nil
	case "tcp": // address: sends "hello", returns what comes
		return exchange("tcp", arguments[0], patience)
	case "sum": // address: of all that comes from there
		return sum(arguments[0])
	case "udp":
		return exchange("udp", arguments[0], patience)
	case "no-tcp": // where no answer is expected
		return exchange("tcp", arguments[0], time.Second)
	case "echo": // port
		return "", echo(arguments[0])
	case "resolve": // server name
		return resolve(arguments[0], arguments[1])
	case "cpus":
		text, err := os.ReadFile("/sys/devices/system/cpu/online")
		return strings.TrimSpace(string(text)), err
	case "off":
		return "", off(unix.LINUX_REBOOT_CMD_POWER_OFF)
	case "restart":
		return "", off(unix.LINUX_REBOOT_CMD_RESTART)
	}
	return "", fmt.Errorf("unknown command %s", words[0])
}

// echoSerial makes the port a plain path for bytes, and a mirror.
func echoSerial(device string) error {
	port, err := os.OpenFile(device, os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	plain := &unix.Termios{Cflag: unix.CS8 | unix.CREAD | unix.CLOCAL | unix.B115200, Ispeed: unix.B115200, Ospeed: unix.B115200}
	plain.Cc[unix.VMIN] = 1
	if err := unix.IoctlSetTermios(int(port.Fd()), unix.TCSETS, plain); err != nil {
		return err
	}
	go func() { _, _ = io.Copy(port, port) }()
	return nil
}

// disks lists "host:channel:target:lun=size in sectors".
func disks() (string, error) {
	links, err := filepath.Glob("/sys/block/sd*/device")
	var found []string
	for _, link := range links {
		place, _ := filepath.EvalSymlinks(link)
		size, _ := os.ReadFile(filepath.Join(filepath.Dir(link), "size"))
		found = append(found, filepath.Base(place)+"="+strings.TrimSpace(string(size)))
	}
	sort.Strings(found)
	return strings.Join(found, " "), err
}

func onDisk(arguments []string, act func(*os.File, int64) (string, error)) (string, error) {
	found, err := filepath.Glob("/sys/class/scsi_device/0:0:" + arguments[0] + ":0/device/block/sd*")
	if err != nil || len(found) != 1 {
		return "", fmt.Errorf("%d disks at target %s", len(found), arguments[0])
	}
	disk, err := os.OpenFile("/dev/"+filepath.Base(found[0]), os.O_RDWR|os.O_SYNC, 0)
	if err != nil {
		return "", err
	}
	defer disk.Close()
	offset, err := strconv.ParseInt(arguments[1], 10, 64)
	if err != nil {
		return "", err
	}
	return act(disk, offset)
}

func address(card, cidr string) error {
	ip, network, err := net.ParseCIDR(cidr)
	if err != nil {
		return err
	}
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(socket)
	request, err := unix.NewIfreq(card)
	if err != nil {
		return err
	}
	if err := request.SetInet4Addr(ip.To4()); err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFADDR, request); err != nil {
		return err
	}
	if err := request.SetInet4Addr(net.IP(network.Mask)); err != nil {
		return err
	}
	if err := unix.IoctlIfreq(socket, unix.SIOCSIFNETMASK, request); err != nil {
		return err
	}
	return up(socket, card)
}

func up(socket int, card string) error {
	request, err := unix.NewIfreq(card)
	if err != nil {
		return err
	}
	request.SetUint16(unix.IFF_UP | unix.IFF_RUNNING)
	return unix.IoctlIfreq(socket, unix.SIOCSIFFLAGS, request)
}

func dhcp(card string) (string, error) {
	socket, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return "", err
	}
	defer unix.Close(socket)
	if err := up(socket, card); err != nil {
		return "", err
	}
	client, err := nclient4.New(card)
	if err != nil {
		return "", err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	lease, err := client.Request(ctx)
	if err != nil {
		return "", err
	}
	ones, _ := lease.ACK.SubnetMask().Size()
	cidr := fmt.Sprintf("%s/%d", lease.ACK.YourIPAddr, ones)
	return fmt.Sprintf("%s via %s dns %s", cidr, lease.ACK.Router()[0], lease.ACK.DNS()[0]), address(card, cidr)
}

func exchange(network, address string, timeout time.Duration) (string, error) {
	conn, err := net.DialTimeout(network, address, timeout)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(timeout))
	if _, err := conn.Write([]byte("hello")); err != nil {
		return "", err
	}
	if half, can := conn.(*net.TCPConn); can {
		_ = half.CloseWrite()
		answer, err := io.ReadAll(conn)
		return string(answer), err
	}
	answer := make([]byte, 1500)
	n, err := conn.Read(answer)
	return string(answer[:n]), err
}

func sum(address string) (string, error) {
	conn, err := net.DialTimeout("tcp", address, patience)
	if err != nil {
		return "", err
	}
	defer conn.Close()
	sum := crc32.NewIEEE()
	n, err := io.Copy(sum, conn)
	return fmt.Sprintf("%d %08x", n, sum.Sum32()), err
}

func echo(port string) error {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				_, _ = io.Copy(conn, conn)
			}()
		}
	}()
	return nil
}

func resolve(server, name string) (string, error) {
	resolver := net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		var dialer net.Dialer
		return dialer.DialContext(ctx, network, server+":53")
	}}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	found, err := resolver.LookupHost(ctx, name)
	return strings.Join(found, " "), err
}
