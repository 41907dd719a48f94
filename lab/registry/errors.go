package registry

import "net/http"

// jsonErrors gives refusals the media type that they have by the distribution
// specification ("Error Codes") and that go-containerregistry leaves out:
// dockerd reads the code of JSON alone.
func jsonErrors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(&errorWriter{ResponseWriter: w}, r)
	})
}

type errorWriter struct{ http.ResponseWriter }

func (w *errorWriter) WriteHeader(status int) {
	if status >= http.StatusBadRequest && w.Header().Get("Content-Type") == "" {
		w.Header().Set("Content-Type", "application/json")
	}
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap lets http.ResponseController find the connection.
func (w *errorWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }
