package process

import "strings"

// defaultPath is Docker's for Linux.
const defaultPath = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// environment is what a process under Docker finds: PATH, HOSTNAME, TERM with a terminal, what was asked for, which may
// replace those, and HOME.
func environment(asked []string, hostname, home string, terminal bool) []string {
	env := []string{defaultPath, "HOSTNAME=" + hostname}
	if terminal {
		env = append(env, "TERM=xterm")
	}
	env = override(env, asked)
	if !has(env, "HOME") {
		env = append(env, "HOME="+home)
	}
	return env
}

// override replaces variables in their place and appends new ones. A name without "=" takes a variable away.
func override(env, by []string) []string {
	place := map[string]int{}
	var result []string
	for _, variable := range env {
		name, _, _ := strings.Cut(variable, "=")
		place[name] = len(result)
		result = append(result, variable)
	}
	for _, variable := range by {
		name, _, assigned := strings.Cut(variable, "=")
		at, there := place[name]
		switch {
		case !assigned && there:
			result[at] = ""
			delete(place, name)
		case !assigned:
		case there:
			result[at] = variable
		default:
			place[name] = len(result)
			result = append(result, variable)
		}
	}
	return withoutEmpty(result)
}

func withoutEmpty(list []string) []string {
	kept := list[:0]
	for _, s := range list {
		if s != "" {
			kept = append(kept, s)
		}
	}
	return kept
}

func has(env []string, name string) bool {
	for _, variable := range env {
		if strings.HasPrefix(variable, name+"=") {
			return true
		}
	}
	return false
}
