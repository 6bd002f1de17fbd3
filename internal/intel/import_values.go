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
func readValues(r io.Reader, format string, o ImportOptions, s *Store, latest func(id string) *stix.Object) reading {
	from := valuefile.Origin{Name: o.Name, Labels: o.Labels, Since: s.now()}
	if id := stix.MarkingID(o.Marking); id != "" {
		from.Markings = []string{id}
	}
	next, stop := iter.Pull(valuefile.Read(r, valuefile.Options{Format: format}))
	return reading{close: stop, next: func() (piece, error) {
		row, ok := next()
		if !ok {
			return piece{}, io.EOF
		}
		p := piece{path: "line " + strconv.Itoa(row.Line), raw: []byte(row.Text)}
		if row.Err != nil {
			p.fault = &stix.Fault{Rule: "value", Message: row.Err.Error()}
			return p, nil
		}
		p.changed = "made an indicator of a value"
		if row.First.IsZero() && row.Last.IsZero() {
			if old := latest(from.ID(row)); old != nil {
				p.objects = []*stix.Object{old}
				return p, nil
			}
		}
		return p.mapped([][]byte{from.Indicator(row)}, o.Limits), nil
	}}
}
