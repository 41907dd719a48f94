package control

import (
	"fmt"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strings"
)

// Front is the one address of the control API: the parts behind it are served
// by the processes that they steer, so that the address outlives their
// restarts. parts maps a first path element, or "" for all others, to a
// loopback port; 0 stands for a part that doesn't run.
func Front(parts map[string]int) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		first, _, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
		port, known := parts[first]
		if !known {
			port = parts[""]
		}
		if port == 0 {
			Reply(w, http.StatusServiceUnavailable, problem{"that part of the lab doesn't run (--only?)"})
			return
		}
		proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: fmt.Sprintf("127.0.0.1:%d", port)})
		proxy.ErrorHandler = func(w http.ResponseWriter, _ *http.Request, err error) {
			Reply(w, http.StatusBadGateway, problem{fmt.Sprintf("that part of the lab doesn't answer, maybe it is starting: %v", err)})
		}
		proxy.ServeHTTP(w, r)
	})
}
