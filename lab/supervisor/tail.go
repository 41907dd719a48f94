package supervisor

import (
	"os"
	"strings"
)

// tailBytes is read at most; a log line of a process is never longer.
const tailBytes = 16 << 10

// tail returns the last lines of the file at path; what can't be read is empty.
func tail(path string, lines int) string {
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return ""
	}
	buffer := make([]byte, min(info.Size(), tailBytes))
	n, _ := f.ReadAt(buffer, info.Size()-int64(len(buffer)))
	all := strings.Split(strings.TrimRight(string(buffer[:n]), "\n"), "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}

// rotateBytes is how long a log may be when its process is started for a lab.
const rotateBytes = 8 << 20

// rotate puts a long log aside, in place of the one put aside before.
func rotate(path string) {
	if info, err := os.Stat(path); err == nil && info.Size() > rotateBytes {
		_ = os.Rename(path, path+".old")
	}
}
