package usage

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/vic-operator/vic-operator/guest/report"
)

// maxArgs bounds what is told of a process's command line, which is the process's own to write.
const maxArgs = 4096

// processView is a process as `ps` shows it, numbered as inside the container.
type processView struct {
	PID        int     `json:"pid"`
	PPID       int     `json:"ppid"` // 0: its parent isn't the container's
	UID        int     `json:"uid"`
	User       string  `json:"user"` // by the image's passwd, or the number
	CPUPercent float64 `json:"cpuPercent"`
	StartedAt  string  `json:"startedAt"`
	TTY        string  `json:"tty"` // "?" for none
	CPUSeconds float64 `json:"cpuSeconds"`
	RSSBytes   uint64  `json:"rssBytes"`
	VSZBytes   uint64  `json:"vszBytes"`
	State      string  `json:"state"`
	Nice       int     `json:"nice"`
	Args       string  `json:"args"`
	Command    string  `json:"command"`

	outside, outsideParent int
}

func (c *Container) processes() ([]processView, error) {
	pids := strings.Fields(read(c.cgroup, "cgroup.procs"))
	if len(pids) == 0 {
		return nil, errors.New("the container has no process")
	}
	up := uptime(read(c.proc, "uptime"))
	users := c.users()
	var list []processView
	inside := map[int]int{}
	for _, pid := range pids {
		p, ok := c.process(pid, up)
		if !ok {
			continue // it has ended meanwhile
		}
		if p.User = users[p.UID]; p.User == "" {
			p.User = strconv.Itoa(p.UID)
		}
		inside[p.outside] = p.PID
		list = append(list, p)
	}
	for i := range list {
		list[i].PPID = inside[list[i].outsideParent]
	}
	slices.SortFunc(list, func(a, b processView) int { return cmp.Compare(a.PID, b.PID) })
	return list, nil
}

func (c *Container) process(pid string, up time.Duration) (processView, bool) {
	dir := filepath.Join(c.proc, pid)
	s, ok := parseStat(read(dir, "stat"))
	if !ok {
		return processView{}, false
	}
	status := read(dir, "status")
	outside, _ := strconv.Atoi(pid)
	cpu := ticks(s.cpuTicks)
	p := processView{
		PID: insidePID(status), UID: uid(status), StartedAt: report.Timestamp(time.Now().Add(ticks(s.startTicks) - up)),
		TTY: ttyName(s.tty), CPUSeconds: cpu.Seconds(), RSSBytes: s.rssPages * uint64(os.Getpagesize()), VSZBytes: s.vszBytes,
		State: s.state, Nice: s.nice, Command: s.command, Args: commandLine(dir, s.command),
		outside: outside, outsideParent: s.parent,
	}
	if age := up - ticks(s.startTicks); age > 0 {
		p.CPUPercent = 100 * cpu.Seconds() / age.Seconds()
	}
	return p, true
}

// commandLine is how a process was called; one without arguments of its own, such as a zombie, is told as `ps` does.
func commandLine(dir, command string) string {
	args := strings.TrimRight(read(dir, "cmdline"), "\x00")
	if args == "" {
		return fmt.Sprintf("[%s]", command)
	}
	return strings.ToValidUTF8(strings.ReplaceAll(args[:min(len(args), maxArgs)], "\x00", " "), "�")
}

// stat is what /proc/<pid>/stat tells (proc(5)).
type stat struct {
	command, state       string
	parent, tty, nice    int
	cpuTicks, startTicks uint64
	vszBytes, rssPages   uint64
}

// parseStat knows that the command, in parentheses, may hold anything.
func parseStat(content string) (stat, bool) {
	open, end := strings.IndexByte(content, '('), strings.LastIndexByte(content, ')')
	if open < 0 || end < open {
		return stat{}, false
	}
	f := strings.Fields(content[end+1:])
	if len(f) < 22 {
		return stat{}, false
	}
	number := func(field int) int { // numbered as in proc(5)
		n, _ := strconv.Atoi(f[field-3])
		return n
	}
	return stat{
		command: strings.ToValidUTF8(content[open+1:end], "�"), state: f[0], parent: number(4), tty: number(7),
		cpuTicks: uint64(number(14) + number(15)), nice: number(19), startTicks: uint64(number(22)),
		vszBytes: uint64(number(23)), rssPages: uint64(number(24)),
	}, true
}

// ttyName names a terminal by its device number: those of a container are pts (Linux: devices.txt, 136-143).
func ttyName(device int) string {
	major, minor := device>>8&0xfff, device&0xff|device>>12&0xfff00
	if major < 136 || major > 143 {
		return "?"
	}
	return fmt.Sprintf("pts/%d", (major-136)<<8+minor)
}

// insidePID is the number that a process has in its innermost PID namespace.
func insidePID(status string) int {
	f := strings.Fields(statusLine(status, "NSpid:"))
	if len(f) == 0 {
		return 0
	}
	n, _ := strconv.Atoi(f[len(f)-1])
	return n
}

// uid is the effective one.
func uid(status string) int {
	f := strings.Fields(statusLine(status, "Uid:"))
	if len(f) < 2 {
		return 0
	}
	n, _ := strconv.Atoi(f[1])
	return n
}

func statusLine(status, name string) string {
	for line := range strings.Lines(status) {
		if rest, ok := strings.CutPrefix(line, name); ok {
			return rest
		}
	}
	return ""
}

func uptime(content string) time.Duration {
	seconds, _, _ := strings.Cut(content, " ")
	n, _ := strconv.ParseFloat(seconds, 64)
	return time.Duration(n * float64(time.Second))
}

func ticks(n uint64) time.Duration { return time.Duration(n) * (time.Second / ticksPerSecond) }
