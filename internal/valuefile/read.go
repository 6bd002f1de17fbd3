package valuefile

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"iter"
	"strings"
	"unicode/utf8"

	"parley.example/parley"
)

// Read gives the rows of a file, one at a time: the file may be of any size. Blank
// lines and comments are passed over. An error that is not about one line (the
// file cannot be read, it is no text) comes as the last row's Err.
func Read(r io.Reader, o Options) iter.Seq[Row] {
	return func(yield func(Row) bool) {
		b := bufio.NewReaderSize(r, sample)
		head, err := b.Peek(sample)
		if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, bufio.ErrBufferFull) {
			yield(Row{Line: 1, Err: err})
			return
		}
		if err := text(head); err != nil {
			yield(Row{Line: 1, Err: err})
			return
		}
		lines := &lines{r: b}
		format, comma := o.Format, o.Comma
		if format == "" || format == "csv" && comma == 0 {
			format, comma = detect(head, format, comma)
		}
		switch format {
		case "csv":
			table(lines, comma, o, yield)
		case "list":
			list(lines, o, yield)
		default:
			yield(Row{Line: 1, Err: parley.E(parley.Invalid, "format %.20q: want list or csv", o.Format)})
		}
	}
}

// text refuses what is no text: an archive, a table in UTF-16.
func text(head []byte) error {
	switch {
	case bytes.HasPrefix(head, []byte{0x1f, 0x8b}), bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return parley.E(parley.Invalid, "the file is compressed: unpack it first")
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return parley.E(parley.Invalid, "the file is UTF-16: save it as UTF-8")
	case bytes.IndexByte(head, 0) >= 0:
		return parley.E(parley.Invalid, "the file is not text: want one value a line, or a table")
	case len(bytes.TrimSpace(head)) > 0 && (head[0] == '{' || bytes.HasPrefix(bytes.TrimSpace(head), []byte("[{"))):
		return parley.E(parley.Invalid, "the file is JSON: import it as STIX, MISP or CSAF")
	}
	return nil
}

// lines gives a file's lines, without their ends.
type lines struct {
	r    *bufio.Reader
	line int
}

var errLong = errors.New("long")

// next is the next line. errLong: it was longer than maxLine, and was passed over.
func (l *lines) next() (string, error) {
	var b []byte
	for {
		part, err := l.r.ReadSlice('\n')
		b = append(b, part...)
		switch {
		case err == nil:
		case errors.Is(err, bufio.ErrBufferFull) && len(b) <= maxLine:
			continue
		case errors.Is(err, bufio.ErrBufferFull):
			for errors.Is(err, bufio.ErrBufferFull) {
				_, err = l.r.ReadSlice('\n')
			}
			l.line++
			if err != nil && !errors.Is(err, io.EOF) {
				return "", err
			}
			return "", errLong
		case errors.Is(err, io.EOF) && len(b) > 0:
		default:
			return "", err
		}
		break
	}
	l.line++
	s := strings.TrimRight(string(b), "\r\n")
	if l.line == 1 {
		s = strings.TrimPrefix(s, "\ufeff")
	}
	return s, nil
}

// broken is the row for a line that cannot be read at all; false ends the file.
func (l *lines) broken(err error, yield func(Row) bool) bool {
	switch {
	case errors.Is(err, io.EOF):
		return false
	case errors.Is(err, errLong):
		return yield(Row{Line: l.line, Err: parley.E(parley.Invalid, "the line is longer than %d octets", maxLine)})
	}
	yield(Row{Line: l.line + 1, Err: err})
	return false
}

// sound reports whether a line can be looked at, or gives out why not.
func (l *lines) sound(s string, yield func(Row) bool) (ok, more bool) {
	if utf8.ValidString(s) {
		return true, true
	}
	return false, yield(Row{Line: l.line, Text: strings.ToValidUTF8(cut(s), "?"), Err: parley.E(parley.Invalid, "the line is not UTF-8")})
}

func cut(s string) string {
	if len(s) > 100 {
		return strings.ToValidUTF8(s[:100], "") + "…"
	}
	return s
}
