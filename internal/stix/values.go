package stix

import (
	"slices"
	"strings"

	"parley.example/parley/indicator"
)

// valueOf says which property of an observable is a value that it is found by.
var valueOf = map[string]struct {
	property string
	kind     indicator.Kind
}{
	"ipv4-addr":            {"value", "ipv4-addr"},
	"ipv6-addr":            {"value", "ipv6-addr"},
	"domain-name":          {"value", "domain-name"},
	"url":                  {"value", "url"},
	"email-addr":           {"value", "email-addr"},
	"mac-addr":             {"value", "mac-addr"},
	"autonomous-system":    {"number", "autonomous-system"},
	"file":                 {"name", "file-name"},
	"mutex":                {"name", "mutex"},
	"windows-registry-key": {"key", "windows-registry-key"},
	"artifact":             {"url", "url"},
	"directory":            {"path", "file-path"},
	"email-message":        {"subject", "email-subject"},
	"process":              {"command_line", "command-line"},
	"x509-certificate":     {"serial_number", "x509-serial"},
}

// values are what o can be found by: of an indicator the equalities of its
// pattern, of an observable its own value and every hash in it.
func values(o *Object, t *tree) []indicator.Value {
	switch {
	case o.Type == "indicator" && o.Pattern != "" && (o.PatternType == "stix" || o.PatternType == ""):
		p := o.parsePattern(t)
		if p == nil {
			return nil
		}
		found, _ := p.Values()
		return found
	case o.Class == SCO:
		return observed(o.Type, t)
	}
	return nil
}

// parsePattern reads the pattern by the version that it says. One that is of STIX
// 2.0 alone, and does not say so, is a fault, but has values all the same.
func (o *Object) parsePattern(t *tree) *indicator.Pattern {
	if t.text(t.get(root, "pattern_version")) == "2.0" {
		o.pattern, o.bad = indicator.ParsePattern20(o.Pattern)
		return o.pattern
	}
	if o.pattern, o.bad = indicator.ParsePattern(o.Pattern); o.bad == nil {
		return o.pattern
	}
	older, _ := indicator.ParsePattern20(o.Pattern)
	return older
}

func observed(typ string, t *tree) []indicator.Value {
	var out []indicator.Value
	add := func(k indicator.Kind, s string) {
		if v, err := indicator.Parse(k, s); err == nil && !slices.Contains(out, v) {
			out = append(out, v)
		}
	}
	if w, ok := valueOf[typ]; ok {
		if n := t.get(root, w.property); n != 0 {
			switch t.kind(n) {
			case text:
				add(w.kind, t.text(n))
			case number:
				add(w.kind, string(t.octets(n)))
			}
		}
	}
	for i := range t.nodes {
		n := uint32(i)
		if t.nodes[n].flags&isKey == 0 {
			continue
		}
		switch k := string(t.bytes(n)); {
		case k == "hashes" || strings.HasSuffix(k, "_hashes"):
			for key, v := range t.members(n + 1) {
				if kind := indicator.HashKind(typ, string(t.bytes(key))); kind != "" {
					add(kind, t.text(v))
				}
			}
		case typ == "network-traffic" && strings.EqualFold(k, "User-Agent"):
			add("user-agent", t.text(n+1))
			for _, item := range t.items(n + 1) {
				add("user-agent", t.text(item))
			}
		}
	}
	return out
}
