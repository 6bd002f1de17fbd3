package intel

import (
	"bytes"
	"encoding/json"
	"io"
	"iter"
	"reflect"
	"strconv"
	"time"

	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/valuefile"
)

// readValues makes an indicator of each value of a table or a list. A value that the
// list gave before, and of which it says nothing new, is the same object.
func readValues(r io.Reader, format string, o ImportOptions, s *Store, latest lookupLatest) reading {
	from := valuefile.Origin{Name: o.Name, Labels: o.Labels, Marking: o.Marking, Since: s.now()}
	next, stop := iter.Pull(valuefile.Read(r, valuefile.Options{Format: format}))
	var rows []valuefile.Row // read ahead
	var known map[string]*stix.Object
	return reading{close: stop, next: func() (p piece, err error) {
		if len(rows) == 0 {
			if rows = ahead(next); len(rows) == 0 {
				return p, io.EOF
			}
			var ids []string
			for _, row := range rows {
				if row.Err == nil && row.First.IsZero() {
					ids = append(ids, from.ID(row))
				}
			}
			if known, err = latest(ids); err != nil {
				return p, err
			}
		}
		row := rows[0]
		rows = rows[1:]
		p = piece{path: "line " + strconv.Itoa(row.Line), raw: []byte(row.Text)}
		if row.Err != nil {
			p.fault = &stix.Fault{Rule: "value", Message: row.Err.Error()}
			return p, nil
		}
		p.listed, p.changed = true, "made an indicator of a value"
		for _, why := range row.Unread {
			p.notes = append(p.notes, Line{Path: p.path, What: Lost, Rule: "cell", Reason: why})
		}
		old := known[from.ID(row)]
		if old != nil && !row.Last.IsZero() && row.First.IsZero() {
			row.First = old.Created // STIX forbids to change it
		} else if old != nil && again(row) {
			if max(from.Marking, row.TLP) <= old.Marking.TLP && (old.Revoked || !row.Revoked) {
				p.objects = []*stix.Object{old}
				row.First, row.Last = old.Created, old.Version
				if !sameWords(old.Raw, from.Indicator(row)) {
					p.notes = append(p.notes, otherWords(p.path, old.ID))
				}
				return p, nil
			}
			row.First, row.Last = old.Created, from.Since // a later version
			if earliest := old.Version.Add(time.Millisecond); row.Last.Before(earliest) {
				row.Last = earliest
			}
		}
		return p.mapped([][]byte{from.Indicator(row)}, o.Limits), nil
	}}
}

// sameWords says whether two indicators of one value say the same of it: their markings,
// and when they were made, are no words.
func sameWords(a, b []byte) bool {
	type words struct {
		Name        string          `json:"name"`
		Description string          `json:"description"`
		Labels      []string        `json:"labels"`
		Confidence  *int            `json:"confidence"`
		ValidUntil  string          `json:"valid_until"`
		References  json.RawMessage `json:"external_references"`
	}
	if bytes.Equal(a, b) {
		return true
	}
	var x, y words
	return json.Unmarshal(a, &x) == nil && json.Unmarshal(b, &y) == nil && reflect.DeepEqual(x, y)
}

// otherWords is what a report says of a value that a list names again, of the same time and
// with other words.
func otherWords(path, id string) Line {
	return Line{Path: path, ID: id, What: Lost, Rule: "words", Reason: "it is known already, and its row says something else of it now (comment, name, labels): what came first stays; a table with a later date of the value (column last_seen) replaces it"}
}

// again says whether a row says no more than that there is a value.
func again(row valuefile.Row) bool { return row.Err == nil && row.First.IsZero() && row.Last.IsZero() }

// ahead reads rows that are looked up together.
func ahead(next func() (valuefile.Row, bool)) (rows []valuefile.Row) {
	for octets := 0; len(rows) < 4096 && octets < 4<<20; {
		row, ok := next()
		if !ok {
			break
		}
		rows, octets = append(rows, row), octets+len(row.Text)
	}
	return rows
}
