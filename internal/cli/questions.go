package cli

import (
	"bufio"
	"fmt"
	"strings"

	"parley.example/parley"
)

// questions asks on standard error and reads answers, one a line, from standard
// input. It keeps the first error and then asks no more.
type questions struct {
	c   *Context
	in  *bufio.Reader
	err error
}

func newQuestions(c *Context) *questions { return &questions{c: c, in: bufio.NewReader(c.In)} }

// must asks for what has no default.
func (q *questions) must(what string, answer *string) {
	q.may(what, answer, "")
	if q.err == nil && *answer == "" {
		q.err = usage(parley.E(parley.Invalid, "%s: no answer", strings.ToLower(what[:1])+what[1:]))
	}
}

// may asks, and takes the default for an empty answer or where nobody answers.
func (q *questions) may(what string, answer *string, otherwise string) {
	if q.err != nil {
		return
	}
	shown := ""
	if otherwise != "" {
		shown = " [" + otherwise + "]"
	}
	fmt.Fprintf(q.c.Voice, "%s%s: ", what, shown)
	line, _ := q.in.ReadString('\n') // what was read before the end counts
	if *answer = strings.TrimSpace(line); *answer == "" {
		*answer = otherwise
	}
}
