// Package vectors reads testdata/vectors: one case per file, valid or not,
// that another implementation could use as well. For tests only.
//
// A file begins with lines "name: value", comment lines "# ..." and ends its
// head with a line "---"; the octets after that line are the body. "expect" is
// "valid", or "invalid", or the word that the package under test documents.
package vectors

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// Vector is one file.
type Vector struct {
	Name string              // of the file, without its ending
	Head map[string][]string // values by name, in order
	Body []byte
}

// Get is the first value of a name, or "".
func (v Vector) Get(name string) string {
	if h := v.Head[name]; len(h) > 0 {
		return h[0]
	}
	return ""
}

// Expect is the value of "expect".
func (v Vector) Expect() string { return v.Get("expect") }

// Read reads every *.txt file of a folder, in the order of their names.
func Read(dir string) ([]Vector, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) == 0 {
		return nil, fmt.Errorf("vectors: no *.txt in %s (%v)", dir, err)
	}
	var out []Vector
	for _, f := range files {
		raw, err := os.ReadFile(f)
		if err != nil {
			return nil, err
		}
		v, err := Parse(raw)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f, err)
		}
		v.Name = strings.TrimSuffix(filepath.Base(f), ".txt")
		out = append(out, v)
	}
	return out, nil
}

// Parse reads one file.
func Parse(raw []byte) (Vector, error) {
	v := Vector{Head: map[string][]string{}}
	for {
		line, rest, ok := bytes.Cut(raw, []byte("\n"))
		if !ok {
			return v, fmt.Errorf("no line --- after the head")
		}
		raw = rest
		switch s := string(line); {
		case s == "---":
			if v.Expect() == "" {
				return v, fmt.Errorf("no expect: in the head")
			}
			v.Body = raw
			return v, nil
		case s == "" || s[0] == '#':
		default:
			name, value, ok := strings.Cut(s, ": ")
			if !ok {
				return v, fmt.Errorf("head line %q: want name: value", s)
			}
			v.Head[name] = append(v.Head[name], value)
		}
	}
}

// Format writes a file; head lists names and values by turns.
func Format(what string, body []byte, head ...string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, "# %s\n", what)
	for i := 0; i+1 < len(head); i += 2 {
		fmt.Fprintf(&b, "%s: %s\n", head[i], head[i+1])
	}
	b.WriteString("---\n")
	b.Write(body)
	return b.Bytes()
}
