package intel

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
	"unicode/utf8"

	"parley.example/parley/indicator"
	"parley.example/parley/internal/stix"
)

// A term is what an object can be found by: a kind in the top eight bits, and a hash
// of the rest. Two texts may have one term by accident or on purpose: whoever finds by
// terms looks at the object itself before it gives it out.
type term uint64

func (t term) kind() byte { return byte(t >> 56) }

// Kinds of terms. They are in the database: new ones go to the end.
const (
	termID byte = iota + 1
	termType
	termLabel
	termValue
	termRef
	termWord
)

// termOf hashes with FNV-1a and mixes, so that keys spread over the blocks.
func termOf(kind byte, parts ...string) term {
	h := uint64(14695981039346656037)
	for i, p := range parts {
		if i > 0 {
			h *= 1099511628211 // as if an octet of zero stood between
		}
		for j := 0; j < len(p); j++ {
			h = (h ^ uint64(p[j])) * 1099511628211
		}
	}
	h ^= h >> 32
	h *= 0xd6e8feb86659fd93
	h ^= h >> 32
	return term(uint64(kind)<<56 | h>>8)
}

func valueTerm(v indicator.Value) term { return termOf(termValue, string(v.Kind), v.Text) }

// Bounds of what one object is found by: a hostile one does not fill the index.
const (
	maxWords = 48
	maxText  = 4096 // octets of text that words are taken from
	maxOther = 4096 // labels, values and references together
)

// termsOf appends what an object is found by; labels are those of its lot.
func termsOf(to []term, o *stix.Object, labels []string) []term {
	to = append(to, termOf(termID, o.ID), termOf(termType, o.Type))
	other := maxOther
	add := func(t term) {
		if other > 0 {
			other--
			to = append(to, t)
		}
	}
	for _, l := range o.Labels {
		add(termOf(termLabel, strings.ToLower(l)))
	}
	for _, l := range labels {
		add(termOf(termLabel, strings.ToLower(l)))
	}
	for _, l := range carriedLabels(o) {
		add(termOf(termLabel, strings.ToLower(l)))
	}
	for _, v := range o.Values {
		add(valueTerm(v))
	}
	for _, r := range o.Refs {
		add(termOf(termRef, r.Target))
	}
	words := 0
	text(o, func(s string) bool {
		eachWord(s, func(w string) bool {
			to = append(to, termOf(termWord, w))
			words++
			return words < maxWords
		})
		return words < maxWords
	})
	return to
}

// carriedLabels are the tags of the attributes that an object of MISP carries inside:
// docs/intel-mapping.md.
func carriedLabels(o *stix.Object) (list []string) {
	if !bytes.Contains(o.Raw, []byte(`"x_misp_attributes"`)) {
		return nil
	}
	var m struct {
		Attributes []json.RawMessage `json:"x_misp_attributes"`
	}
	if json.Unmarshal(o.Raw, &m) != nil {
		return nil
	}
	for _, raw := range m.Attributes {
		var a struct {
			Tags []string `json:"tags"`
		}
		if json.Unmarshal(raw, &a) == nil {
			list = append(list, a.Tags...)
		}
	}
	return list
}

// text calls f for each text that words of a search may stand in.
func text(o *stix.Object, f func(string) bool) {
	if o.Name != "" && !f(o.Name) {
		return
	}
	rest := o.Raw
	for left := 8; left > 0; left-- { // a hostile object may have a million
		_, after, ok := bytes.Cut(rest, []byte(`"description"`))
		if !ok {
			break
		}
		rest = after
		after = bytes.TrimLeft(after, " \t\r\n")
		if len(after) < 2 || after[0] != ':' {
			continue
		}
		if s, ok := firstString(bytes.TrimLeft(after[1:], " \t\r\n")); ok && !f(s) {
			return
		}
	}
	for _, v := range o.Values[:min(len(o.Values), 16)] {
		if !f(v.Text) {
			return
		}
	}
}

// firstString reads the JSON string that b begins with, at most maxText octets of it.
func firstString(b []byte) (string, bool) {
	if len(b) == 0 || b[0] != '"' {
		return "", false
	}
	escaped := false
	for i := 1; i < len(b); i++ {
		switch {
		case b[i] == '\\':
			escaped = true
			i++
		case b[i] == '"' || i > maxText:
			s := b[1:i]
			if !escaped {
				return string(s), true
			}
			var out string
			if json.Unmarshal(append(append([]byte{'"'}, bytes.TrimRight(s, `\`)...), '"'), &out) != nil {
				return strings.ReplaceAll(string(s), `\n`, " "), true
			}
			return out, true
		}
	}
	return "", false
}

// eachWord cuts a text into words in lower case: letters and digits, at most 64 octets
// of each; where a script has no spaces, each sign is a word.
func eachWord(s string, f func(string) bool) {
	start := -1
	end := func(i int) bool {
		if start < 0 {
			return true
		}
		w := s[start:min(i, start+64)]
		start = -1
		return len(w) < 2 && w[0] < utf8.RuneSelf || f(lower(w))
	}
	for i, r := range s {
		switch {
		case r < utf8.RuneSelf && (r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r >= 'A' && r <= 'Z'):
			if start < 0 {
				start = i
			}
		case r < utf8.RuneSelf:
			if !end(i) {
				return
			}
		case unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai):
			if !end(i) || !f(string(r)) {
				return
			}
		case unicode.IsLetter(r) || unicode.IsDigit(r) || unicode.IsMark(r):
			if start < 0 {
				start = i
			}
		default:
			if !end(i) {
				return
			}
		}
	}
	end(len(s))
}

func lower(w string) string {
	for i := 0; i < len(w); i++ {
		if c := w[i]; c >= utf8.RuneSelf || c >= 'A' && c <= 'Z' {
			return strings.ToLower(w)
		}
	}
	return w
}
