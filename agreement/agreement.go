package agreement

import (
	"encoding/binary"
	"fmt"
	"slices"
	"sort"
	"strings"

	"parley.example/parley"
)

// Version is the first line's value of every agreement text. AGREEMENT-1
const Version = "parley/agreement/v1"

// Agreement is a checked text: only Parse makes one. It is never changed
// afterwards; whoever holds it may read it from several goroutines.
type Agreement struct {
	Version  string       `toml:"agreement"`
	Title    Texts        `toml:"title"`
	Founding *parley.Hash `toml:"founding"` // amendments: hash of the founding text. AGREEMENT-5
	Amends   *parley.Hash `toml:"amends"`   // amendments: hash of the text before. AGREEMENT-5
	Parent   *parley.Hash `toml:"parent"`   // sub-agreements: identifier of the agreement they stand under
	SignBy   string       `toml:"sign_by"`  // RFC 3339, UTC: lines made later do not count; empty: no limit

	Language Language `toml:"language"`
	Legal    Legal    `toml:"legal"`
	Words    Words    `toml:"words"`
	Handling Handling `toml:"handling"`
	Traffic  Traffic  `toml:"traffic"`
	Clocks   []Clock  `toml:"clock"`
	Promises Promises `toml:"promises"`
	Eyes     Eyes     `toml:"eyes"`
	Parties  []Party  `toml:"party"`

	text []byte
	hash parley.Hash
}

// Parse reads the text of an agreement and checks all of it. What it returns
// obeys every clause of spec/agreement.md that a text alone can break.
// Errors are parley.Invalid and wrap a *ParseError.
func Parse(text []byte) (*Agreement, error) {
	a := &Agreement{}
	c, err := decode(text, a)
	if err != nil {
		return nil, err
	}
	a.text, a.hash = slices.Clone(text), parley.Sum(text)
	a.check(c)
	if err := c.err(); err != nil {
		return nil, err
	}
	return a, nil
}

// Text is the text that the parties sign, byte for byte. Not to be changed.
func (a *Agreement) Text() []byte { return a.text }

// Hash is the SHA-256 of this text.
func (a *Agreement) Hash() parley.Hash { return a.hash }

// ID identifies the agreement through all its amendments: the hash of the founding text. AGREEMENT-5
func (a *Agreement) ID() parley.Hash {
	if a.Founding != nil {
		return *a.Founding
	}
	return a.hash
}

// Fingerprint is what two people compare aloud before they sign. AGREEMENT-6
func (a *Agreement) Fingerprint() string { return Fingerprint(a.hash) }

// Fingerprint writes a hash as eight groups of five digits: each group is four
// octets of the hash, as a number, modulo 100000. AGREEMENT-6
func Fingerprint(h parley.Hash) string {
	groups := make([]string, 8)
	for i := range groups {
		groups[i] = fmt.Sprintf("%05d", binary.BigEndian.Uint32(h[4*i:])%100000)
	}
	return strings.Join(groups, " ")
}

// Party finds a party by its name.
func (a *Agreement) Party(name parley.Party) (*Party, bool) {
	for i := range a.Parties {
		if a.Parties[i].Name == name {
			return &a.Parties[i], true
		}
	}
	return nil, false
}

// PartyOfOrigin finds the party that writes a journal under this text. After a
// succession the text still names the closed journal: ask the Chain.
func (a *Agreement) PartyOfOrigin(o parley.Origin) (*Party, bool) {
	for i := range a.Parties {
		if a.Parties[i].Origin == o {
			return &a.Parties[i], true
		}
	}
	return nil, false
}

// Body finds a body by its name.
func (a *Agreement) Body(name parley.Body) (*Body, bool) {
	p, ok := a.Party(name.Party())
	if !ok {
		return nil, false
	}
	return p.Body(name)
}

// BodiesWith lists the bodies that take a role, in the order of the text.
func (a *Agreement) BodiesWith(role string) []parley.Body {
	var all []parley.Body
	for i := range a.Parties {
		for j := range a.Parties[i].Bodies {
			if b := &a.Parties[i].Bodies[j]; b.HasRole(role) {
				all = append(all, b.Name)
			}
		}
	}
	return all
}

func contains[T comparable](all []T, one T) bool { return slices.Contains(all, one) }

func sortedKeys[V any](m map[string]V) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}
