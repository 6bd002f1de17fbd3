package agreement

import (
	"fmt"
	"sort"
	"strings"

	"parley.example/parley"
)

// ParseError says where a text is wrong, what is wrong there, and what would
// be right. AGREEMENT-10
type ParseError struct {
	Line int    // 1 is the first line; 0 where the text as a whole is meant
	Key  string // dotted, without indexes: "party.body.signing"; may be empty
	What string // what is wrong
	Want string // what would be right
	More []*ParseError

	unknown bool // a key that nothing takes: it comes first, as what is missing may follow from it
}

// Error is one line for each thing that is wrong, unknown keys first, else in the order of the text.
func (e *ParseError) Error() string {
	lines := []string{e.line()}
	for _, m := range e.More {
		lines = append(lines, m.line())
	}
	return strings.Join(lines, "\n")
}

func (e *ParseError) line() string {
	var b strings.Builder
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	if e.Key != "" {
		fmt.Fprintf(&b, "%s: ", e.Key)
	}
	b.WriteString(e.What)
	if e.Want != "" {
		b.WriteString("; want ")
		b.WriteString(e.Want)
	}
	return b.String()
}

// maxErrors bounds what one reading reports.
const maxErrors = 20

// checker collects what is wrong with one document, at most maxErrors of it.
type checker struct {
	lines lineIndex
	found []*ParseError
}

// bad notes a fault at path, such as "party[0].body[1].signing".
func (c *checker) bad(path, what, want string, args ...any) {
	if len(c.found) >= maxErrors {
		return
	}
	c.found = append(c.found, &ParseError{
		Line: c.lines.find(path), Key: plainKey(path), What: what, Want: fmt.Sprintf(want, args...),
	})
}

// err is nil or a parley.Invalid that wraps the first ParseError.
func (c *checker) err() error {
	if len(c.found) == 0 {
		return nil
	}
	sort.SliceStable(c.found, func(i, j int) bool {
		a, b := c.found[i], c.found[j]
		if a.unknown != b.unknown {
			return a.unknown
		}
		return a.Line < b.Line
	})
	first := c.found[0]
	first.More = c.found[1:]
	return parley.E(parley.Invalid, "%w", first)
}

// plainKey drops the indexes of a path: people count lines, not tables.
func plainKey(path string) string {
	var b strings.Builder
	in := false
	for i := range len(path) {
		switch c := path[i]; {
		case c == '[':
			in = true
		case c == ']':
			in = false
		case !in:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func quote(s string) string {
	if len(s) > 80 {
		s = s[:80] + "..."
	}
	return fmt.Sprintf("%q", s)
}
