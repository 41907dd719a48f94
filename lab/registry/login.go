package registry

import (
	"crypto/rand"
	"net/http"
	"regexp"
	"strings"
	"sync"

	"github.com/vic-operator/vic-operator/lab/control"
)

// service is what tokens are for, as the registry and its token service call it.
const service = "lab-registry"

// Login is what the registry demands of who pulls: nothing where Mode is empty.
type Login struct {
	Mode        string `json:"mode"` // basic, or bearer: the token service at /token, which asks for Basic itself
	Credentials        // "basic" takes these alone
	Anonymous   bool   `json:"anonymous,omitempty"` // bearer: the token service serves everybody, but who gives a wrong password
}

// logins checks requests against the Login in force. Each order makes the
// tokens of the one before void.
type logins struct {
	mu     sync.Mutex
	login  Login
	tokens map[string]string // the scope that each is good for
}

func (l *logins) demand(login Login) error {
	if login.Mode != "" && login.Mode != "basic" && login.Mode != "bearer" {
		return control.Refuse(`mode %q: it is "basic" or "bearer"`, login.Mode)
	}
	if login.Mode != "" && login.Username == "" {
		return control.Refuse("username and password are missing")
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.login, l.tokens = login, map[string]string{}
	return nil
}

// wrap serves who is logged in. The token service is there in the mode bearer
// (https://distribution.github.io/distribution/spec/auth/token/).
func (l *logins) wrap(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		l.mu.Lock()
		login := l.login
		l.mu.Unlock()
		switch {
		case login.Mode == "bearer" && r.URL.Path == "/token":
			l.serveToken(w, r, login)
		case login.Mode == "basic" && !login.given(r):
			w.Header().Set("WWW-Authenticate", `Basic realm="lab"`)
			refuse(w, http.StatusUnauthorized)
		case login.Mode == "bearer" && !l.admits(r):
			w.Header().Set("WWW-Authenticate", challenge(r))
			refuse(w, http.StatusUnauthorized)
		default:
			next.ServeHTTP(w, r)
		}
	})
}

func (l *logins) serveToken(w http.ResponseWriter, r *http.Request, login Login) {
	_, _, named := r.BasicAuth()
	if !login.given(r) && (named || !login.Anonymous) {
		refuse(w, http.StatusUnauthorized)
		return
	}
	if r.URL.Query().Get("service") != service {
		refuse(w, http.StatusBadRequest)
		return
	}
	token := rand.Text()
	l.mu.Lock()
	l.tokens[token] = r.URL.Query().Get("scope")
	l.mu.Unlock()
	control.Reply(w, http.StatusOK, map[string]any{"token": token, "expires_in": 300})
}

// admits says whether r has a token for what it asks for.
func (l *logins) admits(r *http.Request) bool {
	token, given := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	l.mu.Lock()
	defer l.mu.Unlock()
	scope, known := l.tokens[token]
	return given && known && scope == scopeOf(r)
}

func challenge(r *http.Request) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return `Bearer realm="` + scheme + "://" + r.Host + `/token",service="` + service + `",scope="` + scopeOf(r) + `"`
}

var repositoryPath = regexp.MustCompile(`^/v2/(.+)/(?:manifests|blobs|tags)/`)

// scopeOf is the right to pull that r needs; none for /v2/ itself.
func scopeOf(r *http.Request) string {
	match := repositoryPath.FindStringSubmatch(r.URL.Path)
	if match == nil {
		return ""
	}
	return "repository:" + match[1] + ":pull"
}
