package csaf

import (
	"cmp"
	"crypto/sha1"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"parley.example/parley/internal/stix"
)

// Change is what STIX does not say of an advisory, or says otherwise.
type Change struct{ Path, Reason string }

// space is the namespace of the identifiers that advisories give. It never changes.
var space = [16]byte{0x91, 0x5e, 0x0d, 0x37, 0x8a, 0x24, 0x4c, 0x6b, 0xb1, 0xf0, 0x2d, 0x73, 0xc4, 0x19, 0x5a, 0xe8}

// id makes an identifier of what stays the same from version to version of an
// advisory: UUID version 5 (RFC 9562 §5.5) over publisher, tracking id and what.
func (c *converter) id(kind string, what ...string) string {
	h := sha1.New()
	h.Write(space[:])
	h.Write([]byte(strings.Join(append([]string{c.d.Document.Publisher.Namespace}, what...), "\n")))
	var u [16]byte
	copy(u[:], h.Sum(nil))
	u[6] = u[6]&0x0f | 0x50
	u[8] = u[8]&0x3f | 0x80
	s := hex.EncodeToString(u[:])
	return kind + "--" + s[:8] + "-" + s[8:12] + "-" + s[12:16] + "-" + s[16:20] + "-" + s[20:]
}

type converter struct {
	d        *Document
	created  string
	modified string
	author   string
	markings []string
	light    string // the one of them that is a traffic light
	products map[string]*product
	groups   map[string][]string
	out      [][]byte
	seen     map[string]bool
	refs     []string
	changes  []Change
}

// ToSTIX maps an advisory. Its version is its current release date: the same
// advisory gives the same objects, byte for byte.
func (d *Document) ToSTIX() ([][]byte, []Change) {
	c := &converter{d: d, seen: map[string]bool{}}
	h := &d.Document
	first, _ := when(h.Tracking.Initial)
	last, _ := when(h.Tracking.Current)
	if last.Before(first) {
		c.change("/document/tracking", "the current release is before the first: the first counts for both (STIX 2.1 §3.2)")
		last = first
	}
	c.created, c.modified = stamp(first), stamp(last)
	c.products, c.groups = d.Tree.all(nil)
	c.marking()
	c.publisher()
	for i := range d.Vulnerabilities {
		c.vulnerability(i, &d.Vulnerabilities[i])
	}
	c.report()
	return c.out, c.changes
}

func (c *converter) change(path, reason string) { c.changes = append(c.changes, Change{path, reason}) }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

// emit gives an object out, once.
func (c *converter) emit(m map[string]any) string {
	id := m["id"].(string)
	if c.seen[id] {
		return id
	}
	c.seen[id] = true
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(m) // text, numbers, lists and maps of them: nothing that could fail
	c.out = append(c.out, []byte(strings.TrimSuffix(b.String(), "\n")))
	return id
}

// head is what every domain object of the advisory has.
func (c *converter) head(kind string, what ...string) map[string]any {
	m := map[string]any{
		"type": kind, "spec_version": "2.1", "id": c.id(kind, append([]string{c.d.Document.Tracking.ID}, what...)...), "created": c.created, "modified": c.modified,
		"created_by_ref": c.author,
	}
	if lang := c.d.Document.Lang; lang != "" {
		m["lang"] = lang
	}
	c.marked(m)
	return m
}

func (c *converter) marked(m map[string]any) {
	if len(c.markings) > 0 {
		m["object_marking_refs"] = c.markings
	}
}

// light is the traffic light for a label of TLP 1 or 2.0. TLP 1 words of CSAF 2.0
// mean what TLP 2.0 has for them: WHITE is CLEAR.
func light(label string) (stix.TLP, bool) {
	switch label {
	case "WHITE", "CLEAR":
		return stix.Clear, true
	case "GREEN":
		return stix.Green, true
	case "AMBER":
		return stix.Amber, true
	case "AMBER+STRICT":
		return stix.AmberStrict, true
	case "RED":
		return stix.Red, true
	}
	return stix.Red, false
}

// marking turns the distribution into marking-definitions. A document that says
// nothing is marked by nothing: the source that it comes from decides.
func (c *converter) marking() {
	d := c.d.Document.Distribution
	if d.TLP != nil {
		t, _ := light(d.TLP.Label)
		id := stix.MarkingID(t)
		c.seen[id] = true
		c.out = append(c.out, stix.MarkingObject(t))
		c.markings, c.light = append(c.markings, id), id
	}
	text := d.Text
	if d.Group != nil {
		text = strings.TrimSpace(text + " Sharing group " + d.Group.ID + " " + d.Group.Name)
	}
	if text != "" {
		c.markings = append(c.markings, c.emit(map[string]any{
			"type": "marking-definition", "spec_version": "2.1", "id": c.id("marking-definition", text), "created": epoch,
			"definition_type": "statement", "definition": map[string]any{"statement": text},
		}))
	}
}

func (c *converter) publisher() {
	p := c.d.Document.Publisher
	m := map[string]any{
		"type": "identity", "spec_version": "2.1", "id": c.id("identity", "publisher"), "created": epoch, "modified": c.modified,
		"name": p.Name, "identity_class": "organization", "roles": []string{p.Category}, "external_references": []any{map[string]any{"source_name": "csaf-publisher", "url": p.Namespace}},
	}
	if p.Contact != "" {
		m["contact_information"] = p.Contact
	}
	if p.Authority != "" {
		m["description"] = p.Authority
	}
	c.author = c.emit(m)
}

// epoch is when an identity and a statement were made, as far as an advisory says.
const epoch = "1970-01-01T00:00:00.000Z"

// notes are the texts of a document in one.
func notes(all []note, first ...string) string {
	var parts []string
	for _, category := range append(first, "") {
		for _, n := range all {
			if n.Text == "" || category != "" && n.Category != category || category == "" && slices.Contains(first, n.Category) {
				continue
			}
			if category == "" && len(first) > 0 && n.Category != "general" && n.Category != "other" && n.Category != "details" {
				continue
			}
			parts = append(parts, strings.TrimSpace(cmp.Or(n.Title, n.Category)+": "+n.Text))
		}
	}
	return strings.Join(parts, "\n\n")
}

func references(all []reference) []any {
	var out []any
	for _, r := range all {
		if r.URL == "" {
			continue
		}
		m := map[string]any{"source_name": cmp.Or(r.Category, "external"), "url": r.URL}
		if r.Summary != "" {
			m["description"] = r.Summary
		}
		out = append(out, m)
	}
	return out
}

func (c *converter) report() {
	h := &c.d.Document
	m := c.head("report")
	m["name"], m["report_types"], m["published"] = h.Title, []string{"vulnerability"}, c.created
	if text := notes(h.Notes, "summary", "description"); text != "" {
		m["description"] = text
	}
	refs := append([]any{map[string]any{"source_name": "csaf", "external_id": h.Tracking.ID}}, references(h.References)...)
	for _, alias := range h.Tracking.Aliases {
		refs = append(refs, map[string]any{"source_name": "alias", "external_id": alias})
	}
	m["external_references"] = refs
	m["labels"] = []string{"csaf:category=" + h.Category, "csaf:status=" + h.Tracking.Status, "csaf:version=" + h.Tracking.Version}
	if len(c.refs) == 0 {
		c.refs = []string{c.author} // a report must hold something
	}
	m["object_refs"] = c.refs
	for _, n := range h.Notes {
		if n.Category == "legal_disclaimer" {
			c.change("/document/notes", "the legal disclaimer is left out of the description")
			break
		}
	}
	c.emit(m)
}

func (c *converter) hold(id string) {
	if !slices.Contains(c.refs, id) {
		c.refs = append(c.refs, id)
	}
}

// scored is what the scores say, in short lists that a reader of STIX finds.
func (v *vulnerability) scored() []any {
	all := v.Scores
	for _, m := range v.Metrics {
		all = append(all, m.Content)
	}
	var out []any
	seen := map[string]bool{}
	for _, s := range all {
		for _, one := range []*cvss{s.V2, s.V3, s.V4} {
			if one == nil || one.Vector == "" || seen[one.Vector] {
				continue
			}
			seen[one.Vector] = true
			m := map[string]any{"vector": one.Vector, "score": one.Base}
			if one.Severity != "" {
				m["severity"] = one.Severity
			}
			if one.Version != "" {
				m["version"] = one.Version
			}
			out = append(out, m)
		}
	}
	return out
}

var statuses = []string{"first_affected", "known_affected", "last_affected", "recommended", "fixed", "first_fixed", "known_not_affected", "under_investigation", "unknown"}

// bare is an observable before it has an identifier.
func bare(m map[string]any) []byte {
	m = maps.Clone(m)
	m["id"] = m["type"].(string) + "--00000000-0000-4000-8000-000000000000"
	raw, _ := json.Marshal(m) // text alone
	return raw
}
