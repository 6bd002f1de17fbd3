package contactfile

import (
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
)

// Format names a way in which others write contacts.
type Format string

// The formats.
const (
	First     Format = "first"       // api.first.org/data/v1/teams
	Ti        Format = "ti"          // www.trusted-introducer.org/directory/teams.json
	Cerebrate Format = "cerebrate"   // /organisations/index of a Cerebrate instance
	CSV       Format = "csv"         // a table with a line of headings
	RFC2350   Format = "rfc2350"     // a team's description, RFC 2350 Appendix D
	Security  Format = "securitytxt" // RFC 9116
)

// Formats lists them.
var Formats = []Format{First, Ti, Cerebrate, CSV, RFC2350, Security}

// ParseFormat accepts the name of a format.
func ParseFormat(s string) (Format, error) {
	if f := Format(s); slices.Contains(Formats, f) {
		return f, nil
	}
	names := make([]string, len(Formats))
	for i, f := range Formats {
		names[i] = string(f)
	}
	return "", parley.E(parley.Invalid, "format %.20q: want one of %s", s, strings.Join(names, ", "))
}

// Entry is one team or body as a file tells of it. Contact may lack what a record
// owes: a file says what it says.
type Entry struct {
	Name    string       `json:"name"` // as people call it
	Full    string       `json:"full,omitempty"`
	Host    string       `json:"host,omitempty"` // the organisation that it belongs to
	Country string       `json:"country,omitempty"`
	Website string       `json:"website,omitempty"`
	Party   string       `json:"party,omitempty"` // where the file names one
	Body    string       `json:"body,omitempty"`
	Contact form.Contact `json:"contact"`
	Left    []string     `json:"left,omitempty"` // what was left out, and why
}

// left notes a fact that could not be taken.
func (e *Entry) left(what, value, why string) {
	if len(e.Left) < maxLeft {
		e.Left = append(e.Left, what+" "+quote(value)+" left out: "+why)
	}
}

// maxLeft bounds the remarks on one row.
const maxLeft = 20

// Row is one row of a file: an entry, or what is wrong with it.
type Row struct {
	Number int // from 1: the element of a list, the line of a table, 1 of a text
	Entry  *Entry
	Broken error // parley.Invalid: what is wrong, and what would be right
}

// Options are what a file does not say.
type Options struct {
	Now   time.Time // when it is read: what a file does not date was confirmed then
	Valid time.Duration
	Years int // how far a zone's offsets are listed from Now on; 0: 5
}

// Read reads a file, row by row, in constant memory. A broken row is told and the
// next one is read; an error ends the reading: what follows cannot be told apart.
func Read(f Format, r io.Reader, o Options) iter.Seq2[Row, error] {
	if o.Valid == 0 {
		o.Valid = 365 * 24 * time.Hour
	}
	if o.Years == 0 {
		o.Years = 5
	}
	read := map[Format]func(*source, Options, func(Row) bool) error{
		First: readFirst, Ti: readTi, Cerebrate: readCerebrate, CSV: readCSV, RFC2350: readRFC2350, Security: readSecurity,
	}[f]
	return func(yield func(Row, error) bool) {
		src, err := newSource(r)
		if err == nil {
			stopped := false
			err = read(src, o, func(row Row) bool {
				stopped = !yield(row, nil)
				return !stopped
			})
			if stopped {
				return
			}
		}
		if err != nil {
			yield(Row{}, err)
		}
	}
}

// Writer writes a file.
type Writer interface {
	Add(e *Entry) error
	Close() error // writes what ends the file; it does not close what is below
}

// NewWriter writes entries in a format. RFC 2350 and security.txt take one entry
// in a file; a second one is Invalid.
func NewWriter(f Format, w io.Writer, o Options) Writer {
	switch f {
	case First:
		return &listWriter{w: w, head: `{"status":"OK","status-code":200,"version":"1.0","data":[`, foot: "]}\n", row: o.firstRow}
	case Ti:
		return &listWriter{w: w, head: "[", foot: "]\n", row: o.tiRow}
	case Cerebrate:
		return &listWriter{w: w, head: "[", foot: "]\n", row: o.cerebrateRow}
	case CSV:
		return newTable(w)
	case RFC2350:
		return &single{w: w, text: o.rfc2350Text}
	}
	return &single{w: w, text: o.securityText}
}

// single is a file about one entry.
type single struct {
	w    io.Writer
	text func(*Entry) string
	n    int
}

func (s *single) Add(e *Entry) error {
	if s.n++; s.n > 1 {
		return parley.E(parley.Invalid, "a second contact in a file that describes one").WithHint("name one contact point")
	}
	_, err := io.WriteString(s.w, s.text(e))
	return err
}

func (s *single) Close() error {
	if s.n == 0 {
		return parley.E(parley.NotFound, "no contact to write")
	}
	return nil
}
