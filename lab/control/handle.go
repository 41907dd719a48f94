// Package control is the lab's HTTP interface for tests and measurements: what
// a real installation has no button for. docs/lab.md describes it.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
)

// Refusal is an error that the caller has made: it is answered with 400.
type Refusal struct{ Message string }

func (r *Refusal) Error() string { return r.Message }

// Refuse makes a Refusal.
func Refuse(format string, args ...any) error { return &Refusal{fmt.Sprintf(format, args...)} }

// None is the body of a request that has none.
type None struct{}

// Handle answers with what serve returns for the request's JSON body. An empty
// body is T's zero value; unknown fields, wrong types and trailing bytes are
// refused, because a fault that a test misspelt would make it pass for nothing.
func Handle[T any](serve func(ctx context.Context, body T) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var body T
		if err := decode(r.Body, &body); err != nil {
			Reply(w, http.StatusBadRequest, problem{err.Error()})
			return
		}
		result, err := serve(r.Context(), body)
		var refusal *Refusal
		switch {
		case errors.As(err, &refusal):
			Reply(w, http.StatusBadRequest, problem{refusal.Message})
		case errors.Is(err, ErrNotFound):
			Reply(w, http.StatusNotFound, problem{err.Error()})
		case err != nil:
			Reply(w, http.StatusInternalServerError, problem{err.Error()})
		default:
			Reply(w, http.StatusOK, result)
		}
	}
}

type problem struct {
	Error string `json:"error"`
}

// Reply writes value, or {} for nil, as JSON.
func Reply(w http.ResponseWriter, status int, value any) {
	if value == nil {
		value = None{}
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(value)
}

func decode(body io.Reader, into any) error {
	decoder := json.NewDecoder(body)
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); errors.Is(err, io.EOF) {
		return nil
	} else if err != nil {
		return fmt.Errorf("the body isn't what this expects: %w", err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return errors.New("the body goes on after its JSON value")
	}
	return nil
}
