package parley

import (
	"errors"
	"fmt"
)

// ErrorKind is one of a closed set; each face maps it once to its own status.
type ErrorKind int

const (
	Internal    ErrorKind = iota // our fault: shown as an id only
	Invalid                      // what was given is wrong; the text says what would be right
	NotFound                     // no such thing, or not for the asker
	Conflict                     // right in itself, but not in the present state
	Forbidden                    // the asker may not
	Untrusted                    // a signature, proof or hash does not hold
	Unavailable                  // not now: try again
)

var errorKinds = [...]string{"internal", "invalid", "not found", "conflict", "forbidden", "untrusted", "unavailable"}

func (k ErrorKind) String() string { return errorKinds[k] }

// Error is the project's error. Msg is shown to people; Err is not.
type Error struct {
	Kind     ErrorKind
	Msg      string
	Hint     string // what to do next, one sentence, may be empty
	Err      error  // the cause, for logs; may be nil
	Received []byte // Untrusted: what was received
	Proves   bool   // Untrusted: Received convicts its signer by itself
}

// E makes an Error; a %w argument becomes its cause.
func E(kind ErrorKind, format string, args ...any) *Error {
	err := fmt.Errorf(format, args...)
	return &Error{Kind: kind, Msg: err.Error(), Err: errors.Unwrap(err)}
}

// WithHint returns the error with a next step for the reader.
func (e *Error) WithHint(format string, args ...any) *Error {
	c := *e
	c.Hint = fmt.Sprintf(format, args...)
	return &c
}

func (e *Error) Error() string { return e.Msg }
func (e *Error) Unwrap() error { return e.Err }

// KindOf is the kind of the outermost Error in the chain; Internal where there is none.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}

// HintOf is the first hint in the chain, or "".
func HintOf(err error) string {
	for ; err != nil; err = errors.Unwrap(err) {
		if e, ok := err.(*Error); ok && e.Hint != "" {
			return e.Hint
		}
	}
	return ""
}
