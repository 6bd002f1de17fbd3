package agreement

import "parley.example/parley"

// Handling is how words are protected after they arrive. AGREEMENT-15
type Handling struct {
	Default     string    `toml:"default"`     // marking of a message that names none
	Own         []Marking `toml:"marking"`     // markings that this agreement adds
	ThirdParty  string    `toml:"third_party"` // consent, marking, never: passing on to others
	Purposes    []string  `toml:"purposes"`    // open words; what words may be used for
	Publication string    `toml:"publication"` // none, joint, each
	Record      string    `toml:"record"`      // full, existence: what is kept of texts
	Release     []Release `toml:"release"`     // the first rule that fits decides
	Retention   []Keep    `toml:"retention"`   // the first rule that fits decides
}

// Marking is a marking that the agreement adds to TLP 2.0 and PAP.
type Marking struct {
	ID    string `toml:"id"`
	Title Texts  `toml:"title"`
	As    string `toml:"as"` // the TLP 2.0 label that tools see
}

// Release says how many signatures a message needs before it leaves. AGREEMENT-16
type Release struct {
	Kinds       []parley.Kind       `toml:"kinds"`       // empty: all
	Precedences []parley.Precedence `toml:"precedences"` // empty: all
	Bodies      []parley.Body       `toml:"bodies"`      // empty: all; the sender's
	Signatures  int                 `toml:"signatures"`  // 1 or 2
	Follows     string              `toml:"follows"`     // a length within which the second may follow; empty: it comes first
}

// Keep says how long a sealed part is kept.
type Keep struct {
	Kinds  []parley.Kind `toml:"kinds"` // empty: all
	Length string        `toml:"length"`
	Then   string        `toml:"then"` // erase, review
}

// NeedsRelease says whether a message of any body owes a second signature, and
// whether it may go on one and be countersigned later. AGREEMENT-16
func (a *Agreement) NeedsRelease(kind parley.Kind, p parley.Precedence) (owed, mayFollow bool) {
	return a.NeedsReleaseBy("", kind, p)
}

// NeedsReleaseBy is NeedsRelease for one sending body: rules that name bodies
// fit only these. AGREEMENT-16
func (a *Agreement) NeedsReleaseBy(body parley.Body, kind parley.Kind, p parley.Precedence) (owed, mayFollow bool) {
	for i := range a.Handling.Release {
		r := &a.Handling.Release[i]
		if fits(r.Kinds, kind) && fits(r.Precedences, p) && (len(r.Bodies) == 0 || contains(r.Bodies, body)) {
			return r.Signatures == 2, r.Signatures == 2 && r.Follows != ""
		}
	}
	return false, false
}

// KeptFor is the rule of retention for a kind; ok is false where none fits.
func (a *Agreement) KeptFor(kind parley.Kind) (Keep, bool) {
	for _, k := range a.Handling.Retention {
		if fits(k.Kinds, kind) {
			return k, true
		}
	}
	return Keep{}, false
}

// fits: an empty list means all.
func fits[T comparable](list []T, one T) bool { return len(list) == 0 || contains(list, one) }
