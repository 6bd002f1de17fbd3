package stix

import (
	"crypto/sha256"
	"fmt"
	"slices"
	"strings"
)

// renamed are properties of observables of STIX 2.0 that STIX 2.1 names otherwise.
var renamed = map[string][][2]string{
	"file":                 {{"created", "ctime"}, {"modified", "mtime"}, {"accessed", "atime"}},
	"directory":            {{"created", "ctime"}, {"modified", "mtime"}, {"accessed", "atime"}},
	"process":              {{"created", "created_time"}, {"binary_ref", "image_ref"}},
	"windows-registry-key": {{"modified", "modified_time"}},
	"user-account":         {{"password_last_changed", "credential_last_changed"}},
}

// container makes objects of the observables that one observed-data holds.
type container struct {
	u     *upgrade
	nodes map[string]uint32 // by key
	ids   map[string]string // by key, of those that are done
	open  map[string]bool   // being done: a reference to one goes in a circle
	out   [][]byte
	marks []string // markings of what holds them
}

// observed replaces the container of STIX 2.0 by references. OASIS STIX 2.1 §4.14
func (u *upgrade) observed() ([][]byte, *Fault) {
	n := u.t.get(root, "objects")
	if n == none {
		return nil, nil
	}
	if u.t.kind(n) != object {
		return nil, &Fault{Rule: "type", Path: "objects", Clause: "4.14", Message: fmt.Sprintf("%s stands where the dictionary of observables should", u.t.kind(n))}
	}
	c := &container{u: u, nodes: map[string]uint32{}, ids: map[string]string{}, open: map[string]bool{}, marks: u.marks()}
	var keys []string
	for key, v := range u.t.members(n) {
		name := string(u.t.bytes(key))
		if typ := u.t.text(u.t.get(v, "type")); u.t.kind(v) != object || typeName(typ) != "" {
			return nil, &Fault{Rule: "type", Path: u.t.path(v), Clause: "4.14", Message: "an observable must be an object with a type"}
		}
		c.nodes[name] = v
		keys = append(keys, name)
	}
	var refs []string
	for _, key := range keys {
		id := c.do(key, 0)
		if !slices.Contains(refs, id) {
			refs = append(refs, id)
		}
	}
	if i := u.d.at("objects"); i >= 0 {
		if at := u.d.at("object_refs"); at >= 0 {
			refs = append(u.t.texts(u.t.get(root, "object_refs")), refs...)
			u.d.drop("object_refs")
			i = u.d.at("objects")
		}
		u.d.names[i], u.d.values[i] = "object_refs", listOf(refs)
	}
	u.say("object_refs", fmt.Sprintf("the %d observables that stood in objects are objects of their own", len(keys)))
	return c.out, nil
}

// marks are all markings of the observed-data, granular ones too: an observable
// that leaves it is marked at least as strictly. Selectors into the container
// select the references instead.
func (u *upgrade) marks() []string {
	marks := slices.Clone(u.o.MarkingRefs)
	for i, g := range u.o.Granular {
		if g.Ref == "" {
			continue
		}
		touches := func(s string) bool { return u.inside(s) || u.t.sel(s) == none } // what selects nothing holds for the whole
		if (len(g.Selectors) == 0 || slices.ContainsFunc(g.Selectors, touches)) && !slices.Contains(marks, g.Ref) {
			marks = append(marks, g.Ref)
			u.say(fmt.Sprintf("granular_markings.[%d]", i), "the marking holds for the observables as a whole")
		}
	}
	n := u.t.get(root, "granular_markings")
	if n == none || len(marks) == len(u.o.MarkingRefs) && !strings.Contains(string(u.t.octets(n)), `"objects`) {
		return marks
	}
	out := []byte{'['}
	for i, item := range u.t.items(n) {
		if i > 0 {
			out = append(out, ',')
		}
		d := draftOf(u.t, item)
		var sel []string
		for _, s := range u.t.texts(u.t.get(item, "selectors")) {
			if u.inside(s) {
				s = "object_refs"
			}
			if !slices.Contains(sel, s) {
				sel = append(sel, s)
			}
		}
		d.set("selectors", listOf(sel))
		out = append(out, d.bytes()...)
	}
	u.d.set("granular_markings", append(out, ']'))
	return marks
}

// inside says whether a selector selects something in the container.
func (u *upgrade) inside(s string) bool {
	return (s == "objects" || strings.HasPrefix(s, "objects.")) && u.t.sel(s) != none
}

// do makes the object of one key, after those that it names, and returns its identifier.
func (c *container) do(key string, depth int) string {
	if id, ok := c.ids[key]; ok {
		return id
	}
	n := c.nodes[key]
	t := c.u.t
	typ := t.text(t.get(n, "type"))
	made := func() string { // of the place, where no property contributes
		sum := sha256.Sum256([]byte(c.u.o.ID + "\x00" + FormatTime(c.u.o.Version) + "\x00" + key))
		u := sum[:16]
		u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
		return fmt.Sprintf("%s--%x-%x-%x-%x-%x", typ, u[:4], u[4:6], u[6:8], u[8:10], u[10:])
	}
	if c.open[key] || depth > 200 {
		// A circle: an identifier that does not depend on what is named.
		c.ids[key] = made()
		return c.ids[key]
	}
	c.open[key] = true
	d := &draft{}
	for k, v := range t.members(n) {
		name := string(t.bytes(k))
		if name == "id" || name == "spec_version" {
			continue
		}
		d.names = append(d.names, name)
		d.values = append(d.values, c.rewrite(name, v, depth))
	}
	for _, r := range renamed[typ] {
		if d.rename(r[0], r[1]) {
			c.u.say("objects."+key+"."+r[0], "is named "+r[1]+" in STIX 2.1")
		}
	}
	id, ok := c.ids[key] // a circle came back here
	if !ok {
		if computed, err := DeterministicID(d.bytes()); err == nil {
			id = computed
		} else {
			id = made()
		}
		c.ids[key] = id
	}
	d.after("type", "spec_version", []byte(`"2.1"`))
	d.after("spec_version", "id", appendText(nil, []byte(id)))
	if len(c.marks) > 0 {
		d.set("object_marking_refs", listOf(c.marks))
	}
	c.out = append(c.out, d.bytes())
	return id
}

// rewrite writes a value with identifiers for the keys of the container that it
// names, and hashes by the names of STIX 2.1.
func (c *container) rewrite(name string, n uint32, depth int) []byte {
	t := c.u.t
	switch {
	case isRef(name) && t.kind(n) == text:
		if key := t.text(n); c.nodes[key] != none {
			return appendText(nil, []byte(c.do(key, depth+1)))
		}
	case t.kind(n) == array:
		out := []byte{'['}
		for i, item := range t.items(n) {
			if i > 0 {
				out = append(out, ',')
			}
			out = append(out, c.rewrite(name, item, depth)...)
		}
		return append(out, ']')
	case t.kind(n) == object:
		d := &draft{}
		for k, v := range t.members(n) {
			inner := string(t.bytes(k))
			value := c.rewrite(inner, v, depth)
			if name == "extensions" && !strings.HasSuffix(inner, "-ext") && !strings.HasPrefix(inner, "extension-definition--") {
				inner += "-ext"
				c.u.say(t.path(v), "the extension is named "+inner+" in STIX 2.1")
			}
			if name == "hashes" || strings.HasSuffix(name, "_hashes") {
				inner = hashName(inner)
			}
			d.set(inner, value)
		}
		return d.bytes()
	}
	return t.octets(n)
}

// hashName is the name that STIX 2.1 gives an algorithm. OASIS STIX 2.1 §10.7
func hashName(s string) string {
	switch strings.ToLower(strings.NewReplacer("-", "", "_", "").Replace(s)) {
	case "md5":
		return "MD5"
	case "sha1":
		return "SHA-1"
	case "sha256":
		return "SHA-256"
	case "sha512":
		return "SHA-512"
	case "sha3256":
		return "SHA3-256"
	case "sha3512":
		return "SHA3-512"
	case "ssdeep":
		return "SSDEEP"
	case "tlsh":
		return "TLSH"
	}
	return s
}
