package cli

import (
	"context"
	"errors"
	"regexp"

	"parley.example/parley"
	"parley.example/parley/internal/plain"
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
	s := plain.Words(err)
	for _, w := range grammarWords {
		s = w.says.ReplaceAllString(s, w.plain)
	}
	return s
}

// grammarWords puts what the command line's grammar says into plain words.
var grammarWords = []struct {
	says  *regexp.Regexp
	plain string
}{
	{regexp.MustCompile(`expected a valid \d+ bit u?int but got ("[^"]*")`), `$1 is no whole number`},
	{regexp.MustCompile(`expected duration but got ("[^"]*"):? ?.*`), `$1 is no length of time: want one such as 90s, 10m or 8h`},
	{regexp.MustCompile(`must be one of "",`), `must be one of `},
	{regexp.MustCompile(`"([^"]*)" exists but is a directory`), `$1: it is a folder`},
}
