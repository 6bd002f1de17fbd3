package stix

import (
	"bytes"
	"io"
	"strconv"
	"strings"
)

// ReadOptions say how a Reader reads.
type ReadOptions struct {
	Limits Limits
	Check  bool // whether Item.Faults has the MUSTs that an object does not keep
}

// Item is one element of the stream, in its order.
type Item struct {
	Raw    []byte  // its octets as they came, never used again by the reader; nil where it is larger than Limits.Object, and for a fault of what stands around the objects
	Object *Object // nil where Raw cannot be indexed: then Faults say why
	Fault  *Fault  // the first of Faults, nil where there are none
	Faults []Fault // why it cannot be taken; with ReadOptions.Check also the MUSTs it does not keep
	Path   string  // where in the stream: "objects[17]", "line 4", "[2].objects[0]"
	Index  int     // counts items from 0
	Offset int64   // octets from the start of the stream, after decompression
}

// Wrapper is what stood around the objects, complete once Next has returned io.EOF.
type Wrapper struct {
	Kind        string  // "bundle", "wrapper" (a TAXII envelope, and all else that has objects), "array", "lines", "object"; the outermost
	ID          string  // of a bundle
	SpecVersion string  // of a bundle of STIX 2.0
	More        bool    // TAXII 2.1 §3.7
	Next        string  // TAXII 2.1 §3.7
	Faults      []Fault // what a bundle itself does not keep; costs no object
	Broken      bool    // the stream is cut off or damaged: what stood behind the last item is not known
}

// Reader cuts STIX objects out of a stream: a bundle, a TAXII envelope, an array
// of objects or of bundles, an object or bundle per line, one object, a wrapper
// that has its objects one level down, each also compressed by gzip. Memory is
// bounded by Limits.Object, not by the stream. It is not safe for use by several
// goroutines.
type Reader struct {
	input
	scan   scanner
	opts   ReadOptions
	levels []level
	queue  []Item
	index  int
	done   bool
	values int // at the top
	w      Wrapper
	slab   []byte // octets of the last objects
}

// level is an array or a wrapper that is open.
type level struct {
	array bool
	path  string // before the index or the key
	n     int    // elements so far
	state state
	key   string // of the member that is being read
	bare  bool   // an array of objects, not one of bundles
	id    bool   // a bundle had its id
}

type state uint8

const (
	first  state = iota // an element or the end
	after               // a comma or the end
	behind              // an element, after a comma
)

// NewReader reads from r, which it does not close.
func NewReader(r io.Reader, o ReadOptions) *Reader {
	o.Limits = o.Limits.withDefaults()
	return &Reader{input: input{src: r, limits: o.Limits}, scan: scanner{limits: o.Limits, often: map[string]string{}}, opts: o}
}

// Wrapper returns what stood around the objects so far.
func (r *Reader) Wrapper() Wrapper { return r.w }

// Next returns the next item, io.EOF at the end, or the error of the stream below.
// One bad object is an item with a Fault and never ends the stream; where the JSON
// is beyond repair, one last item says so and what came before stays.
func (r *Reader) Next() (Item, error) {
	for len(r.queue) == 0 {
		if r.done {
			if r.err != nil && r.err != io.EOF && r.fault == nil {
				return Item{}, r.err
			}
			return Item{}, io.EOF
		}
		switch {
		case len(r.levels) == 0:
			r.top()
		case r.level().array:
			r.element()
		default:
			r.member()
		}
	}
	it := r.queue[0]
	r.queue = r.queue[:copy(r.queue, r.queue[1:])]
	it.Index = r.index
	r.index++
	return it, nil
}

func (r *Reader) level() *level { return &r.levels[len(r.levels)-1] }

// say queues a fault of what stands around the objects.
func (r *Reader) say(f Fault) {
	f.Offset = r.offset()
	r.queue = append(r.queue, Item{Fault: &f, Faults: []Fault{f}, Path: r.path(), Offset: r.offset()})
}

// end queues the last fault.
func (r *Reader) end(f Fault) {
	r.done, r.w.Broken = true, true
	if r.fault != nil {
		f = *r.fault // the stream below says why
	} else if r.err != nil && r.err != io.EOF {
		return // Next returns it
	}
	r.say(f)
}

func (r *Reader) path() string {
	if len(r.levels) == 0 {
		return "line " + strconv.Itoa(r.lines+1)
	}
	l := r.level()
	if l.array {
		return string(append(strconv.AppendInt(append(append(make([]byte, 0, 32), l.path...), '['), int64(l.n), 10), ']'))
	}
	if l.path != "" && l.key != "" && !strings.HasSuffix(l.path, " ") {
		return l.path + "." + l.key
	}
	return l.path + l.key
}

// open is the path before what stands in the value that begins here.
func (r *Reader) open() string {
	if len(r.levels) == 0 {
		if r.values == 1 {
			return ""
		}
		return r.path() + ": "
	}
	return r.path()
}

// top reads the next value of those that follow one another.
func (r *Reader) top() {
	for {
		c, ok := r.peek()
		if !ok {
			r.done = true
			if r.fault != nil {
				r.end(*r.fault)
			} else if r.values == 0 && r.err == io.EOF {
				r.say(Fault{Rule: "json", Message: "there is nothing in it: a bundle, an array or an object should be"})
			}
			return
		}
		if c != 0x1e && c != 0xef { // RFC 7464; a byte order mark
			break
		}
		if c == 0xef {
			if !r.have(3) || !bytes.HasPrefix(r.rest(), []byte("\xef\xbb\xbf")) {
				break
			}
			r.advance(3)
			continue
		}
		r.advance(1)
	}
	r.values++
	kind := "lines"
	switch c := r.rest()[0]; {
	case c == '[':
		if r.values == 1 {
			kind = "array"
		}
		path := r.open()
		r.advance(1)
		r.levels = append(r.levels, level{array: true, path: path})
	case c == '{':
		if !r.wrapped(true) {
			r.take()
			if r.values == 1 {
				kind = "object"
			}
			break
		}
		if r.values == 1 {
			kind = "wrapper"
		}
		r.wrapper()
	case c == 0xfe || c == 0xff || c == 0:
		r.end(Fault{Rule: "utf-8", Message: "this is not UTF-8 but looks like UTF-16 or binary: save it as UTF-8 (RFC 8259 §8.1)"})
		return
	default:
		f := r.scan.wrongByte(r.rest(), "a bundle, an array or an object")
		r.say(f)
		r.nextLine()
	}
	if r.w.Kind == "" || r.values > 1 && r.w.Kind == "object" {
		r.w.Kind = kind
	}
}

// nextLine goes on behind what no value begins with, at the next line that looks like one.
func (r *Reader) nextLine() {
	for {
		b := r.rest()
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			r.advance(len(b))
		} else {
			r.advance(i + 1)
			if c, ok := r.peek(); ok && (c == '{' || c == '[') {
				return
			}
		}
		if !r.more() && len(r.rest()) == 0 {
			return
		}
	}
}

// wrapper enters the object that begins here.
func (r *Reader) wrapper() {
	path := r.open()
	r.advance(1)
	r.levels = append(r.levels, level{path: path})
}

// pop leaves a level behind its last octet.
func (r *Reader) pop() {
	l := *r.level()
	r.levels = r.levels[:len(r.levels)-1]
	if len(r.levels) > 0 {
		r.level().state = after
		r.level().n++
	}
	if !l.array && r.w.Kind == "bundle" && !l.id && l.path == "" {
		r.w.Faults = append(r.w.Faults, Fault{Rule: "required", Path: "id", Clause: "8", Message: "the bundle has no id: bundle-- and a UUID"})
	}
}

// element reads what comes next in an array.
func (r *Reader) element() {
	l := r.level()
	c, ok := r.peek()
	if !ok {
		r.end(Fault{Rule: "json", Message: "the stream ends in the middle of an array: what came before is kept"})
		return
	}
	switch {
	case c == ']':
		if l.state == behind {
			r.say(*trailing(0))
		}
		r.advance(1)
		r.pop()
		return
	case c == ',':
		if l.state != after {
			r.say(Fault{Rule: "comma", Message: "a comma with nothing before it: take it away"})
		}
		r.advance(1)
		l.state = behind
		return
	case l.state == after && c == '{':
		r.say(Fault{Rule: "comma", Message: "there is no comma between two objects: put one there"})
	case c == '}' && len(r.levels) > 1 && !r.levels[len(r.levels)-2].array:
		r.say(Fault{Rule: "json", Message: "the array of objects has no end: a closing bracket should stand before '}'"})
		r.pop()
		return
	case l.state == after || c == '}' || c == ':':
		r.end(r.scan.wrongByte(r.rest(), "a comma or the end of the array"))
		return
	}
	l.state = after
	if c == '{' && !l.bare && len(r.levels) == 1 && r.wrapped(false) {
		r.wrapper()
		return
	}
	r.take()
	l.n++
}

// member reads what comes next in a wrapper.
func (r *Reader) member() {
	l := r.level()
	c, ok := r.peek()
	if !ok {
		r.end(Fault{Rule: "json", Message: "the stream ends in the middle of the wrapper: what came before is kept"})
		return
	}
	switch {
	case c == '}':
		l.key = ""
		if l.state == behind {
			r.say(*trailing(0))
		}
		r.advance(1)
		r.pop()
		return
	case c == ',' && l.state == after:
		r.advance(1)
		l.state = behind
		return
	case c != '"' || l.state == after:
		r.end(r.scan.wrongByte(r.rest(), "the name of a property in quotes, a comma or the end of the object"))
		return
	}
	n, f := r.value()
	if f != nil {
		r.end(*f)
		return
	}
	t := tree{r.rest()[:n], r.scan.nodes}
	l.key = clip(t.text(root))
	r.advance(n)
	if c, ok = r.peek(); !ok || c != ':' {
		r.end(r.scan.wrongByte(r.rest(), "a colon"))
		return
	}
	r.advance(1)
	l.state = after
	c, _ = r.peek()
	switch {
	case c == '[' && l.key == "objects":
		path := r.open()
		r.advance(1)
		r.levels = append(r.levels, level{array: true, path: path, bare: true})
	case c == '{' && len(r.levels) == 1 && r.wrapped(false):
		r.wrapper()
	case l.key == "objects" && c != 'n': // one object without its array; null is none
		r.take()
	default:
		r.property(l)
	}
}

// property reads a member of a wrapper that is not its objects.
func (r *Reader) property(l *level) {
	n, f := r.value()
	if f != nil {
		if f == short || f.Rule == "size" {
			if _, ok := r.skip(); !ok {
				r.end(*f)
				return
			}
			r.say(*f)
			return
		}
		r.say(*f)
		if _, ok := r.skip(); !ok {
			r.done, r.w.Broken = true, true
		}
		return
	}
	t := tree{r.rest()[:n], r.scan.nodes}
	switch l.key {
	case "type":
		if t.text(root) == "bundle" && r.values == 1 && len(r.levels) == 1 {
			r.w.Kind = "bundle"
		}
	case "id":
		l.id = true
		if r.w.ID = t.text(root); !isBundleID(r.w.ID) {
			r.w.Faults = append(r.w.Faults, Fault{Rule: "identifier", Path: "id", Clause: "2.9", Message: "the bundle's id is not bundle-- and a UUID"})
		}
	case "spec_version":
		r.w.SpecVersion = t.text(root)
	case "more":
		r.w.More = t.kind(root) == boolTrue
	case "next":
		r.w.Next = t.text(root)
	}
	r.advance(n)
}

// take reads the value that begins here as an object.
func (r *Reader) take() {
	it := Item{Path: r.path(), Offset: r.offset()}
	n, f := r.value()
	if f != nil {
		placed := r.scan.placed(f)
		it.Faults = []Fault{*placed}
		raw, ok := r.skip()
		it.Raw = raw
		if !ok {
			r.done, r.w.Broken = true, true
			switch {
			case r.fault != nil && f == short:
				it.Faults = []Fault{*r.fault} // why it ends in the middle
			case r.fault != nil:
				it.Faults = append(it.Faults, *r.fault)
			case r.err != io.EOF && r.err != nil:
				return // Next returns it
			case f == short:
				it.Faults[0].Message = "the stream ends in the middle of this object: what came before is kept"
			default:
				it.Faults[0].Message += "; where the object ends cannot be told, so all behind it is lost"
			}
		}
	} else {
		it.Raw = r.keep(r.rest()[:n])
		r.advance(n)
		t := &tree{it.Raw, r.scan.nodes}
		if it.Object, f = r.scan.index(t, it.Raw); f != nil {
			it.Faults = []Fault{*f}
		} else if r.opts.Check {
			it.Faults = check(it.Object, t)
		}
	}
	if len(it.Faults) > 0 {
		it.Fault = &it.Faults[0]
	}
	r.queue = append(r.queue, it)
}

// keep copies octets, small ones many to an allocation: what keeps one of them for long
// clones it.
func (r *Reader) keep(b []byte) []byte {
	if len(b) > slab/8 {
		return bytes.Clone(b)
	}
	if cap(r.slab)-len(r.slab) < len(b) {
		r.slab = make([]byte, 0, slab)
	}
	at := len(r.slab)
	r.slab = append(r.slab, b...)
	return r.slab[at:len(r.slab):len(r.slab)]
}

const slab = 32 << 10

// value scans the value that begins here and returns its length.
func (r *Reader) value() (int, *Fault) {
	for {
		n, f := r.scan.scan(r.rest(), 0)
		if f == nil && n > r.limits.Object {
			return 0, tooLarge(r.limits)
		}
		if f != short {
			return n, f
		}
		if len(r.rest()) > r.limits.Object {
			return 0, tooLarge(r.limits)
		}
		if !r.more() {
			return r.scan.scan(r.rest(), 0) // the octets may have moved
		}
	}
}
