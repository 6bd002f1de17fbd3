package form

import (
	"errors"
	"net/netip"
	"sort"
	"strconv"
	"strings"
	"time"

	"parley.example/parley/clock"
)

// normal brings what a person wrote into the one spelling of the field's type,
// where there is no doubt what was meant; Check refuses the rest.
func (f *Field) normal(s string) (string, error) {
	s = strings.TrimSpace(s)
	switch f.Type {
	case Time:
		return normalTime(s)
	case ASN:
		s = strings.TrimPrefix(strings.ToUpper(s), "AS")
		fallthrough
	case Number:
		n, err := strconv.ParseInt(s, 10, 64)
		if err != nil {
			return "", errors.New(quote(s) + " is no whole number")
		}
		return strconv.FormatInt(n, 10), nil
	case Bool:
		switch strings.ToLower(s) {
		case "true", "yes", "on", "1":
			return "true", nil
		case "false", "no", "off", "0":
			return "false", nil
		}
		return "", errors.New(quote(s) + " is neither true nor false")
	case Network:
		if p, err := netip.ParsePrefix(s); err == nil {
			return p.String(), nil
		} else if a, err := netip.ParseAddr(s); err == nil {
			return a.String(), nil
		}
	case Domain:
		return strings.TrimSuffix(strings.ToLower(s), "."), nil
	case Party, Body, Message, Language:
		return strings.ToLower(s), nil
	case Length:
		if l, err := clock.ParseLength(s); err == nil {
			return l.String(), nil
		}
	}
	return s, nil
}

// normalTime takes an instant with its zone; without one nobody knows what is meant.
func normalTime(s string) (string, error) {
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04Z07:00", "2006-01-02 15:04Z07:00", "2006-01-02 15:04:05Z07:00"} {
		if t, err := time.Parse(layout, strings.Replace(s, " UTC", "Z", 1)); err == nil {
			return t.UTC().Truncate(time.Second).Format(TimeLayout), nil
		}
	}
	return "", errors.New(quote(s) + " is no instant that exists, or has no zone")
}

// asList is a value that stands for several.
func asList(v any) ([]any, bool) {
	switch v := v.(type) {
	case []any:
		return v, true
	case []string:
		list := make([]any, len(v))
		for i := range v {
			list[i] = v[i]
		}
		return list, true
	}
	return nil, false
}

// Each are the values of a list as a person gave it, each as it was given.
func (f *Field) Each(given any) []any {
	if isNothing(given) {
		return nil
	}
	return f.values(given)
}

// values are those of a list: a JSON list, a string with one on each line (or,
// where no value holds a comma or a space, between those), or a map whose keys count.
func (f *Field) values(given any) []any {
	list, ok := asList(given)
	if m, isMap := given.(map[string]any); isMap && f.counts(m) {
		return counted(m)
	}
	if !ok {
		list = []any{given}
	}
	if f.Type == Text || f.Type == Group {
		return list
	}
	var all []any
	for _, v := range list {
		s, isString := v.(string)
		if !isString {
			all = append(all, v)
			continue
		}
		for _, one := range strings.FieldsFunc(s, func(r rune) bool {
			return r == '\n' || r == '\r' || f.splits() && (r == ',' || r == ' ' || r == '\t')
		}) {
			all = append(all, one)
		}
	}
	return all
}

// splits reports whether no value of the type holds a comma or a space.
func (f *Field) splits() bool {
	switch f.Type {
	case Line, PlaceName, Length, Time:
		return false
	}
	return true
}

// counts reports whether the keys of a map are 0, 1, 2 ...: a list by another name.
func (f *Field) counts(m map[string]any) bool {
	for k := range m {
		if _, err := strconv.ParseUint(k, 10, 16); err != nil {
			return false
		}
	}
	return len(m) > 0
}

func counted(m map[string]any) []any {
	keys := make([]int, 0, len(m))
	byKey := map[int]any{}
	for k, v := range m {
		n, _ := strconv.Atoi(k)
		keys = append(keys, n)
		byKey[n] = v
	}
	sort.Ints(keys)
	list := make([]any, len(keys))
	for i, k := range keys {
		list[i] = byKey[k]
	}
	return list
}

// Nest makes the values that Fill takes from flat names, as flags and pages give
// them: "impact.users", "routes.0.address", and "text.language" beside "text".
func Nest(flat map[string][]string) map[string]any {
	root := map[string]any{}
	names := make([]string, 0, len(flat))
	for name := range flat {
		names = append(names, name)
	}
	sort.Strings(names) // "text" comes before "text.language"
	for _, name := range names {
		at, path := root, strings.Split(name, ".")
		for _, part := range path[:len(path)-1] {
			below, ok := at[part].(map[string]any)
			if !ok {
				below = map[string]any{}
				if before, given := at[part]; given {
					below["text"] = before
				}
				at[part] = below
			}
			at = below
		}
		last := path[len(path)-1]
		if values := flat[name]; len(values) == 1 {
			at[last] = values[0]
		} else if len(values) > 1 {
			at[last] = values
		}
	}
	return root
}
