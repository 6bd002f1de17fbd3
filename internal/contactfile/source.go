package contactfile

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"

	"parley.example/parley"
)

// MaxRow bounds one row of a file, in octets.
const MaxRow = 4 << 20

// source is a file's octets, of which no more than MaxRow may be read for one row.
type source struct {
	r    *bufio.Reader
	left int
}

// newSource looks at the beginning: a compressed file and one in another encoding
// than UTF-8 are refused, a byte order mark is skipped.
func newSource(r io.Reader) (*source, error) {
	s := &source{r: bufio.NewReaderSize(r, 64<<10), left: MaxRow}
	head, _ := s.r.Peek(4)
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}), bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("\xfd7zX")), bytes.HasPrefix(head, []byte{0x28, 0xb5, 0x2f, 0xfd}):
		return nil, parley.E(parley.Invalid, "the file is compressed; want it as plain text").WithHint("unpack it first, and look at its size")
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}), bytes.IndexByte(head, 0) >= 0:
		return nil, parley.E(parley.Invalid, "the file is not UTF-8").WithHint("save it as UTF-8")
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		s.r.Discard(3)
	}
	return s, nil
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	if s.left <= 0 {
		return 0, parley.E(parley.Invalid, "a row has more than %d octets; want smaller ones", MaxRow)
	}
	n, err := s.r.Read(p[:min(len(p), s.left)])
	s.left -= n
	return n, err
}

// next begins another row.
func (s *source) next() { s.left = MaxRow }

// all reads a file that is one row.
func (s *source) all() (string, error) {
	b, err := io.ReadAll(s)
	if err != nil {
		return "", err
	}
	if !isText(b) {
		return "", parley.E(parley.Invalid, "the file is not UTF-8 text").WithHint("save it as UTF-8")
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n"), nil
}

func isText(b []byte) bool {
	return string(b) == strings.ToValidUTF8(string(b), "") && bytes.IndexByte(b, 0) < 0
}

// elements reads the objects of a JSON list: the list itself, or the first list
// that stands as the named member of an object. visit gets each object's octets.
func (s *source) elements(member string, visit func(n int, raw json.RawMessage) bool) error {
	d := json.NewDecoder(s)
	t, err := d.Token()
	if err != nil {
		return notJSON(err)
	}
	if t == json.Delim('{') {
		if err := toMember(d, s, member); err != nil {
			return err
		}
		if t, err = d.Token(); err != nil {
			return notJSON(err)
		}
	}
	if t != json.Delim('[') {
		return parley.E(parley.Invalid, "no list of teams: want a JSON list, or an object with a list %q", member)
	}
	for n := 1; d.More(); n++ {
		s.next()
		var raw json.RawMessage
		if err := d.Decode(&raw); err != nil {
			return parley.E(parley.Invalid, "row %d: %w", n, notJSON(err))
		}
		if !visit(n, raw) {
			return nil
		}
	}
	s.next()
	if _, err := d.Token(); err != nil {
		return notJSON(err)
	}
	return nil
}

func toMember(d *json.Decoder, s *source, member string) error {
	for d.More() {
		s.next()
		name, err := d.Token()
		if err != nil {
			return notJSON(err)
		}
		if name == member {
			return nil
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			return notJSON(err)
		}
	}
	return parley.E(parley.Invalid, "no list of teams: want a JSON list, or an object with a list %q", member)
}

// notJSON keeps an error that has a kind, and explains the others.
func notJSON(err error) error {
	if parley.KindOf(err) != parley.Internal {
		return err
	}
	if err == io.EOF || err == io.ErrUnexpectedEOF {
		return parley.E(parley.Invalid, "the file ends too early: want a whole JSON text")
	}
	return parley.E(parley.Invalid, "no JSON: %v", err)
}

// listWriter writes a JSON list, one object on each line.
type listWriter struct {
	w          io.Writer
	head, foot string
	row        func(*Entry) any
	n          int
}

func (l *listWriter) Add(e *Entry) error {
	before := l.head
	if l.n > 0 {
		before = ","
	}
	l.n++
	b, err := json.Marshal(l.row(e))
	if err == nil {
		_, err = fmt.Fprintf(l.w, "%s\n%s", before, b)
	}
	return err
}

func (l *listWriter) Close() error {
	if l.n == 0 {
		if _, err := io.WriteString(l.w, l.head); err != nil {
			return err
		}
	}
	_, err := io.WriteString(l.w, "\n"+l.foot)
	return err
}

// words reads a member that is a string, a number, a list of those, or nothing.
type words []string

// UnmarshalJSON takes what the formats write where they mean one or more words.
func (w *words) UnmarshalJSON(b []byte) error {
	var v any
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	if err := d.Decode(&v); err != nil {
		return err
	}
	*w = nil
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	for _, one := range list {
		switch one := one.(type) {
		case string:
			if s := strings.TrimSpace(one); s != "" {
				*w = append(*w, s)
			}
		case json.Number:
			*w = append(*w, one.String())
		case nil, bool:
		default:
			return fmt.Errorf("an object where a word belongs")
		}
	}
	return nil
}

func (w words) first() string {
	if len(w) == 0 {
		return ""
	}
	return w[0]
}

func quote(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:60], "") + "..."
	}
	return strconv.Quote(s)
}
