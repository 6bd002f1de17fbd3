package agreement

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// MaxText bounds the text of a card or agreement, in octets. AGREEMENT-1
const MaxText = 512 << 10

// decode reads text strictly into v and returns where each key stands. Unknown keys
// are among what the checker has found, and no error yet: the rest is checked with
// them, so that one look shows every slip.
// It refuses what a person could not see: control and direction characters. AGREEMENT-1
func decode(text []byte, v any) (*checker, error) {
	c := &checker{}
	if line, what := badText(text); what != "" {
		c.found = append(c.found, &ParseError{Line: line, What: what, Want: "plain UTF-8 lines, each ended by a newline, " +
			"at most 512 KiB, without control or direction characters"})
		return c, c.err()
	}
	var fault *ParseError
	if c.lines, fault = indexLines(text); fault != nil {
		c.found = append(c.found, fault)
		return c, c.err()
	}
	c.unknown(schemaOf(reflect.TypeOf(v)))
	dec := toml.NewDecoder(bytes.NewReader(text))
	if len(c.found) == 0 {
		dec.DisallowUnknownFields()
	}
	if err := dec.Decode(v); err != nil {
		c.found = append(c.found, decodeError(err))
		return c, c.err()
	}
	return c, nil
}

// unknown finds the keys that the type does not take. AGREEMENT-9
func (c *checker) unknown(s schema) {
	for _, path := range c.lines.paths() {
		plain := plainKey(path)
		if s.has(plain) {
			continue
		}
		if len(c.found) == maxErrors {
			return
		}
		want := "a table that spec/agreement.md lists"
		if keys := s.beside(plain); len(keys) > 0 {
			want = "one of " + strings.Join(keys, ", ")
		}
		c.bad(path, "unknown key", "%s", want)
		c.found[len(c.found)-1].unknown = true
	}
}

// decodeError turns the library's error into ours.
func decodeError(err error) *ParseError {
	e := &ParseError{What: strings.TrimPrefix(err.Error(), "toml: "), Want: "valid TOML 1.0 of the type that the key takes"}
	var de *toml.DecodeError
	if errors.As(err, &de) {
		e.Line, _ = de.Position()
		e.Key = strings.Join(de.Key(), ".")
	}
	if m := mistyped.FindStringSubmatch(e.What); m != nil {
		e.What, e.Want = "a "+m[1]+" stands here", wanted(m[2])
	}
	return e
}

var mistyped = regexp.MustCompile(`^cannot decode TOML (\w+) into .* of type (\S+)$`)

// wanted says what a Go type is written as.
func wanted(goType string) string {
	switch {
	case strings.HasPrefix(goType, "[]"):
		return "a list in brackets"
	case goType == "bool":
		return "true or false"
	case strings.Contains(goType, "int"):
		return "a whole number"
	case goType == "string", strings.HasPrefix(goType, "parley."):
		return "a text in quotation marks"
	}
	return "a table"
}

// badText finds what no signed text may hold, and its line.
func badText(text []byte) (line int, what string) {
	switch {
	case len(text) == 0:
		return 0, "the text is empty"
	case len(text) > MaxText:
		return 0, fmt.Sprintf("the text has %d octets", len(text))
	case !utf8.Valid(text):
		return 0, "the text is not UTF-8"
	case text[len(text)-1] != '\n':
		return 0, "the last line has no newline"
	}
	line = 1
	for _, r := range string(text) {
		switch {
		case r == '\n':
			line++
		case hidden(r):
			return line, fmt.Sprintf("the character U+%04X is not allowed", r)
		}
	}
	return 0, ""
}

// hidden reports characters that a reader does not see or that reorder what is
// seen: C0, DEL, C1, line and paragraph separators, byte order mark, and the
// embedding, override and isolate controls of bidirectional text.
func hidden(r rune) bool {
	return r < 0x20 || r >= 0x7f && r <= 0x9f || r == 0x2028 || r == 0x2029 || r == 0xfeff ||
		r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069
}

// lineIndex maps "party[0].body[1].signing" to its line. It serves error
// messages only: what an agreement says never depends on it.
type lineIndex map[string]int

// find is the line of the path, or of the nearest table around it.
func (x lineIndex) find(path string) int {
	for path != "" {
		if n, ok := x[path]; ok {
			return n
		}
		path = path[:max(strings.LastIndexAny(path, ".["), 0)]
	}
	return 0
}

func (x lineIndex) paths() []string {
	all := make([]string, 0, len(x))
	for p := range x {
		all = append(all, p)
	}
	sort.Strings(all)
	return all
}

// Bounds of a text's structure, far above what an agreement needs: reading costs
// little however the octets are chosen. AGREEMENT-1
const (
	maxDepth = 8     // levels of tables and keys
	maxKeys  = 500   // keys of one table, tables of one array
	maxList  = 3000  // elements of one list
	maxItems = 50000 // keys and elements in all
)

// indexLines reads the keys of a text up to the first fault of syntax, which the
// decoder will name. It stops where a bound is passed.
func indexLines(text []byte) (x lineIndex, fault *ParseError) {
	x = lineIndex{}
	var starts []int
	for i, c := range text {
		if c == '\n' {
			starts = append(starts, i+1)
		}
	}
	at := func(n *unstable.Node) int { return 1 + sort.SearchInts(starts, int(n.Raw.Offset)+1) }
	var p unstable.Parser
	p.Reset(text)
	arrays := map[string]int{} // path of an array of tables -> how many so far
	table, keys := "", 0       // keys of this table
	for p.NextExpression() {
		e := p.Expression()
		if n := tooLarge(e, 0); n != nil {
			return x, &ParseError{Line: at(n), Key: string(n.Data), What: "nested too deep, or too many elements",
				Want: fmt.Sprintf("at most %d levels, %d keys in a table, %d elements in a list", maxDepth, maxKeys, maxList)}
		}
		switch e.Kind {
		case unstable.Table, unstable.ArrayTable:
			path, key := "", (*unstable.Node)(nil)
			for it := e.Key(); it.Next(); {
				if n := arrays[path]; n > 0 {
					path += fmt.Sprintf("[%d]", n-1)
				}
				key = it.Node()
				path = join(path, string(key.Data))
			}
			if e.Kind == unstable.ArrayTable {
				arrays[path]++
			}
			if n := arrays[path]; n > maxKeys {
				return x, &ParseError{Line: at(key), Key: plainKey(path), What: "too many tables", Want: fmt.Sprintf("at most %d", maxKeys)}
			} else if n > 0 {
				path += fmt.Sprintf("[%d]", n-1)
			}
			table, x[path] = path, at(key)
			keys = 0
		case unstable.KeyValue:
			if keys++; keys > maxKeys || len(x) > maxItems {
				return x, &ParseError{Line: at(e.Child().Next()), Key: plainKey(table), What: "too many keys", Want: fmt.Sprintf("at most %d in one table", maxKeys)}
			}
			indexValue(x, at, table, e)
		}
	}
	return x, nil
}

// tooLarge is a key of the expression that nests too deep or holds too much.
func tooLarge(e *unstable.Node, depth int) *unstable.Node {
	var last *unstable.Node
	for it := e.Key(); it.Next(); depth++ {
		if last = it.Node(); depth > maxDepth {
			return last
		}
	}
	if e.Kind != unstable.KeyValue {
		return nil
	}
	return largeValue(e.Value(), last, depth)
}

func largeValue(v, key *unstable.Node, depth int) *unstable.Node {
	if v.Kind != unstable.Array && v.Kind != unstable.InlineTable {
		return nil
	}
	n := 0
	for it := v.Children(); it.Next(); {
		var large *unstable.Node
		if n++; v.Kind == unstable.InlineTable {
			large = tooLarge(it.Node(), depth)
		} else {
			large = largeValue(it.Node(), key, depth+1)
		}
		switch {
		case large != nil:
			return large
		case depth > maxDepth, n > maxList, n > maxKeys && v.Kind == unstable.InlineTable:
			return key
		}
	}
	return nil
}

// indexValue notes a key and what stands below it.
func indexValue(x lineIndex, at func(*unstable.Node) int, table string, kv *unstable.Node) {
	path := table
	line := 0
	for it := kv.Key(); it.Next(); {
		path = join(path, string(it.Node().Data))
		line = at(it.Node())
	}
	x[path] = line
	switch v := kv.Value(); v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			indexValue(x, at, path, it.Node())
		}
	case unstable.Array:
		i := 0
		for it := v.Children(); it.Next(); i++ {
			item := fmt.Sprintf("%s[%d]", path, i)
			switch n := it.Node(); {
			case n.Kind == unstable.InlineTable:
				for kt := n.Children(); kt.Next(); {
					indexValue(x, at, item, kt.Node())
				}
			case n.Raw.Length > 0:
				x[item] = at(n)
			}
		}
	}
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
