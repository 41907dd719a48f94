package registry

import (
	"net/http"
	"sync"
)

// recorder counts requests, so that a test can tell a retry from a hot loop.
type recorder struct {
	mu     sync.Mutex
	counts map[string]int
}

func (c *recorder) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c.mu.Lock()
		c.counts[r.Method+" "+r.URL.Path]++
		c.mu.Unlock()
		next.ServeHTTP(w, r)
	})
}

// requests returns how often each method and path was asked for.
func (c *recorder) requests() map[string]int {
	c.mu.Lock()
	defer c.mu.Unlock()
	counts := map[string]int{}
	for request, n := range c.counts {
		counts[request] = n
	}
	return counts
}

func (c *recorder) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.counts)
}
