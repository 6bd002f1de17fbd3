package intel

import (
	"io"
	"iter"
	"strconv"

	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/valuefile"
)

// readValues makes an indicator of each value of a table or a list. A value that the
// list gave before, and of which it says nothing new, is the same object.
func readValues(r io.Reader, format string, o ImportOptions, s *Store, latest lookupLatest) reading {
	from := valuefile.Origin{Name: o.Name, Labels: o.Labels, Since: s.now()}
	if id := stix.MarkingID(o.Marking); id != "" {
		from.Markings = []string{id}
	}
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
				if again(row) {
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
		p.changed = "made an indicator of a value"
		if again(row) {
			if old := known[from.ID(row)]; old != nil {
				p.objects = []*stix.Object{old}
				return p, nil
			}
		}
		return p.mapped([][]byte{from.Indicator(row)}, o.Limits), nil
	}}
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
