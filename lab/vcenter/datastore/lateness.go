package datastore

import (
	"os"
	"sync"
	"time"
)

// lateness remembers how large files of running machines were when somebody
// looked, so that readers can be shown what was there some time ago.
type lateness struct {
	mu    sync.Mutex
	sizes map[string][]sizeAt // oldest first
}

type sizeAt struct {
	at   time.Time
	size int64
}

// size is what a reader sees of a file when everything shows so late; growing
// says that a machine has it open. A file that nobody looked at while it grew
// is shown whole once it has stood still for so long.
func (l *lateness) size(host string, info os.FileInfo, growing bool, late time.Duration) int64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	now := time.Now()
	seen, known := l.sizes[host]
	if !known && !growing || now.Sub(info.ModTime()) >= late {
		delete(l.sizes, host)
		return info.Size()
	}
	if l.sizes == nil {
		l.sizes = map[string][]sizeAt{}
	}
	seen = append(seen, sizeAt{now, info.Size()})
	for len(seen) > 1 && now.Sub(seen[1].at) >= late {
		seen = seen[1:]
	}
	l.sizes[host] = seen
	if now.Sub(seen[0].at) < late {
		return 0
	}
	return min(seen[0].size, info.Size())
}
