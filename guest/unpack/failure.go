// Package unpack applies the layers of an image, as a registry has them, to a mounted file system: whiteouts,
// opaque directories, hard links, devices, extended attributes and all. It trusts nothing that a layer says:
// no path in one leads out of the file system, and its digests are checked while it is read.
package unpack

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// Reason says what kind of failure it was, for a program to decide on.
type Reason string

// The reasons, as docs/guest-protocol.md has them.
const (
	DiskMissing    Reason = "DiskMissing"
	DigestMismatch Reason = "DigestMismatch"
	DiffIDMismatch Reason = "DiffIDMismatch"
	LayerCorrupt   Reason = "LayerCorrupt"
	PathEscapes    Reason = "PathEscapes"
	NoSpace        Reason = "NoSpace"
	UnpackFailed   Reason = "UnpackFailed"
)

// Error is a failure with its reason.
type Error struct {
	Reason Reason
	err    error
}

func (e *Error) Error() string { return e.err.Error() }
func (e *Error) Unwrap() error { return e.err }

// Fail makes an error with a reason.
func Fail(reason Reason, format string, args ...any) error {
	return &Error{reason, fmt.Errorf(format, args...)}
}

// ReasonOf classifies any error of this package.
func ReasonOf(err error) Reason {
	var e *Error
	switch {
	case errors.Is(err, unix.ENOSPC), errors.Is(err, unix.EDQUOT):
		return NoSpace
	case errors.As(err, &e):
		return e.Reason
	}
	return UnpackFailed
}
