package registry

import (
	"net/http"
	"regexp"
	"sync"
	"time"

	"github.com/vic-operator/vic-operator/lab/control"
)

// Fault is a failure that matching requests meet. Several of its effects may be
// set; a delay goes before all others.
type Fault struct {
	Method string `json:"method,omitempty"` // any where empty
	Path   string `json:"path"`             // regular expression on the URL's path
	Times  int    `json:"times,omitempty"`  // ends after so many requests; never where 0

	DelayMs        int          `json:"delayMs,omitempty"`
	Status         int          `json:"status,omitempty"`         // answered in place of the registry
	RetryAfter     string       `json:"retryAfter,omitempty"`     // that header, beside the status; "1" with 429 where empty
	Redirect       string       `json:"redirect,omitempty"`       // 307 to this origin, path and query kept
	Close          bool         `json:"close,omitempty"`          // the connection ends without an answer
	Corrupt        bool         `json:"corrupt,omitempty"`        // bytes of the body are changed, its length isn't
	CutAfterBytes  int          `json:"cutAfterBytes,omitempty"`  // the connection ends within the body
	BytesPerSecond int          `json:"bytesPerSecond,omitempty"` // of the body
	Login          *Credentials `json:"login,omitempty"`          // basic authentication is demanded
}

// Credentials of a basic authentication.
type Credentials struct {
	Username string `json:"username"`
	Password string `json:"password"`
}

// check says what is wrong with an ordered fault.
func (f Fault) check() error {
	switch {
	case f.Path == "":
		return control.Refuse(`path is missing: a regular expression on the URL's path, "." for all`)
	case f.Times < 0 || f.DelayMs < 0 || f.CutAfterBytes < 0 || f.BytesPerSecond < 0:
		return control.Refuse("numbers can't be negative")
	case f.Status != 0 && (f.Status < 400 || f.Status > 599):
		return control.Refuse("status %d isn't a failure (400 to 599)", f.Status)
	case f.RetryAfter != "" && f.Status == 0:
		return control.Refuse("retryAfter goes with a status")
	case f == (Fault{Method: f.Method, Path: f.Path, Times: f.Times}):
		return control.Refuse("no effect: one of delayMs, status, redirect, close, corrupt, cutAfterBytes, bytesPerSecond, login")
	}
	return nil
}

// faults are the ones in force, oldest first.
type faults struct {
	mu     sync.Mutex
	active []*activeFault
}

type activeFault struct {
	Fault
	path *regexp.Regexp
	left int // requests, -1 without end
}

func (f *faults) add(order Fault) error {
	if err := order.check(); err != nil {
		return err
	}
	path, err := regexp.Compile(order.Path)
	if err != nil {
		return control.Refuse("path: %v", err)
	}
	left := order.Times
	if left == 0 {
		left = -1
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = append(f.active, &activeFault{Fault: order, path: path, left: left})
	return nil
}

func (f *faults) clear() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.active = nil
}

func (f *faults) list() []Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	list := []Fault{}
	for _, fault := range f.active {
		if fault.left != 0 {
			list = append(list, fault.Fault)
		}
	}
	return list
}

// take returns the first fault that r meets, and counts it.
func (f *faults) take(r *http.Request) *Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, fault := range f.active {
		if fault.left == 0 || fault.Method != "" && fault.Method != r.Method || !fault.path.MatchString(r.URL.Path) {
			continue
		}
		if fault.left > 0 {
			fault.left--
		}
		return &fault.Fault
	}
	return nil
}

// wrap serves requests as next does, but for the faults they meet.
func (f *faults) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fault := f.take(r)
		if fault == nil {
			next.ServeHTTP(w, r)
			return
		}
		if !pause(r, time.Duration(fault.DelayMs)*time.Millisecond) {
			return
		}
		switch {
		case fault.Close:
			panic(http.ErrAbortHandler)
		case fault.Status != 0:
			if fault.RetryAfter != "" {
				w.Header().Set("Retry-After", fault.RetryAfter)
			}
			refuse(w, fault.Status)
		case fault.Redirect != "":
			http.Redirect(w, r, fault.Redirect+r.URL.RequestURI(), http.StatusTemporaryRedirect)
		case fault.Login != nil && !fault.Login.given(r):
			w.Header().Set("WWW-Authenticate", `Basic realm="lab"`)
			refuse(w, http.StatusUnauthorized)
		default:
			next.ServeHTTP(&spoiledBody{ResponseWriter: w, request: r, fault: fault}, r)
		}
	})
}

func (c *Credentials) given(r *http.Request) bool {
	username, password, _ := r.BasicAuth()
	return username == c.Username && password == c.Password
}

// refuse answers as the distribution specification has errors.
func refuse(w http.ResponseWriter, status int) {
	codes := map[int]string{
		http.StatusUnauthorized: "UNAUTHORIZED", http.StatusForbidden: "DENIED",
		http.StatusNotFound: "NAME_UNKNOWN", http.StatusTooManyRequests: "TOOMANYREQUESTS",
	}
	code := codes[status]
	if code == "" {
		code = "UNKNOWN"
	}
	if status == http.StatusTooManyRequests && w.Header().Get("Retry-After") == "" {
		w.Header().Set("Retry-After", "1")
	}
	control.Reply(w, status, map[string]any{
		"errors": []map[string]string{{"code": code, "message": "ordered through the lab's control API"}},
	})
}

// pause waits for d, or returns false when the client has gone.
func pause(r *http.Request, d time.Duration) bool {
	select {
	case <-r.Context().Done():
		return false
	case <-time.After(d):
		return true
	}
}
