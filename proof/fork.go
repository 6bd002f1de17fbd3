package proof

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

const forkMagic = "parley/fork/v1"

// Fork convicts a journal of two histories, offline and by its own signatures:
// two checkpoints of one size with different roots, or one index with two
// proven leaves. Only NewFork, NewLeafFork and ParseFork make one. JOURNAL-6
type Fork struct {
	A, B  Checkpoint
	Leaf  *[2]ForkLeaf // nil where the two roots convict; else the leaf of A and of B
	Index uint64       // of both leaves; 0 where the roots convict
}

// ForkLeaf is one of the two leaves: its hash and its inclusion proof.
type ForkLeaf struct {
	Hash  tlog.Hash
	Proof []tlog.Hash
}

// NewFork convicts by two checkpoints of one size. Errors are parley.Untrusted:
// the two do not contradict each other.
func NewFork(a, b Checkpoint) (Fork, error) {
	if a.Origin != b.Origin || a.Size != b.Size || a.Root == b.Root {
		return Fork{}, parley.E(parley.Untrusted, "no fork: want two checkpoints of one journal and one size with different roots")
	}
	return Fork{A: a, B: b}, nil
}

// NewLeafFork convicts by two leaves at one index. Errors are parley.Untrusted.
func NewLeafFork(index uint64, a Checkpoint, leafA ForkLeaf, b Checkpoint, leafB ForkLeaf) (Fork, error) {
	if a.Origin != b.Origin || leafA.Hash == leafB.Hash {
		return Fork{}, parley.E(parley.Untrusted, "no fork: want two different leaves of one journal")
	}
	if err := CheckInclusion(leafA.Proof, index, leafA.Hash, a.Size, a.Root); err != nil {
		return Fork{}, err
	}
	if err := CheckInclusion(leafB.Proof, index, leafB.Hash, b.Size, b.Root); err != nil {
		return Fork{}, err
	}
	return Fork{A: a, B: b, Leaf: &[2]ForkLeaf{leafA, leafB}, Index: index}, nil
}

// String says in one sentence what is proven.
func (f Fork) String() string {
	if f.Leaf == nil {
		return fmt.Sprintf("fork: %s signed two different histories of size %d", f.A.Origin, f.A.Size)
	}
	return fmt.Sprintf("fork: %s signed two different entries at index %d (sizes %d and %d)", f.A.Origin, f.Index, f.A.Size, f.B.Size)
}

// Format writes the fork: a magic line; "roots" or "leaves <index>"; then twice
// "checkpoint <octets>", the note, and for leaves "leaf <hash>", "proof <count>"
// and the hashes. ParseFork reads the same octets back. JOURNAL-12
func (f Fork) Format() []byte {
	var b bytes.Buffer
	b.WriteString(forkMagic + "\n")
	if f.Leaf == nil {
		b.WriteString("roots\n")
	} else {
		fmt.Fprintf(&b, "leaves %d\n", f.Index)
	}
	for i, cp := range []Checkpoint{f.A, f.B} {
		fmt.Fprintf(&b, "checkpoint %d\n%s", len(cp.Note), cp.Note)
		if f.Leaf != nil {
			l := f.Leaf[i]
			fmt.Fprintf(&b, "leaf %s\nproof %d\n", encode64(l.Hash[:]), len(l.Proof))
			for _, h := range l.Proof {
				b.WriteString(encode64(h[:]) + "\n")
			}
		}
	}
	return b.Bytes()
}

// ParseFork reads and verifies a fork against the journal's keys, all of which
// must have signed both sides. Errors: Invalid for the syntax, Untrusted where
// nothing is proven.
func ParseFork(raw []byte, log ...Key) (Fork, error) {
	if len(raw) > MaxNote {
		return Fork{}, parley.E(parley.Invalid, "fork of %d octets: want at most %d", len(raw), MaxNote)
	}
	r := &forkReader{rest: string(raw)}
	r.expect(forkMagic)
	kind := r.line()
	index, leaves := strings.CutPrefix(kind, "leaves ")
	var f Fork
	if leaves {
		f.Index = r.number(index)
	} else if kind != "roots" {
		r.fail("want roots, or leaves and an index")
	}
	var cps [2]Checkpoint
	var lv [2]ForkLeaf
	for i := range 2 {
		cps[i] = r.checkpoint(log)
		if leaves {
			lv[i] = r.leaf()
		}
	}
	if r.rest != "" {
		r.fail("octets after the end")
	}
	if r.err != nil {
		return Fork{}, r.err
	}
	var err error
	if leaves {
		f, err = NewLeafFork(f.Index, cps[0], lv[0], cps[1], lv[1])
	} else {
		f, err = NewFork(cps[0], cps[1])
	}
	if err == nil && !bytes.Equal(f.Format(), raw) {
		err = parley.E(parley.Invalid, "fork: not the canonical form (lines of other keys?)")
	}
	return f, err
}

// forkReader keeps its first error; after it, everything read is empty.
type forkReader struct {
	rest string
	err  error
}

func (r *forkReader) fail(format string, args ...any) {
	if r.err == nil {
		r.err = parley.E(parley.Invalid, "fork: "+format, args...)
	}
	r.rest = ""
}

func (r *forkReader) line() string {
	l, rest, ok := strings.Cut(r.rest, "\n")
	if !ok {
		r.fail("ends in the middle")
		return ""
	}
	r.rest = rest
	return l
}

func (r *forkReader) expect(s string) {
	if l := r.line(); l != s {
		r.fail("%q: want %s", clip(l), s)
	}
}

func (r *forkReader) field(name string) string {
	l := r.line()
	v, ok := strings.CutPrefix(l, name+" ")
	if !ok {
		r.fail("%q: want %s and a value", clip(l), name)
	}
	return v
}

func (r *forkReader) number(s string) uint64 {
	n, err := parley.ParseSize(s)
	if err != nil {
		r.fail("%q: want %s", clip(s), "a decimal without leading zeros")
	}
	return n
}

func (r *forkReader) checkpoint(log []Key) Checkpoint {
	n := r.number(r.field("checkpoint"))
	if n > uint64(len(r.rest)) {
		r.fail("a checkpoint of %s octets, and the file ends before", strconv.FormatUint(n, 10))
	}
	if r.err != nil {
		return Checkpoint{}
	}
	raw := r.rest[:n]
	r.rest = r.rest[n:]
	cp, err := OpenCheckpoint(RawCheckpoint(raw), log...)
	if err != nil && r.err == nil {
		r.err = err
	}
	return cp
}

func (r *forkReader) leaf() ForkLeaf {
	l := ForkLeaf{Hash: r.hash(r.field("leaf"))}
	n := r.number(r.field("proof"))
	if n > maxHashes {
		r.fail("a proof of %d hashes: want at most %d", n, maxHashes)
	}
	for i := uint64(0); i < n && r.err == nil; i++ {
		l.Proof = append(l.Proof, r.hash(r.line()))
	}
	return l
}

func (r *forkReader) hash(s string) tlog.Hash {
	h, err := ParseTreeHash(s)
	if err != nil {
		r.fail("%w", err)
	}
	return h
}
