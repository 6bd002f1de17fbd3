package intel

import (
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/indicator"
	"parley.example/parley/internal/stix"
)

// Which versions of an object a Query finds, as TAXII 2.1 §3.4 has them.
const (
	LastVersion  = "last" // also the empty string
	FirstVersion = "first"
	AllVersions  = "all"
)

// Query says which objects are wanted: those that fit every field that is set. A
// list fits where one of its words does.
type Query struct {
	Clearance    Clearance    // what the asker may see: the zero one sees nothing
	Sources      []int64      // by number; none: every source that the clearance sees
	Party        parley.Party // only what came from it, or went to it
	Directions   []Direction  // only sources of these
	Types        []string     // "indicator"
	IDs          []string
	Labels       []string
	Values       []indicator.Value // an observable with it, or an indicator whose pattern it makes true
	Refs         []string          // objects that name one of these identifiers in a _ref or _refs
	Text         string            // words, each of which stands in the name, the description or a value
	Versions     []string          // LastVersion, FirstVersion, AllVersions or a version's time (RFC 3339); none: the last
	SpecVersions []string          // "2.1", "2.0"; none: the newest there is. What was made 2.1 of 2.0 goes out as it came where 2.0 alone is wanted

	AddedAfter, AddedUntil      time.Time // exclusive; inclusive
	ModifiedFrom, ModifiedUntil time.Time // inclusive; exclusive
	MinTLP, MaxTLP              stix.TLP  // 0: no bound

	WithRevoked   bool // also those that their author has revoked
	WithRecalled  bool // also those that a party has recalled
	WithContested bool // also what contests another version, and whatever its version both of such a pair
	OnlyContested bool // only these

	After  Cursor // where the page before ended
	Limit  int    // objects of a page; 0: 100, at most MaxPage
	Newest bool   // the last added first
	NoRaw  bool   // leave Held.Raw out, for manifests and counts
}

// MaxPage is how many objects a page has at most.
const MaxPage = 10_000

// Cursor is a place in the order of addition. It stays good for ever, whatever is
// added or taken away meanwhile; the zero one is the beginning.
type Cursor uint64

// Held is one object as the store has it.
type Held struct {
	N           uint64 // its number in this store: a Cursor after it is Cursor(N)
	Raw         []byte // byte for byte as it came
	ID, Type    string
	Version     time.Time // modified, else created, else zero
	Added       time.Time // unique in its source and strictly increasing, in milliseconds
	Spec        string    // "2.1", "2.0": of Raw
	Source      Source
	Entry       string   // of the message that brought or sent it, "aster/118"; empty for our own
	From        string   // who gave it: a body, or the file, feed or client of our own
	Proof       string   // "cosigned": its entry is in a tree that both sides have signed; "signed": its author's signature alone; "": our own
	Marking     stix.TLP // the strictest of the object, of its parts, and of what brought it
	Recalled    bool
	Contested   bool // another object claims to be the same version and says something else
	Revoked     bool
	First, Last bool // whether it is the first and the last version in its source
}

// Page is a part of what a query finds.
type Page struct {
	Objects []Held
	Next    Cursor // for Query.After of the next page; also where there is none yet
	More    bool   // whether there is one now
}

// lines cuts a text into its lines; the empty one has none.
func lines(s string) []string {
	if s == "" {
		return nil
	}
	return strings.Split(s, "\n")
}

// from says whether objects of a source are wanted.
func (q *Query) from(s Source) bool {
	return (len(q.Sources) == 0 || slices.Contains(q.Sources, s.N)) && (q.Party == "" || q.Party == s.Party) && (len(q.Directions) == 0 || slices.Contains(q.Directions, s.Direction))
}
