package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// commandLine is what a QEMU of the hypervisor was started with, without the
// program's name, made fit to run by itself.
type commandLine struct {
	words []string
	disk  map[string]any // the first disk's block graph, within words at diskAt
	at    int            // the disk's place in words
	log   int            // the log port's place in words
}

// Names that the hypervisor gives to what is of interest here.
const (
	controlDevice = "id=control,"
	fileDevice    = "file,id=serial"
	lineDevice    = "socket,id=serial"
	diskNode      = "block-disk-"
)

// parseCommandLine takes away what the hypervisor needs for itself: that the
// machine starts stopped, and the control connection that lets it run.
func parseCommandLine(given []string) (c commandLine, err error) {
	c.at, c.log = -1, -1
	for i := 0; i < len(given); i++ {
		word := given[i]
		next := ""
		if i+1 < len(given) {
			next = given[i+1]
		}
		switch {
		case word == "-S":
			continue
		case word == "-chardev" && strings.Contains(next, controlDevice), word == "-mon":
			i++
			continue
		case word == "-chardev" && strings.HasPrefix(next, fileDevice) && c.log < 0:
			c.log = len(c.words) + 1
		case word == "-chardev" && strings.HasPrefix(next, lineDevice): // leads to a console; here is none
			id, _, _ := strings.Cut(strings.TrimPrefix(next, "socket,"), ",")
			c.words = append(c.words, word, "null,"+id)
			i++
			continue
		case word == "-blockdev" && strings.Contains(next, diskNode) && c.at < 0:
			if err := json.Unmarshal([]byte(next), &c.disk); err != nil {
				return c, fmt.Errorf("the disk %s: %w", next, err)
			}
			c.at = len(c.words) + 1
		}
		c.words = append(c.words, word)
	}
	if c.at < 0 || c.log < 0 {
		return c, errors.New("the command line has no disk, or no log port with a file")
	}
	return c, nil
}

// parent is the path of the disk of which the machine's own is a child.
func (c commandLine) parent() (string, error) {
	backing, _ := c.disk["backing"].(map[string]any)
	file, _ := backing["file"].(map[string]any)
	path, _ := file["filename"].(string)
	if path == "" {
		return "", errors.New("the disk has no parent")
	}
	return path, nil
}

// with returns the words with another disk and another log, both in dir.
func (c commandLine) with(disk, log string) ([]string, error) {
	words := slices.Clone(c.words)
	file, _ := c.disk["file"].(map[string]any)
	if file == nil {
		return nil, errors.New("the disk has no file")
	}
	file["filename"] = disk
	text, err := json.Marshal(c.disk)
	if err != nil {
		return nil, err
	}
	words[c.at] = string(text)
	id, _, _ := strings.Cut(strings.TrimPrefix(words[c.log], "file,id="), ",")
	words[c.log] = fmt.Sprintf("file,id=%s,append=on,path=%s", id, strings.ReplaceAll(filepath.Clean(log), ",", ",,"))
	return words, nil
}

// descriptors are the numbers of the inherited sockets: the two ports of the
// guest's tools, and the network cards.
func (c commandLine) descriptors() (rpci, tclo int, nics []int) {
	for _, word := range c.words {
		number := func(prefix string) (n int) {
			if _, after, found := strings.Cut(word, prefix); found {
				digits, _, _ := strings.Cut(after, ",")
				n, _ = strconv.Atoi(digits)
			}
			return n
		}
		switch {
		case strings.HasPrefix(word, "socket,id=rpci,"):
			rpci = number("fd=")
		case strings.HasPrefix(word, "socket,id=tclo,"):
			tclo = number("fd=")
		case strings.HasPrefix(word, "stream,"):
			nics = append(nics, number("addr.str="))
		}
	}
	return rpci, tclo, nics
}
