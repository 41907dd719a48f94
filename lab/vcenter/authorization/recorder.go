package authorization

import (
	"cmp"
	"slices"
	"sync"
)

// Checked is a privilege that calls of a method demanded, on objects of a type.
type Checked struct {
	Method    string `json:"method"`
	Type      string `json:"type"`
	Privilege string `json:"privilege"`
}

// Recorder keeps what was demanded of each user.
type Recorder struct {
	mu   sync.Mutex
	seen map[string]map[Checked]bool
}

// Note adds what a call demanded.
func (r *Recorder) Note(user, method string, needs []Need) {
	if len(needs) == 0 {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.seen == nil {
		r.seen = map[string]map[Checked]bool{}
	}
	if r.seen[user] == nil {
		r.seen[user] = map[Checked]bool{}
	}
	for _, need := range needs {
		r.seen[user][Checked{method, need.Object.Type, need.Privilege}] = true
	}
}

// Of lists what was demanded of a user since Reset, sorted.
func (r *Recorder) Of(user string) []Checked {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := make([]Checked, 0, len(r.seen[Principal(user)]))
	for c := range r.seen[Principal(user)] {
		list = append(list, c)
	}
	slices.SortFunc(list, func(a, b Checked) int {
		return cmp.Or(cmp.Compare(a.Method, b.Method), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Privilege, b.Privilege))
	})
	return list
}

// Reset forgets all of it.
func (r *Recorder) Reset() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen = nil
}
