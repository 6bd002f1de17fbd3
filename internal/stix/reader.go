package stix

import "io"

// ReadOptions say how a Reader reads.
type ReadOptions struct {
	Limits Limits
	Check  bool // whether Item.Faults has the MUSTs that an object does not keep
}

// Reader cuts STIX objects out of a stream: a bundle, a TAXII envelope, an array,
// an object per line, one object, a wrapper with "objects" one level down, each
// also compressed by gzip. Memory is bounded by Limits.Object, not by the stream.
// It is not safe for use by several goroutines.
type Reader struct{}

// Item is one element of the stream, in its order.
type Item struct {
	Raw    []byte  // its octets as they came, never used again by the reader; nil where it is larger than Limits.Object
	Object *Object // nil where Raw cannot be indexed: then Faults say why
	Fault  *Fault  // the first of Faults, nil where there are none
	Faults []Fault // why it cannot be taken; with ReadOptions.Check also the MUSTs it does not keep
	Path   string  // where in the stream: "objects[17]", "line 4", "[2].objects[0]"
	Index  int     // counts items from 0
	Offset int64   // octets from the start of the stream, after decompression
}

// Wrapper is what stood around the objects, complete once Next has returned io.EOF.
type Wrapper struct {
	Kind        string // "bundle", "envelope", "array", "lines", "object", "wrapper"
	ID          string // of a bundle
	SpecVersion string // of a bundle of STIX 2.0
	More        bool   // TAXII 2.1 §3.7
	Next        string // TAXII 2.1 §3.7
}

// NewReader reads from r, which it does not close.
func NewReader(r io.Reader, o ReadOptions) *Reader { return &Reader{} }

// Next returns the next item, io.EOF at the end, or the error of the stream below.
// One bad object is an item with a Fault and never ends the stream; where the JSON
// is beyond repair, one last item says so and what came before stays.
func (r *Reader) Next() (Item, error) { return Item{}, io.EOF }

// Wrapper returns what stood around the objects so far.
func (r *Reader) Wrapper() Wrapper { return Wrapper{} }
