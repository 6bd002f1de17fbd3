package misp

import (
	"bytes"
	"cmp"
	"encoding/json"
	"strings"
	"time"

	"parley.example/parley/internal/stix"
)

// node is one STIX object, read for its members.
type node struct {
	id, kind, uuid string
	m              map[string]any
	object         *stix.Object
	taken          bool // some event says it
}

// parseNode reads one object; the error is that of stix.Parse.
func parseNode(raw []byte) (*node, error) {
	o, err := stix.Parse(raw, stix.Limits{})
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	n := &node{id: o.ID, kind: o.Type, object: o}
	if err := d.Decode(&n.m); err != nil {
		return nil, err
	}
	_, n.uuid, _ = strings.Cut(n.id, "--")
	return n, nil
}

// text is a member that is text, or a number as text.
func (n *node) text(name string) string { return textOf(n.m[name]) }

func textOf(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case json.Number:
		return v.String()
	case bool:
		if v {
			return "true"
		}
		return "false"
	}
	return ""
}

func (n *node) when(name string) time.Time {
	t, _ := parseTime(n.text(name))
	return t
}

func (n *node) flag(name string) bool { return n.m[name] == true }

// list is a member that is a list of text, or one text.
func (n *node) list(name string) []string { return listOf(n.m[name]) }

func listOf(v any) []string {
	if all, ok := v.([]any); ok {
		out := make([]string, 0, len(all))
		for _, one := range all {
			if s := textOf(one); s != "" {
				out = append(out, s)
			}
		}
		return out
	}
	if s := textOf(v); s != "" {
		return []string{s}
	}
	return nil
}

func (n *node) distribution() Distribution {
	switch s := n.text("x_misp_distribution"); s {
	case "0", "1", "2", "3", "4", "5":
		return Distribution(s[0] - '0')
	}
	return Unstated
}

func (n *node) group() *SharingGroup { return groupOf(n.m["x_misp_sharing_group"]) }

func groupOf(v any) *SharingGroup {
	m, ok := v.(map[string]any)
	if !ok {
		return nil
	}
	g := &SharingGroup{Name: textOf(m["name"]), Releasability: textOf(m["releasability"])}
	g.UUID, _ = parseUUID(textOf(m["uuid"]))
	g.Raw = appendJSON(nil, ordered{{"uuid", g.UUID}, {"name", g.Name}, {"releasability", g.Releasability}})
	return g
}

// labels sorts an object's labels into those that MISP's converters write about
// the item, and the tags.
func (n *node) labels() (about map[string]string, tags []Tag) {
	about = map[string]string{}
	for _, s := range n.object.Labels {
		if rest, ok := strings.CutPrefix(s, "misp:"); ok {
			if name, value, ok := strings.Cut(rest, `="`); ok && strings.HasSuffix(value, `"`) {
				about[name] = strings.ReplaceAll(strings.TrimSuffix(value, `"`), `\"`, `"`)
				continue
			}
		}
		tags = append(tags, Tag{Name: s})
	}
	return about, tags
}

// modified is when the version that this is was made.
func (n *node) modified() time.Time { return cmp.Or(n.object.Modified, n.object.Created) }

// newest keeps the last version of each object, in the order in which they came.
func newest(raws [][]byte) (map[string]*node, []*node, []Change) {
	byID, place := map[string]*node{}, map[string]int{}
	var all []*node
	var changes []Change
	for _, raw := range raws {
		n, err := parseNode(raw)
		if err != nil {
			changes = append(changes, Change{What: "object", Reason: err.Error(), Lost: true})
			continue
		}
		if had := byID[n.id]; had != nil {
			if stix.Compare(n.object, had.object) > 0 {
				all[place[n.id]] = n
				byID[n.id] = n
			}
			continue
		}
		byID[n.id], place[n.id] = n, len(all)
		all = append(all, n)
	}
	return byID, all, changes
}
