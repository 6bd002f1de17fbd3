package misp

import (
	"encoding/json"
	"net/netip"
	"strconv"
	"strings"
)

// values are what the placeholders of a template stand for:
//
//	$name      text            $name?other  text, or other where there is none
//	#name      a whole number  &name        the identifier of an object: a number counts the row's
//	&name*     as many list elements as there are objects of that name
//	a|b        the first of these names that is known
//
// A member whose placeholder stands for nothing is left out, and so is a list or
// an object that has none left.
type values struct {
	text map[string]string
	ids  map[string][]string
	used map[string]bool // names that a template took
}

func (v *values) lookup(names string) (string, bool) {
	for name := range strings.SplitSeq(names, "|") {
		if s, ok := v.text[name]; ok {
			v.used[name] = true
			return s, true
		}
	}
	return "", false
}

// fill makes what a template describes; ok is false where nothing is left of it.
func (v *values) fill(template any) (any, bool) {
	switch t := template.(type) {
	case map[string]any:
		out := make(map[string]any, len(t))
		bound := false
		for name, inner := range t {
			if made, ok := v.fill(inner); ok {
				out[name] = made
				if !constant(inner) {
					bound = true
				}
			} else if name == "external_id" || name == "body_raw_ref" {
				return nil, false // the rest says nothing without it
			}
		}
		return out, bound
	case []any:
		var out []any
		for _, inner := range t {
			if s, ok := inner.(string); ok && strings.HasPrefix(s, "&") && strings.HasSuffix(s, "*") {
				for _, id := range v.ids[s[1:len(s)-1]] {
					out = append(out, id)
				}
				continue
			}
			if made, ok := v.fill(inner); ok {
				out = append(out, made)
			}
		}
		return out, len(out) > 0
	case string:
		return v.fillText(t)
	}
	return template, true
}

func constant(template any) bool {
	s, ok := template.(string)
	return ok && !strings.ContainsAny(s, "$#&") || template == true || template == false
}

func (v *values) fillText(t string) (any, bool) {
	if t == "" {
		return t, true
	}
	switch t[0] {
	case '$':
		name, other, optional := strings.Cut(t[1:], "?")
		s, ok := v.lookup(name)
		if !ok && optional {
			return other, other != ""
		}
		return s, ok && s != ""
	case '#':
		s, ok := v.lookup(t[1:])
		n, err := strconv.ParseUint(s, 10, 53)
		return json.Number(strconv.FormatUint(n, 10)), ok && err == nil
	case '&':
		for name := range strings.SplitSeq(t[1:], "|") {
			if ids := v.ids[name]; len(ids) > 0 {
				return ids[0], true
			}
		}
		return nil, false
	}
	if i := strings.IndexByte(t, '$'); i >= 0 { // within a text: one digit names the value
		s, ok := v.lookup(t[i+1 : i+2])
		return t[:i] + s + t[i+2:], ok
	}
	return t, true
}

// addressType is the type of observable for an address or a network, or "".
func addressType(s string) string {
	addr, err := netip.ParseAddr(s)
	if err != nil {
		p, err := netip.ParsePrefix(s)
		if err != nil {
			return ""
		}
		addr = p.Addr()
	}
	switch {
	case addr.Zone() != "":
		return ""
	case addr.Is4():
		return "ipv4-addr"
	}
	return "ipv6-addr"
}

// unify reads back what fill wrote: it binds the placeholders of the template to
// what stands in their place. Members that the template does not have are not
// looked at; with partial, members that only the template has neither.
func (v *values) unify(template, actual any, partial bool) bool {
	switch t := template.(type) {
	case map[string]any:
		a, ok := actual.(map[string]any)
		if !ok {
			return false
		}
		for name, inner := range t {
			found, ok := loose(a, name)
			if !ok {
				if partial && !constant(inner) || isList(inner) {
					continue
				}
				return false
			}
			if !v.unify(inner, found, partial) {
				return false
			}
		}
		return true
	case []any:
		a, ok := actual.([]any)
		if !ok {
			return false
		}
		for i, inner := range t {
			if s, ok := inner.(string); ok && strings.HasSuffix(s, "*") {
				for _, each := range a {
					v.unify(inner, each, partial)
				}
			} else if i < len(a) && !v.unify(inner, a[i], partial) {
				return false
			}
		}
		return len(a) > 0
	case string:
		return v.unifyText(t, actual)
	case bool:
		return actual == t
	}
	return true
}

func isList(template any) bool { _, ok := template.([]any); return ok }

func (v *values) unifyText(t string, actual any) bool {
	var s string
	switch a := actual.(type) {
	case string:
		s = a
	case json.Number:
		s = a.String()
	default:
		return false
	}
	if t == "" {
		return s == ""
	}
	switch t[0] {
	case '$', '#':
		name, _, _ := strings.Cut(t[1:], "?")
		name, _, _ = strings.Cut(name, "|")
		if had, ok := v.text[name]; ok {
			return had == s
		}
		v.text[name] = s
		return true
	case '&':
		names := strings.TrimSuffix(t[1:], "*")
		v.ids[names] = append(v.ids[names], s)
		return true
	}
	if i := strings.IndexByte(t, '$'); i >= 0 {
		return strings.HasPrefix(s, t[:i]) && strings.HasSuffix(s, t[i+2:])
	}
	return t == s
}

// loose finds a member by its name, or by one that only differs in case and
// punctuation: what others write for the same hash or header.
func loose(m map[string]any, name string) (any, bool) {
	if v, ok := m[name]; ok {
		return v, true
	}
	want := plain(name)
	for key, v := range m {
		if plain(key) == want {
			return v, true
		}
	}
	return nil, false
}

// plain is a path or a name without what writers differ in.
func plain(s string) string {
	return strings.ToLower(strings.NewReplacer("-", "", "_", "", "'", "", "[*]", "").Replace(s))
}
