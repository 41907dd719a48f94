package process

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Real-time signals as the C library has them: it keeps the kernel's first two for itself.
const (
	sigRTMin = 34
	sigRTMax = 64
)

// SignalNumber understands Docker's STOPSIGNAL: a name with or without SIG, RTMIN+n, RTMAX-n, or a number.
// Left out, it is SIGTERM.
func SignalNumber(name string) (unix.Signal, error) {
	if name == "" {
		return unix.SIGTERM, nil
	}
	if n, err := strconv.Atoi(name); err == nil {
		if n < 1 || n > sigRTMax {
			return 0, fmt.Errorf("invalid signal: %s", name)
		}
		return unix.Signal(n), nil
	}
	short := strings.TrimPrefix(strings.ToUpper(name), "SIG")
	if n, ok := realTime(short); ok {
		return n, nil
	}
	if n := unix.SignalNum("SIG" + short); n != 0 {
		return n, nil
	}
	return 0, fmt.Errorf("invalid signal: %s", name)
}

func realTime(name string) (unix.Signal, bool) {
	for prefix, base := range map[string]int{"RTMIN": sigRTMin, "RTMAX": sigRTMax} {
		rest, ok := strings.CutPrefix(name, prefix)
		if !ok {
			continue
		}
		offset := 0
		if rest != "" {
			var err error
			if offset, err = strconv.Atoi(rest); err != nil {
				return 0, false
			}
		}
		n := base + offset
		return unix.Signal(n), n >= sigRTMin && n <= sigRTMax
	}
	return 0, false
}
