package agreement

import (
	"parley.example/parley"
	"parley.example/parley/clock"
	"parley.example/parley/proof"
)

// Texts is one text in several languages: language tag in lower case ("en",
// "zh-hans") to the text. AGREEMENT-12
type Texts map[string]string

// In is the text in the first of the languages that it has, else in the
// language whose tag sorts first, else "".
func (t Texts) In(languages ...string) string {
	for _, l := range languages {
		if s, ok := t[l]; ok {
			return s
		}
	}
	for _, l := range sortedKeys(t) {
		return t[l]
	}
	return ""
}

// VKey is a verifier key as it stands in a text; its id was recomputed when it was read. KEYS-2
type VKey struct{ proof.Key }

// UnmarshalText accepts a vkey in its one spelling.
func (k *VKey) UnmarshalText(b []byte) (err error) {
	k.Key, err = proof.ParseVKey(string(b))
	return err
}

// MarshalText is the vkey.
func (k VKey) MarshalText() ([]byte, error) { return []byte(k.Key.String()), nil }

// IsZero says that the key is not there.
func (k VKey) IsZero() bool { return k.Name == "" }

// Party is one organisation: its names, keys, address and pins, as on its card. AGREEMENT-2
type Party struct {
	Name      parley.Party  `toml:"name"`
	Title     Texts         `toml:"title"`
	Languages []string      `toml:"languages"` // that it reads, the best first
	Identity  VKey          `toml:"identity"`  // type 1, named as the party
	Origin    parley.Origin `toml:"origin"`    // of its journal for this agreement, chosen by itself
	Journal   []VKey        `toml:"journal"`   // types 1 and 6, named as the origin
	Mirror    []VKey        `toml:"mirror"`    // types 4 and 6, named <origin>/mirror
	TLS       []parley.Hash `toml:"tls"`       // SHA-256 of the SubjectPublicKeyInfo of its certificates, 1 or 2
	Address   string        `toml:"address"`   // host:port, empty where no port is open
	Calendar  clock.Table   `toml:"calendar"`  // its working time
	Replaced  []string      `toml:"replaced"`  // amendments: texts that replaced the identity key since the text before. KEYS-10
	Bodies    []Body        `toml:"body"`

	working *clock.Calendar // Calendar, checked
}

// Body is a competent body with keys of its own. AGREEMENT-3
type Body struct {
	Name    parley.Body `toml:"name"`
	Title   Texts       `toml:"title"`
	Roles   []string    `toml:"roles"`   // open words: technical, diplomatic, law-enforcement, leadership, ...
	Hours   []string    `toml:"hours"`   // "mon-fri 09:00-17:00", in the party's calendar; empty: the calendar's hours
	Signing VKey        `toml:"signing"` // type 1, named as the body
	Release VKey        `toml:"release"` // type 1, named <body>/release; absent where no second signature is made
	Age     string      `toml:"age"`     // age1pq1..., an age recipient of the hybrid kind
}

// Body finds one of the party's bodies.
func (p *Party) Body(name parley.Body) (*Body, bool) {
	for i := range p.Bodies {
		if p.Bodies[i].Name == name {
			return &p.Bodies[i], true
		}
	}
	return nil, false
}

// WorkingTime is the party's calendar, checked. CLOCK-3
func (p *Party) WorkingTime() *clock.Calendar { return p.working }

// HasRole says whether the body takes the role.
func (b *Body) HasRole(role string) bool { return contains(b.Roles, role) }

// signers are the keys whose lines the party owes under a text. AGREEMENT-7
func (p *Party) signers() []proof.Key {
	keys := []proof.Key{p.Identity.Key}
	for _, b := range p.Bodies {
		keys = append(keys, b.Signing.Key)
		if !b.Release.IsZero() {
			keys = append(keys, b.Release.Key)
		}
	}
	return keys
}
