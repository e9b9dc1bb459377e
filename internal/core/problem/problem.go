// Package problem holds the closed set of error kinds that Firehall knows.
//
// Rooms return errors made here; the edge (command line, API, pages) maps the
// kind to an exit code, an HTTP status or a page, once. The message says what
// failed, on what, and what to do about it; the kind says whose turn it is.
package problem

import (
	"errors"
	"fmt"
)

// Kind says what sort of problem an error is. The zero value is Internal, so
// that an error nobody classified is treated as our own defect.
type Kind uint8

// The closed set of kinds.
const (
	// Internal is a defect or a failure of the machine: not the caller's fault.
	Internal Kind = iota
	// NotFound means that the object is not there, or that the actor may not
	// know that it is.
	NotFound
	// Invalid means that the input must change before another attempt.
	Invalid
	// Forbidden means that the actor may not do this.
	Forbidden
	// Conflict means that the state of the object does not allow it, or that
	// somebody else was faster.
	Conflict
	// Unavailable means that something we depend on is not answering: the same
	// call may succeed later.
	Unavailable
)

var names = [...]string{"internal", "not found", "invalid", "forbidden", "conflict", "unavailable"}

// String returns the kind in words, lower case.
func (k Kind) String() string {
	if int(k) < len(names) {
		return names[k]
	}
	return names[Internal]
}

// fault is an error with a kind.
type fault struct {
	kind Kind
	err  error
}

func (f *fault) Error() string { return f.err.Error() }
func (f *fault) Unwrap() error { return f.err }

// New returns an error of kind k. The format is that of fmt.Errorf: %w keeps
// the cause reachable by errors.Is and errors.As.
func New(k Kind, format string, args ...any) error {
	return &fault{kind: k, err: fmt.Errorf(format, args...)}
}

// Wrap returns err under a new kind, with the formatted context before it.
// A nil err gives nil.
func Wrap(k Kind, err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return &fault{kind: k, err: fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), err)}
}

// KindOf returns the outermost kind found in err's tree, and Internal when
// there is none. A nil error has no kind; callers test for nil first.
func KindOf(err error) Kind {
	var f *fault
	if errors.As(err, &f) {
		return f.kind
	}
	return Internal
}

// Is reports whether err is of kind k.
func Is(err error, k Kind) bool { return err != nil && KindOf(err) == k }
