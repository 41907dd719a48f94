// Command testguest is process 1 of the hypervisor's test machines. It runs the
// toolbox, and does what the test writes into guestinfo.test.command. As a
// container's process it greets, and exits with 7 ("hello"), or with 3 when it
// is told to stop ("wait").
package main

import (
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/vmware/govmomi/toolbox"
	"golang.org/x/sys/unix"
)

// drivers are loaded in any order that works.
var drivers = []string{"virtio", "virtio_ring", "virtio_pci_modern_dev", "virtio_pci_legacy_dev", "virtio_pci",
	"virtio_console", "scsi_common", "scsi_mod", "crc64", "crc64-rocksoft", "crct10dif_common", "crc-t10dif", "t10-pi",
	"sd_mod", "vmw_pvscsi", "vmxnet3", "sym53c8xx"}

func main() {
	if len(os.Args) == 2 && (os.Args[1] == "hello" || os.Args[1] == "wait") { // process 1 gets the kernel's options
		contain(os.Args[1])
	}
	log.SetFlags(log.Lmicroseconds)
	for target, kind := range map[string]string{"/proc": "proc", "/sys": "sysfs", "/dev": "devtmpfs"} {
		_ = os.MkdirAll(target, 0o755)
		if err := unix.Mount(kind, target, kind, 0, ""); err != nil {
			log.Println("mount", target, err)
		}
	}
	loadDrivers()
	rpci, tclo := &port{name: "org.vic.rpci"}, &port{name: "org.vic.tclo", polled: true}
	service := toolbox.NewService(tclo, rpci)
	service.Power.Halt.Handler = func() error { return off(unix.LINUX_REBOOT_CMD_POWER_OFF) }
	service.Power.Reboot.Handler = func() error { return off(unix.LINUX_REBOOT_CMD_RESTART) }
	if err := service.Start(); err != nil {
		log.Fatal(err)
	}
	obey(&toolbox.ChannelOut{Channel: rpci}, service.SendGuestInfo)
}

func contain(what string) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, unix.SIGTERM)
	fmt.Println("hi")
	if what == "hello" {
		os.Exit(7)
	}
	<-stop
	os.Exit(3)
}

// obey performs each new command, "<number> <words>", and reports "<number> <result>". What was taken before a restart isn't
// new after it.
func obey(out *toolbox.ChannelOut, announce func()) {
	boots, _ := out.Request([]byte("info-get guestinfo.test.boots"))
	_, _ = out.Request([]byte("info-set guestinfo.test.boots " + string(boots) + "i"))
	taken, _ := out.Request([]byte("info-get guestinfo.test.taken"))
	last := string(taken)
	for ; ; time.Sleep(20 * time.Millisecond) {
		text, err := out.Request([]byte("info-get guestinfo.test.command"))
		number, command, _ := strings.Cut(string(text), " ")
		if err != nil || number == last {
			continue
		}
		last = number
		_, _ = out.Request([]byte("info-set guestinfo.test.taken " + number))
		result, err := perform(command, announce)
		if err != nil {
			result = "error: " + err.Error()
		}
		if _, err := out.Request([]byte("info-set guestinfo.test.result " + number + " " + result)); err != nil {
			log.Println("report:", err)
		}
	}
}

func loadDrivers() {
	for again := true; again; {
		again = false
		for i, name := range drivers {
			file, err := os.Open(filepath.Join("/lib/modules", name+".ko"))
			if err != nil {
				continue
			}
			if err := unix.FinitModule(int(file.Fd()), "", 0); err == nil {
				drivers[i], again = "", true
			}
			_ = file.Close()
		}
	}
}

func off(how int) error {
	unix.Sync()
	return unix.Reboot(how)
}

// portDevice finds a virtio port's device by the host's name for it.
func portDevice(name string) (string, error) {
	for range 500 {
		names, _ := filepath.Glob("/sys/class/virtio-ports/*/name")
		for _, file := range names {
			if text, _ := os.ReadFile(file); strings.TrimSpace(string(text)) == name {
				return "/dev/" + filepath.Base(filepath.Dir(file)), nil
			}
		}
		time.Sleep(10 * time.Millisecond)
	}
	return "", fmt.Errorf("no port %s", name)
}
