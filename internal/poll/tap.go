package poll

import (
	"encoding/json"
	"io"
)

// tap reads "more" and "next" of a TAXII envelope off a stream that somebody else
// reads, at its outermost level only and in bounded memory: the objects between may
// be of any size. What is no JSON it lets pass; whoever reads the objects says so.
// OASIS TAXII 2.1 §3.7
type tap struct {
	r     io.Reader
	depth int
	text  bool // within a string
	slash bool // after a backslash in it
	key   bool // what is being read is a name of the outermost level
	name  string
	word  []byte // the name or value being read
	over  bool   // it is longer than maxWord

	More bool
	Next string
}

// maxWord is how long next may be, in octets as written.
const maxWord = 64 << 10

func (t *tap) Read(p []byte) (int, error) {
	n, err := t.r.Read(p)
	for _, c := range p[:n] {
		t.see(c)
	}
	return n, err
}

func (t *tap) see(c byte) {
	if t.text {
		if t.depth == 1 {
			t.put(c)
		}
		switch {
		case t.slash:
			t.slash = false
		case c == '\\':
			t.slash = true
		case c == '"':
			t.text = false
		}
		return
	}
	switch c {
	case '"':
		t.text = true
		if t.depth == 1 {
			t.put(c)
		}
	case '{', '[':
		if t.depth++; t.depth == 1 {
			t.key = c == '{'
		}
	case '}', ']':
		if t.depth == 1 {
			t.end()
		}
		t.depth--
	case ':':
		if t.depth == 1 && t.key {
			t.name = ""
			if !t.over {
				json.Unmarshal(t.word, &t.name)
			}
			t.word, t.over, t.key = t.word[:0], false, false
		}
	case ',':
		if t.depth == 1 {
			t.end()
			t.key = true
		}
	case ' ', '\t', '\r', '\n':
	default:
		if t.depth == 1 {
			t.put(c)
		}
	}
}

func (t *tap) put(c byte) {
	if len(t.word) == maxWord {
		t.over = true
		return
	}
	t.word = append(t.word, c)
}

// end takes the value of a name.
func (t *tap) end() {
	if !t.over && !t.key {
		switch t.name {
		case "more":
			json.Unmarshal(t.word, &t.More)
		case "next":
			json.Unmarshal(t.word, &t.Next)
		}
	}
	t.word, t.over, t.name = t.word[:0], false, ""
}
