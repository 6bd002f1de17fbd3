package intel

import (
	"encoding/json"
	"io"
	"time"

	"parley.example/parley/internal/stix"
)

// readSTIX reads STIX 2.1, and 2.0, which it upgrades. Without check what breaks a rule
// is taken too: what we sent was checked, or released by people, before it went.
func readSTIX(r io.Reader, l stix.Limits, check bool) func() (piece, error) {
	reader := stix.NewReader(r, stix.ReadOptions{Limits: l, Check: check})
	said, ended := false, false
	return func() (piece, error) {
		it, err := reader.Next()
		if faults := reader.Wrapper().Faults; err == io.EOF && !said && len(faults) > 0 {
			said = true
			var p piece
			for _, f := range faults { // of the bundle itself: they cost no object
				p.notes = append(p.notes, Line{Path: "bundle", ID: reader.Wrapper().ID, What: Noted, Rule: f.Rule, Reason: f.Error()})
			}
			return p, nil
		}
		if err == io.EOF && !ended && reader.Wrapper().Broken {
			ended = true
			return piece{last: true}, nil
		}
		if err != nil {
			return piece{}, err
		}
		p := piece{path: it.Path, raw: it.Raw, fault: it.Fault}
		if it.Object == nil {
			if p.fault == nil {
				p.fault = &stix.Fault{Rule: "json", Message: "this is no object of STIX"}
			}
			p.id, p.version = saidOf(p.raw)
			return p, nil
		}
		p.id, p.version = it.Object.ID, it.Object.Version
		if it.Object.SpecVersion == "2.0" {
			return upgraded(p, l), nil
		}
		p.objects = []*stix.Object{it.Object}
		return p, nil
	}
}

// saidOf is what octets that are no object of STIX say of themselves all the same, for whoever
// has to find them again; nothing rests on it.
func saidOf(raw []byte) (id string, version time.Time) {
	var o map[string]json.RawMessage
	if json.Unmarshal(raw, &o) != nil {
		return "", time.Time{}
	}
	json.Unmarshal(o["id"], &id)
	for _, name := range []string{"modified", "created"} {
		if version.IsZero() && json.Unmarshal(o[name], &version) != nil {
			version = time.Time{}
		}
	}
	if len(id) > maxSaidID {
		id = ""
	}
	return id, version.UTC()
}

// maxSaidID bounds, in octets, an identifier that is repeated in a report.
const maxSaidID = 256

// upgraded makes STIX 2.1 of an object of STIX 2.0.
func upgraded(p piece, l stix.Limits) piece {
	list, _, err := stix.Upgrade(p.raw)
	if err != nil {
		p.fault = asFault(err)
		return p
	}
	p.fault = nil
	for _, raw := range list {
		o, err := stix.Parse(raw, l)
		if err != nil {
			p.fault = asFault(err)
			return p
		}
		if bad := stix.Check(o); len(bad) > 0 {
			p.fault = &bad[0]
			return p
		}
		p.objects = append(p.objects, o)
	}
	p.changed, p.keep = "made STIX 2.1 of STIX 2.0", true
	return p
}
