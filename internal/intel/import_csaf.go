package intel

import (
	"io"

	"parley.example/parley/internal/csaf"
	"parley.example/parley/internal/stix"
)

// readCSAF maps one advisory.
func readCSAF(r io.Reader, o ImportOptions) reading {
	done := false
	return reading{close: func() {}, next: func() (piece, error) {
		if done {
			return piece{}, io.EOF
		}
		done = true
		p := piece{path: "document"}
		d, faults, err := csaf.Parse(r)
		if err != nil {
			p.fault = &stix.Fault{Rule: "csaf", Message: err.Error()}
			return p, nil
		}
		for _, f := range faults {
			p.notes = append(p.notes, Line{Path: f.Path, What: Changed, Rule: "csaf " + f.Test, Reason: f.Reason})
		}
		list, changes := d.ToSTIX()
		for _, c := range changes {
			p.notes = append(p.notes, Line{Path: c.Path, What: Lost, Rule: "csaf", Reason: c.Reason})
		}
		p.changed = "made STIX 2.1 of CSAF"
		return p.mapped(list, o.Limits), nil
	}}
}
