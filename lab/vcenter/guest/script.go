package guest

import (
	"strconv"
	"strings"
	"time"
)

// step is one thing that a simulated process does.
type step struct {
	print string        // a line for standard output
	sleep time.Duration // then wait so long
}

// script is what a simulated guest makes of a command line: enough of a shell
// to try lifecycles with, no more.
type script struct {
	steps    []step
	forever  bool // runs until it is stopped
	exitCode int
	missing  bool // there is no such program
}

// parseScript understands echo, sleep, true, false, exit and sequences of them
// under sh -c. Any other program runs until it is stopped; one whose name holds
// "nonexistent" can't be started.
func parseScript(args []string) script {
	var s script
	if len(args) == 0 {
		return script{missing: true}
	}
	if len(args) >= 3 && (args[0] == "sh" || strings.HasSuffix(args[0], "/sh")) && args[1] == "-c" {
		for _, command := range strings.FieldsFunc(args[2], func(r rune) bool { return r == ';' || r == '\n' }) {
			if s.command(strings.Fields(command)) {
				return s
			}
		}
		return s
	}
	s.command(args)
	return s
}

// command adds one command; true means that the script ends there.
func (s *script) command(words []string) (ends bool) {
	if len(words) == 0 {
		return false
	}
	name := words[0][strings.LastIndexByte(words[0], '/')+1:]
	switch {
	case name == "echo":
		s.steps = append(s.steps, step{print: strings.Trim(strings.Join(words[1:], " "), `"'`)})
		s.exitCode = 0
	case name == "true":
		s.exitCode = 0
	case name == "false":
		s.exitCode = 1
	case name == "exit":
		if len(words) > 1 {
			s.exitCode, _ = strconv.Atoi(words[1])
		}
		return true
	case name == "sleep" && len(words) == 2:
		seconds, err := strconv.ParseFloat(words[1], 64)
		if err != nil || !(seconds < 1e9) { // "infinity" is a number too
			s.forever = true
			return true
		}
		s.steps = append(s.steps, step{sleep: time.Duration(seconds * float64(time.Second))})
		s.exitCode = 0
	case strings.Contains(name, "nonexistent"):
		s.missing = true
		return true
	default:
		s.forever = true
		return true
	}
	return false
}

// program is the name of the program in a command line.
func program(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[0]
}
