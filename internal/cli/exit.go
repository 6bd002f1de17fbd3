package cli

import (
	"context"
	"errors"

	"parley.example/parley"
)

// Exit codes.
const (
	exitDone      = 0
	exitFailed    = 1
	exitUsage     = 2
	exitNotProven = 3
)

// exitCodes maps each kind of error to the exit code, once for all commands.
var exitCodes = map[parley.ErrorKind]int{
	parley.Internal:    exitFailed,
	parley.Invalid:     exitFailed,
	parley.NotFound:    exitFailed,
	parley.Conflict:    exitFailed,
	parley.Forbidden:   exitFailed,
	parley.Unavailable: exitFailed,
	parley.Untrusted:   exitNotProven,
}

func exitCode(err error) int {
	switch {
	case err == nil:
		return exitDone
	case isUsage(err):
		return exitUsage
	}
	return exitCodes[parley.KindOf(err)]
}

// hint is the next step for the reader, or "".
func hint(err error) string {
	if h := parley.HintOf(err); h != "" {
		return h
	}
	if isUsage(err) {
		return "parley --help, or parley COMMAND --help"
	}
	return ""
}

// sentence is what people are told about err.
func sentence(err error) string {
	if errors.Is(err, context.Canceled) && parley.KindOf(err) == parley.Internal {
		return "interrupted"
	}
	return err.Error()
}
