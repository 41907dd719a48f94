package usage

import (
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/vic-operator/vic-operator/guest/report"
)

// ticksPerSecond is the kernel's USER_HZ on all architectures that Go knows but one.
const ticksPerSecond = 100

type figures struct {
	At       string                `json:"at"`
	CPU      cpuFigures            `json:"cpu"`
	Memory   memoryFigures         `json:"memory"`
	PIDs     uint64                `json:"pids"`
	Networks map[string]netFigures `json:"networks"`
	BlockIO  blockFigures          `json:"blkio"`
}

type cpuFigures struct {
	TotalNs   uint64 `json:"totalNs"`
	UserNs    uint64 `json:"userNs"`
	SystemNs  uint64 `json:"systemNs"`
	MachineNs uint64 `json:"machineNs"` // what all processors have spent, idling included
	Online    int    `json:"online"`
}

type memoryFigures struct {
	UsageBytes uint64            `json:"usageBytes"`
	LimitBytes uint64            `json:"limitBytes"`
	Stats      map[string]uint64 `json:"stats"`
}

type netFigures struct {
	RxBytes   uint64 `json:"rxBytes"`
	RxPackets uint64 `json:"rxPackets"`
	RxErrors  uint64 `json:"rxErrors"`
	RxDropped uint64 `json:"rxDropped"`
	TxBytes   uint64 `json:"txBytes"`
	TxPackets uint64 `json:"txPackets"`
	TxErrors  uint64 `json:"txErrors"`
	TxDropped uint64 `json:"txDropped"`
}

type blockFigures struct {
	ReadBytes  uint64 `json:"readBytes"`
	WriteBytes uint64 `json:"writeBytes"`
}

func (c *Container) figures() (figures, error) {
	cpu := counters(read(c.cgroup, "cpu.stat"))
	return figures{
		At: report.Timestamp(time.Now()),
		CPU: cpuFigures{
			TotalNs: 1000 * cpu["usage_usec"], UserNs: 1000 * cpu["user_usec"], SystemNs: 1000 * cpu["system_usec"],
			MachineNs: machineNs(read(c.proc, "stat")), Online: runtime.NumCPU(),
		},
		Memory: memoryFigures{
			UsageBytes: count(read(c.cgroup, "memory.current")),
			LimitBytes: 1024 * counters(read(c.proc, "meminfo"))["MemTotal"],
			Stats:      counters(read(c.cgroup, "memory.stat")),
		},
		PIDs:     count(read(c.cgroup, "pids.current")),
		Networks: networks(read(c.proc, filepath.Join("net", "dev"))),
		BlockIO:  blockIO(read(c.cgroup, "io.stat")),
	}, nil
}

// machineNs adds the first seven columns of /proc/stat's first line, as Docker does: guests' time is within users'.
func machineNs(stat string) uint64 {
	line, _, _ := strings.Cut(stat, "\n")
	var ticks uint64
	for _, column := range strings.Fields(line)[min(1, len(strings.Fields(line))):] {
		if n, err := strconv.ParseUint(column, 10, 64); err == nil {
			ticks += n
		}
	}
	return ticks * uint64(time.Second/ticksPerSecond)
}

// networks reads /proc/net/dev, without the loopback.
func networks(dev string) map[string]netFigures {
	result := map[string]netFigures{}
	for line := range strings.Lines(dev) {
		name, columns, ok := strings.Cut(strings.TrimSpace(line), ":")
		f := strings.Fields(columns)
		if !ok || name == "lo" || len(f) < 12 {
			continue
		}
		n := make([]uint64, len(f))
		for i, column := range f {
			n[i] = count(column)
		}
		result[name] = netFigures{n[0], n[1], n[2], n[3], n[8], n[9], n[10], n[11]}
	}
	return result
}

// blockIO adds the devices' bytes: "8:0 rbytes=1 wbytes=2 …".
func blockIO(stat string) blockFigures {
	var sum blockFigures
	for field := range strings.FieldsSeq(stat) {
		name, value, _ := strings.Cut(field, "=")
		switch name {
		case "rbytes":
			sum.ReadBytes += count(value)
		case "wbytes":
			sum.WriteBytes += count(value)
		}
	}
	return sum
}
