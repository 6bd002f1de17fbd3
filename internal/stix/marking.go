package stix

// TLP is a traffic light of TLP 2.0, in order of strictness.
type TLP int

const (
	Unmarked TLP = iota // says nothing: the agreement decides
	Clear               // also WHITE of TLP 1
	Green
	Amber
	AmberStrict
	Red // also what nobody knows
)

var tlpNames = [...]string{"", "TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED"}

func (t TLP) String() string { return tlpNames[t] }

// PAP is a word of the Permissible Actions Protocol, in order of strictness.
type PAP int

const (
	NoPAP PAP = iota
	PAPClear
	PAPGreen
	PAPAmber
	PAPRed
)

var papNames = [...]string{"", "PAP:CLEAR", "PAP:GREEN", "PAP:AMBER", "PAP:RED"}

func (p PAP) String() string { return papNames[p] }

// Marking is how an object, or a part of it, may be used and passed on.
type Marking struct {
	TLP        TLP
	PAP        PAP
	Statements []string // the texts of statement markings
	Others     []string // identifiers of markings that nobody could look up, or of a kind nobody knows: TLP is then Red
	Parts      []Part   // granular markings that are stricter than the whole
}

// Part is what a granular marking adds to the marking of the whole.
type Part struct {
	Selectors []string
	Marking   Marking // without Parts
}

// ParseTLP reads a word of TLP 1 or TLP 2.0 with or without "TLP:", in any case.
func ParseTLP(word string) (TLP, bool) { return Unmarked, false }

// Strictest is the tightest TLP of the whole and of all parts.
func (m Marking) Strictest() TLP { return m.TLP }

// MarkingID returns the identifier of the marking-definition of TLP 2.0; "" for Unmarked.
func MarkingID(t TLP) string { return "" }

// MarkingObject returns the marking-definition of TLP 2.0 that STIX defines; nil for Unmarked.
func MarkingObject(t TLP) []byte { return nil }

// Resolve says how the object is marked: object_marking_refs and granular_markings,
// with the marking-definitions that lookup finds (it may be nil) besides the
// well-known ones. A marking that nobody knows counts as TLP:RED and stands in
// Others. Never looser than what any of them says.
// OASIS STIX 2.1 §7.2
func Resolve(o *Object, lookup func(id string) (*Object, bool)) (Marking, error) {
	return o.Marking, nil
}
