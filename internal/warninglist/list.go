package warninglist

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"parley.example/parley"
)

// List is one warninglist.
type List struct {
	Name        string
	Description string
	Version     string
	Type        string   // how an entry names a value: one of Types
	Category    string   // what the list is: "false_positive" or "known"
	Matching    []string // types of MISP attributes that it is about; all where empty
	Entries     []string
}

// Types are the ways in which an entry names a value: it is the value, it is its
// host or above it, it holds the address, it is a part of it, it matches it.
var Types = []string{"string", "hostname", "cidr", "substring", "regex"}

// The largest list of MISP has a million names.
const (
	maxList  = 128 << 20
	maxEntry = 4096
)

// Parse reads the list.json of one list. An entry that is no text is left out and
// named; the error is parley.Invalid: it is no warninglist.
func Parse(r io.Reader) (*List, []Fault, error) {
	raw, err := io.ReadAll(io.LimitReader(r, maxList+1))
	switch {
	case err != nil:
		return nil, nil, err
	case len(raw) > maxList:
		return nil, nil, parley.E(parley.Invalid, "the warninglist is larger than %d octets", maxList)
	case !utf8.Valid(raw):
		return nil, nil, parley.E(parley.Invalid, "the warninglist is not UTF-8 throughout")
	}
	var file struct {
		Name        string            `json:"name"`
		Description string            `json:"description"`
		Version     json.RawMessage   `json:"version"`
		Type        string            `json:"type"`
		Category    string            `json:"category"`
		Matching    []string          `json:"matching_attributes"`
		List        []json.RawMessage `json:"list"`
	}
	if err := json.Unmarshal(raw, &file); err != nil {
		return nil, nil, parley.E(parley.Invalid, "not a warninglist: %w", err)
	}
	l := &List{Name: file.Name, Description: file.Description, Version: strings.Trim(string(file.Version), `"`), Type: file.Type, Category: file.Category, Matching: file.Matching}
	switch {
	case l.Name == "":
		return nil, nil, parley.E(parley.Invalid, "the warninglist has no name")
	case file.List == nil:
		return nil, nil, parley.E(parley.Invalid, "the warninglist %q has no list", l.Name)
	case !slices.Contains(Types, l.Type):
		return nil, nil, parley.E(parley.Invalid, "the warninglist %q has the type %.20q: want one of %s", l.Name, l.Type, strings.Join(Types, ", "))
	}
	var faults []Fault
	for i, raw := range file.List {
		var s string
		if bytes.HasPrefix(raw, []byte(`"`)) {
			_ = json.Unmarshal(raw, &s) // sound: the whole was
		} else if len(raw) > 0 && raw[0] != '{' && raw[0] != '[' && raw[0] != 'n' {
			s = string(raw)
		}
		switch s = strings.TrimSpace(s); {
		case s == "":
			faults = append(faults, Fault{l.Name, i, string(raw[:min(len(raw), 40)]), "is no text"})
		case len(s) > maxEntry:
			faults = append(faults, Fault{l.Name, i, s[:40], fmt.Sprintf("has more than %d octets", maxEntry)})
		default:
			l.Entries = append(l.Entries, s)
		}
	}
	return l, faults, nil
}

// Fault is an entry that says nothing.
type Fault struct {
	List   string
	Index  int // from 0
	Entry  string
	Reason string
}

func (f Fault) Error() string {
	return fmt.Sprintf("warninglist %s, entry %d: %.60q %s", f.List, f.Index, f.Entry, f.Reason)
}
