package agreement

import "parley.example/parley"

// Eyes are the thirds that the parties name. AGREEMENT-21
type Eyes struct {
	Witnesses []Witness `toml:"witness"`
	Archives  []Archive `toml:"archive"`
	Policy    string    `toml:"policy"` // c2sp.org/tlog-policy over the names of witnesses and archives; empty: none
	Grace     string    `toml:"grace"`  // an undelivered message is *tendered* after this length
}

// Witness cosigns checkpoints and sees sizes, times and hashes.
type Witness struct {
	Name          string `toml:"name"`
	Title         Texts  `toml:"title"`
	Keys          []VKey `toml:"keys"` // types 4 and 6, named as the witness
	URL           string `toml:"url"`  // c2sp.org/tlog-witness submission prefix
	Disinterested bool   `toml:"disinterested"`
}

// Archive mirrors entries and keeps undelivered sealed parts, which it cannot open.
// It is a node, and its table comes from a card of its own.
type Archive struct {
	Name          string        `toml:"name"` // a schema-less URL: archive.example/parley
	Title         Texts         `toml:"title"`
	Identity      VKey          `toml:"identity"` // type 1, named as the archive; signs its card
	Mirror        []VKey        `toml:"mirror"`   // types 4 and 6, named <name>/mirror
	TLS           []parley.Hash `toml:"tls"`
	Address       string        `toml:"address"`
	Disinterested bool          `toml:"disinterested"`
}

// Archive finds an archive by its name.
func (a *Agreement) Archive(name string) (*Archive, bool) {
	for i := range a.Eyes.Archives {
		if a.Eyes.Archives[i].Name == name {
			return &a.Eyes.Archives[i], true
		}
	}
	return nil, false
}
