// Licences lists the Go modules that folders' programs are made of, with the
// licence of each, as tab-separated lines: module, version, SPDX identifiers.
// A module in whose folder no known licence is found has "unknown".
//
//	go run ./cmd/licences ../guest .
package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// files are those in which a module says how it may be used.
var files = regexp.MustCompile(`(?i)^(un)?licen[cs]e([.-].*)?$|^copying(\..*)?$`)

// enough is the share of a file, in percent, that has to be a known licence's text.
const enough = 60

func main() {
	lines := map[string]bool{}
	for _, folder := range os.Args[1:] {
		if err := list(folder, lines); err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n", folder, err)
			os.Exit(1)
		}
	}
	sorted := make([]string, 0, len(lines))
	for line := range lines {
		sorted = append(sorted, line)
	}
	slices.Sort(sorted)
	fmt.Println(strings.Join(sorted, "\n"))
}

// list adds the lines of all that is compiled into a folder's programs.
func list(folder string, lines map[string]bool) error {
	command := exec.Command("go", "list", "-deps", "-f",
		"{{with .Module}}{{if not .Main}}{{.Path}}\t{{.Version}}\t{{.Dir}}{{end}}{{end}}", "./...")
	command.Dir, command.Stderr = folder, os.Stderr
	out, err := command.Output()
	if err != nil {
		return fmt.Errorf("go list: %w", err)
	}
	for module := range bytes.Lines(bytes.TrimSpace(out)) {
		fields := strings.Split(strings.TrimSpace(string(module)), "\t")
		if len(fields) != 3 {
			continue
		}
		names, err := licencesIn(fields[2])
		if err != nil {
			return err
		}
		lines[fields[0]+"\t"+fields[1]+"\t"+names] = true
	}
	return nil
}

// licencesIn names what the licence files of a folder hold.
func licencesIn(folder string) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", err
	}
	var names []string
	for _, entry := range entries {
		if entry.IsDir() || !files.MatchString(entry.Name()) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(folder, entry.Name()))
		if err != nil {
			return "", err
		}
		coverage := licensecheck.Scan(text)
		if coverage.Percent < enough {
			continue
		}
		for _, match := range coverage.Match {
			if !slices.Contains(names, match.ID) {
				names = append(names, match.ID)
			}
		}
	}
	if len(names) == 0 {
		return "unknown", nil
	}
	return strings.Join(names, " "), nil
}
