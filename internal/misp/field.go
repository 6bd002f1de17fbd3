package misp

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// fields are the members of one JSON object. MISP writes the same member as
// text, number or truth value, as the version of the day has it: each reader
// takes what it can read without guessing.
type fields struct {
	members map[string]json.RawMessage
	odd     []string // members that could not be read as what they should be
}

// parseFields reads the members of one object: a repeated name, or octets that
// are no UTF-8, leave open what it says, and refuse it.
func parseFields(raw []byte) (*fields, error) {
	if !utf8.Valid(raw) {
		return nil, errors.New("is not UTF-8 throughout")
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return nil, errors.New("is not a JSON object")
	}
	f := &fields{members: make(map[string]json.RawMessage, 24)}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return nil, err
		}
		name, _ := t.(string)
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil, err
		}
		if _, twice := f.members[name]; twice {
			return nil, fmt.Errorf("names %.40q twice", name)
		}
		f.members[name] = value
	}
	return f, nil
}

// take removes a member and returns it; nil for null and for none.
func (f *fields) take(name string) json.RawMessage {
	raw := f.members[name]
	delete(f.members, name)
	if bytes.Equal(raw, []byte("null")) {
		return nil
	}
	return raw
}

func (f *fields) wrong(name string, raw []byte, want string) {
	f.odd = append(f.odd, fmt.Sprintf("%s is %.60s: want %s", name, raw, want))
}

// text takes a member that is text, a number or a truth value.
func (f *fields) text(name string) string {
	raw := f.take(name)
	s, ok := scalar(raw)
	if !ok {
		f.wrong(name, raw, "text")
	}
	return s
}

// scalar is a JSON scalar as text; "" for none.
func scalar(raw []byte) (string, bool) {
	if len(raw) == 0 {
		return "", true
	}
	switch raw[0] {
	case '"':
		var s string
		return s, json.Unmarshal(raw, &s) == nil
	case '{', '[':
		return "", false
	}
	return string(raw), true
}

// flag takes a truth value, also written as 0 and 1.
func (f *fields) flag(name string) bool {
	raw := f.take(name)
	s, ok := scalar(raw)
	switch strings.ToLower(s) {
	case "true", "1":
		return true
	case "", "false", "0":
		if ok {
			return false
		}
	}
	f.wrong(name, raw, "true or false")
	return false
}

// number takes a whole number from low to high; other where there is none.
func (f *fields) number(name string, low, high, other int) int {
	raw := f.take(name)
	s, ok := scalar(raw)
	if ok && s == "" {
		return other
	}
	n, err := strconv.Atoi(s)
	if !ok || err != nil || n < low || n > high {
		f.wrong(name, raw, fmt.Sprintf("a number from %d to %d", low, high))
		return other
	}
	return n
}

// distribution takes how far a thing may travel. What says something that is none is
// not to travel at all.
func (f *fields) distribution() Distribution {
	odd := len(f.odd)
	d := Distribution(f.number("distribution", 0, 5, int(Unstated)))
	if len(f.odd) > odd {
		return Organisation
	}
	return d
}

// when takes a time: seconds since 1970, or RFC 3339 with any fraction; zero
// where there is none.
func (f *fields) when(name string) time.Time {
	raw := f.take(name)
	s, ok := scalar(raw)
	if ok && (s == "" || s == "0") {
		return time.Time{}
	}
	if t, fine := parseTime(s); ok && fine {
		return t
	}
	f.wrong(name, raw, "seconds since 1970, or a time such as 2026-11-22T22:00:00Z")
	return time.Time{}
}

// parseTime reads the ways in which MISP writes an instant. The year has four
// digits, so that STIX can say it.
func parseTime(s string) (time.Time, bool) {
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		if n < 0 || n >= 253402300800 {
			return time.Time{}, false
		}
		whole := int64(n)
		return time.Unix(whole, int64((n-float64(whole))*1e6)*1000).UTC(), true
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05.999999999-0700", "2006-01-02T15:04:05.999999999", "2006-01-02 15:04:05", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() >= 1 && t.UTC().Year() <= 9999 {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// list takes the elements of a member that is an array; a single object counts
// as an array of one.
func (f *fields) list(name string) []json.RawMessage {
	raw := f.take(name)
	if len(raw) == 0 {
		return nil
	}
	if raw[0] == '{' {
		if string(raw) == "{}" {
			return nil // PHP writes an empty list so
		}
		return []json.RawMessage{raw}
	}
	var all []json.RawMessage
	if json.Unmarshal(raw, &all) != nil {
		f.wrong(name, raw, "a list")
	}
	return all
}

// local are members that mean something only in the instance that wrote them.
var local = []string{
	"id", "org_id", "orgc_id", "event_id", "object_id", "sharing_group_id", "attribute_count", "locked", "proposal_email_lock",
	"disable_correlation", "RelatedEvent", "event_creator_email", "user_id", "attribute_id", "old_id", "template_id",
	"malware_filename", "galaxy_id", "tag_id", "event_tag_id", "value1", "value2", "CryptographicKey", "protected", "ThreatLevel",
}

// rest is what nobody took, without what is local; nil where nothing is left.
func (f *fields) rest() map[string]json.RawMessage {
	for _, name := range local {
		delete(f.members, name)
	}
	for name, raw := range f.members {
		switch string(raw) {
		case "null", `""`, "[]", "{}", "false", `"0"`:
			delete(f.members, name)
		}
	}
	if len(f.members) == 0 {
		return nil
	}
	return f.members
}
