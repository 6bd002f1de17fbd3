package stix

import (
	"fmt"
	"strconv"
	"strings"

	"parley.example/parley/indicator"
)

// Change is one thing that Upgrade did.
type Change struct {
	ID      string // of the object, as it is in STIX 2.1
	Path    string
	Message string
}

// Upgrade makes STIX 2.1 objects of one STIX 2.0 object, or of one that says no
// version: itself first and, of observed-data, then the observables that it held,
// with the marking of what held them. What has no place in STIX 2.1 stays as a
// custom property. An object that says 2.1, and an observable, comes back as it
// is. The same object gives the same octets. The error is a *Fault; what comes
// back is not checked: see Check.
func Upgrade(raw []byte) ([][]byte, []Change, error) {
	s := scanner{limits: Limits{Object: len(raw) + 1}.withDefaults()}
	t, f := s.whole(raw)
	if f != nil {
		return nil, nil, f
	}
	o, f := s.index(t, raw)
	if f != nil {
		return nil, nil, f
	}
	if o.SpecVersion != "2.0" {
		if o.SpecVersion != "2.1" {
			return nil, nil, &Fault{Rule: "spec-version", Path: "spec_version", Clause: "3.2", Message: fmt.Sprintf("spec_version %q is not known here: 2.0 and 2.1 are", clip(o.SpecVersion))}
		}
		return [][]byte{raw}, nil, nil
	}
	u := &upgrade{t: t, o: o, d: draftOf(t, root)}
	u.d.after("type", "spec_version", []byte(`"2.1"`))
	u.say("spec_version", "2.1 is what it says now")
	u.labels()
	switch o.Type {
	case "indicator":
		u.indicator()
	case "malware":
		if u.d.at("is_family") < 0 {
			u.d.set("is_family", []byte("true"))
			u.say("is_family", "true: STIX 2.0 does not say whether the malware is a family, and its objects name families")
		}
	case "marking-definition":
		if m, ok := wellKnown[o.ID]; ok && m.TLP != Unmarked && u.d.at("name") < 0 {
			name := m.TLP.String()
			if m.TLP == Clear {
				name = "TLP:WHITE"
			}
			u.d.set("name", []byte(strconv.Quote(name)))
			u.say("name", "the name that STIX 2.1 gives this marking")
		}
	case "observed-data":
		inner, f := u.observed()
		if f != nil {
			return nil, nil, f
		}
		return append([][]byte{u.d.bytes()}, inner...), u.changes, nil
	}
	return [][]byte{u.d.bytes()}, u.changes, nil
}

// upgrade is the work on one object.
type upgrade struct {
	t       *tree
	o       *Object
	d       *draft
	changes []Change
}

func (u *upgrade) say(path, message string) {
	u.changes = append(u.changes, Change{u.o.ID, path, message})
}

// labels are said a second time in the property that STIX 2.1 has for them.
func (u *upgrade) labels() {
	to := map[string]string{"indicator": "indicator_types", "malware": "malware_types", "report": "report_types",
		"threat-actor": "threat_actor_types", "tool": "tool_types", "identity": "roles"}[u.o.Type]
	from := u.t.get(root, "labels")
	if to == "" || from == none || u.d.at(to) >= 0 || len(u.o.Labels) == 0 {
		return
	}
	u.d.set(to, u.t.octets(from))
	u.say(to, "the labels, which STIX 2.1 has here; they stay labels too")
}

func (u *upgrade) indicator() {
	if u.d.at("pattern_type") < 0 {
		u.d.set("pattern_type", []byte(`"stix"`))
		u.say("pattern_type", "stix: STIX 2.0 knows no other")
	}
	if u.d.at("pattern_version") >= 0 || u.o.Pattern == "" {
		return
	}
	if _, err := indicator.ParsePattern(u.o.Pattern); err == nil {
		return
	}
	if _, err := indicator.ParsePattern20(u.o.Pattern); err == nil {
		u.d.set("pattern_version", []byte(`"2.0"`))
		u.say("pattern_version", "2.0: the pattern is none of STIX 2.1")
	}
}

// draft is an object whose members are being changed, in their order.
type draft struct {
	names  []string
	values [][]byte
}

func draftOf(t *tree, n uint32) *draft {
	d := &draft{}
	for key, v := range t.members(n) {
		d.names = append(d.names, string(t.bytes(key)))
		d.values = append(d.values, t.octets(v))
	}
	return d
}

// at is where a member stands, -1 where it does not.
func (d *draft) at(name string) int {
	for i, n := range d.names {
		if n == name {
			return i
		}
	}
	return -1
}

// set changes a member or adds it at the end.
func (d *draft) set(name string, value []byte) {
	if i := d.at(name); i >= 0 {
		d.values[i] = value
		return
	}
	d.names = append(d.names, name)
	d.values = append(d.values, value)
}

// after sets a member and puts it behind another.
func (d *draft) after(other, name string, value []byte) {
	d.drop(name)
	i := d.at(other) + 1
	d.names = append(d.names[:i], append([]string{name}, d.names[i:]...)...)
	d.values = append(d.values[:i], append([][]byte{value}, d.values[i:]...)...)
}

func (d *draft) drop(name string) {
	if i := d.at(name); i >= 0 {
		d.names = append(d.names[:i], d.names[i+1:]...)
		d.values = append(d.values[:i], d.values[i+1:]...)
	}
}

// rename gives a member another name; not one that stands there.
func (d *draft) rename(from, to string) bool {
	i := d.at(from)
	if i < 0 || d.at(to) >= 0 {
		return false
	}
	d.names[i] = to
	return true
}

func (d *draft) bytes() []byte {
	out := []byte{'{'}
	for i, name := range d.names {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(appendText(out, []byte(name)), ':')
		out = append(out, d.values[i]...)
	}
	return append(out, '}')
}

// list writes strings as a JSON array.
func listOf(items []string) []byte {
	out := []byte{'['}
	for i, s := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = appendText(out, []byte(s))
	}
	return append(out, ']')
}

// isRef says whether a property names objects.
func isRef(name string) bool {
	return strings.HasSuffix(name, "_ref") || strings.HasSuffix(name, "_refs")
}
