package agreement

import (
	"bytes"
	"errors"
	"fmt"
	"sort"
	"strings"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
	"github.com/pelletier/go-toml/v2/unstable"
)

// MaxText bounds the text of a card or agreement, in octets. AGREEMENT-1
const MaxText = 512 << 10

// decode reads text strictly into v and returns where each key stands.
// It refuses what a person could not see: control and direction characters. AGREEMENT-1
func decode(text []byte, v any) (*checker, error) {
	c := &checker{}
	if line, what := badText(text); what != "" {
		c.found = append(c.found, &ParseError{Line: line, What: what, Want: "plain UTF-8 lines, each ended by a newline, " +
			"at most 512 KiB, without control or direction characters"})
		return c, c.err()
	}
	c.lines = indexLines(text)
	for _, path := range c.lines.paths() {
		if name := lastKey(path); name != strings.ToLower(name) {
			c.bad(path, "the key has capital letters", "lower-case keys only") // AGREEMENT-9
		}
	}
	dec := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		c.found = append(c.found, decodeErrors(c.lines, err)...)
	}
	return c, c.err()
}

// decodeErrors turns the library's errors into ours.
func decodeErrors(lines lineIndex, err error) []*ParseError {
	var strict *toml.StrictMissingError
	if errors.As(err, &strict) {
		var all []*ParseError
		for i := range strict.Errors {
			if len(all) == maxErrors {
				break
			}
			e := &strict.Errors[i]
			row, _ := e.Position()
			all = append(all, &ParseError{Line: row, Key: strings.Join(e.Key(), "."),
				What: "unknown key", Want: "a key that spec/agreement.md lists for this table"}) // AGREEMENT-9
		}
		return all
	}
	var de *toml.DecodeError
	if errors.As(err, &de) {
		row, _ := de.Position()
		return []*ParseError{{Line: row, Key: strings.Join(de.Key(), "."),
			What: strings.TrimPrefix(de.Error(), "toml: "), Want: "valid TOML 1.0 of the type that the key takes"}}
	}
	return []*ParseError{{What: strings.TrimPrefix(err.Error(), "toml: "), Want: "valid TOML 1.0 of the types that the keys take"}}
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

func lastKey(path string) string { return path[strings.LastIndexByte(path, '.')+1:] }

func indexLines(text []byte) lineIndex {
	x := lineIndex{}
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
	table := ""
	for p.NextExpression() {
		e := p.Expression()
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
			switch {
			case e.Kind == unstable.ArrayTable:
				arrays[path]++
				fallthrough
			case arrays[path] > 0:
				path += fmt.Sprintf("[%d]", arrays[path]-1)
			}
			table, x[path] = path, at(key)
		case unstable.KeyValue:
			indexValue(x, at, table, e, 0)
		}
	}
	return x
}

// indexValue notes a key and what stands below it.
func indexValue(x lineIndex, at func(*unstable.Node) int, table string, kv *unstable.Node, depth int) {
	path := table
	line := 0
	for it := kv.Key(); it.Next(); {
		path = join(path, string(it.Node().Data))
		line = at(it.Node())
	}
	x[path] = line
	if depth > 8 {
		return
	}
	switch v := kv.Value(); v.Kind {
	case unstable.InlineTable:
		for it := v.Children(); it.Next(); {
			indexValue(x, at, path, it.Node(), depth+1)
		}
	case unstable.Array:
		i := 0
		for it := v.Children(); it.Next(); i++ {
			item := fmt.Sprintf("%s[%d]", path, i)
			switch n := it.Node(); {
			case n.Kind == unstable.InlineTable:
				for kt := n.Children(); kt.Next(); {
					indexValue(x, at, item, kt.Node(), depth+1)
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
