package datastore

import "sync"

// Locks are the file locks that running machines hold: one writer, or readers.
// The zero value is ready.
type Locks struct {
	mu    sync.Mutex
	files map[string]*lock
}

type lock struct {
	writer  string
	readers map[string]int
}

// Claim is one file that an owner wants to open.
type Claim struct {
	Path  string
	Write bool
}

// Acquire takes all claims for owner, or none; then it gives the first file
// that somebody else has open in a way that doesn't go with the claim.
func (l *Locks) Acquire(owner string, claims []Claim) (conflict string, ok bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range claims {
		held := l.files[c.Path]
		if held == nil {
			continue
		}
		if held.writer != "" || c.Write && len(held.readers) > 0 {
			return c.Path, false
		}
	}
	if l.files == nil {
		l.files = map[string]*lock{}
	}
	for _, c := range claims {
		held := l.files[c.Path]
		if held == nil {
			held = &lock{readers: map[string]int{}}
			l.files[c.Path] = held
		}
		if c.Write {
			held.writer = owner
		} else {
			held.readers[owner]++
		}
	}
	return "", true
}

// Release gives claims back.
func (l *Locks) Release(owner string, claims []Claim) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range claims {
		held := l.files[c.Path]
		if held == nil {
			continue
		}
		if c.Write && held.writer == owner {
			held.writer = ""
		} else if !c.Write {
			if held.readers[owner]--; held.readers[owner] <= 0 {
				delete(held.readers, owner)
			}
		}
		if held.writer == "" && len(held.readers) == 0 {
			delete(l.files, c.Path)
		}
	}
}

// Held says whether anybody has path open, or a file below it.
func (l *Locks) Held(path string) (file string, held bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, ok := l.files[path]; ok {
		return path, true
	}
	for file := range l.files {
		if len(file) > len(path) && file[:len(path)] == path && file[len(path)] == '/' {
			return file, true
		}
	}
	return "", false
}
