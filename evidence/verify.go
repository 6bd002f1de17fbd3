package evidence

import (
	"encoding/json"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Verify reads a file and checks everything in it. An error means that the file
// proves nothing: parley.Invalid where it is damaged or foreign, parley.Untrusted
// where a signature, hash or proof in it does not hold. Without an error the
// Report says what is proven, and against whom; ask Report.Proven.
func Verify(raw []byte, t Trust) (*Report, error) {
	f, err := Parse(raw)
	if err != nil {
		return nil, err
	}
	return f.Verify(t)
}

// Verify checks everything in the file; see the function Verify.
func (f *File) Verify(t Trust) (*Report, error) {
	_, r, err := f.verify(t)
	return r, err
}

func (f *File) verify(t Trust) (*verifier, *Report, error) {
	v, err := newVerifier(f.Agreement)
	if err != nil {
		return nil, nil, err
	}
	if f.isReview() {
		if err := v.together(f); err != nil {
			return nil, nil, err
		}
	}
	for i := range f.Steps {
		if l := f.Steps[i].Leaf; l != nil {
			err = v.leaf(l)
		} else {
			err = v.run(f.Steps[i].Run)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	if err := v.cosignatures(); err != nil {
		return nil, nil, err
	}
	r := &Report{Agreement: v.chain.ID(), Fingerprint: agreement.Fingerprint(v.chain.ID()), Tied: t.ties(v.chain.ID()), Law: v.law}
	v.sayAgreement(r)
	for _, a := range f.About {
		switch a.What {
		case AboutMessage:
			err = v.sayMessage(r, a.Ref)
		case AboutSilence:
			err = v.saySilence(r, a.Ref, a.Party)
		case AboutFork:
			err = v.sayFork(r, f.Forks, a.Origin)
		case AboutReview:
			err = v.sayReview(r, a)
		}
		if err != nil {
			return nil, nil, err
		}
	}
	for i := range r.Statements {
		r.Statements[i].Proven = r.Statements[i].Holds && r.Tied
	}
	return v, r, v.nothingUnused(f)
}

// held is an entry whose place in its journal is proven by the journal's own
// signatures.
type held struct {
	ref     parley.Ref
	leaf    tlog.Hash
	env     seal.Envelope
	verdict seal.Verdict
	parsed  bool // env is filled
	void    bool // what is inside shows that it is no message
	facts   *seal.Facts
	opened  *seal.Opened
	proofs  []*seen
	law     bool
	used    bool
}

// seen is a checkpoint with the cosignatures on it.
type seen struct {
	raw    proof.RawCheckpoint
	cp     proof.Checkpoint
	cosigs []cosigned
}

type verifier struct {
	founding *agreement.Signed
	chain    *agreement.Chain
	entries  map[parley.Ref]*held
	byID     map[parley.MessageID]*held
	runs     []*heldRun
	seen     []*seen          // in the order of the file
	known    map[string]*seen // by the checkpoint's octets
	nonces   map[string]bool  // origin, body and nonce: those of this file
	parts    map[string]bool  // origin and hash
	law      int
	applied  []Law
	whole    bool // the file is of a review: its runs show all that was said in clear
}

func newVerifier(founding []byte) (*verifier, error) {
	signed, err := agreement.OpenSigned(founding)
	if err != nil {
		return nil, err
	}
	if string(signed.Note()) != string(founding) {
		return nil, parley.E(parley.Untrusted, "the agreement carries lines that none of its keys made")
	}
	chain, err := agreement.NewChain(signed)
	if err != nil {
		return nil, err
	}
	return &verifier{founding: signed, chain: chain, entries: map[parley.Ref]*held{}, byID: map[parley.MessageID]*held{},
		known: map[string]*seen{}, nonces: map[string]bool{}, parts: map[string]bool{}}, nil
}

// leaf checks an entry that stands alone with its proofs. EVIDENCE-7
func (v *verifier) leaf(l *Leaf) error {
	if err := v.announce(l); err != nil {
		return err
	}
	if _, twice := v.entries[l.Ref]; twice {
		return parley.E(parley.Untrusted, "%s stands in the file twice", l.Ref)
	}
	log, err := v.chain.LogKeys(l.Ref.Origin)
	if err != nil {
		return err
	}
	h, err := v.judge(l)
	if err != nil {
		return err
	}
	if !h.verdict.Valid {
		return parley.E(parley.Untrusted, "%s is no message: %s", l.Ref, h.verdict.Reason)
	}
	if err := v.complete(h); err != nil {
		return err
	}
	for _, raw := range l.Proofs {
		p, err := proof.ParseProof(raw)
		if err != nil {
			return err
		}
		if p.Extra != nil || p.Index != l.Ref.Index {
			return parley.E(parley.Untrusted, "%s: its proof is for index %d, or carries an extra line", l.Ref, p.Index)
		}
		proven, err := p.Verify(l.Raw, log, nil)
		if err != nil {
			return err
		}
		if proven.Checkpoint.Origin != l.Ref.Origin {
			return parley.E(parley.Untrusted, "%s: its proof is of %s", l.Ref, proven.Checkpoint.Origin)
		}
		h.proofs = append(h.proofs, v.checkpoint(p.Checkpoint, proven.Checkpoint))
	}
	return nil
}

// announce makes the next journal's keys known before its entry 0 is checked.
func (v *verifier) announce(l *Leaf) error {
	if l.Clear == nil || l.Ref.Index != 0 {
		return nil
	}
	env, err := seal.ParseEntry(l.Raw)
	if err != nil {
		return err
	}
	o, err := seal.OpenClear(env, l.Clear)
	if err != nil || o.Facts.Kind != parley.KindSuccession {
		return err
	}
	var n agreement.NoteContent
	if err := json.Unmarshal(o.Content, &n); err != nil {
		return parley.E(parley.Untrusted, "%s: %w", l.Ref, err)
	}
	_, err = v.chain.Succeed([]byte(n.Note))
	return err
}

// judge reaches the verdict on an entry, opens what the file opens of it, and
// applies it where it changes the law. The caller proves its place.
func (v *verifier) judge(l *Leaf) (*held, error) {
	h := &held{ref: l.Ref, leaf: tlog.RecordHash(l.Raw)}
	h.env, h.verdict = seal.Judge(l.Raw, l.Ref, v.chain, before{v, l.Ref.Origin})
	h.parsed = h.verdict.Valid || h.verdict.Reason != seal.VoidMalformed
	v.entries[l.Ref] = h
	if !h.parsed {
		if l.Clear != nil || l.Facts != nil || l.Part != nil {
			return nil, parley.E(parley.Untrusted, "%s is malformed, and something of it is opened", l.Ref)
		}
		return h, nil
	}
	v.nonces[nonceKey(l.Ref.Origin, h.env.From, h.env.Nonce)] = true
	v.parts[string(l.Ref.Origin)+" "+h.env.Part.String()] = true
	if err := v.open(h, l); err != nil {
		return nil, err
	}
	if h.verdict.Valid {
		v.byID[h.env.ID()] = h
	}
	return h, nil
}

func (v *verifier) open(h *held, l *Leaf) error {
	var o seal.Opened
	var err error
	switch {
	case l.Facts != nil:
		f, err := seal.OpenFacts(h.env, l.Facts)
		h.facts = &f
		return err
	case l.Clear != nil:
		o, err = seal.OpenClear(h.env, l.Clear)
	case l.Part != nil:
		o, err = seal.OpenWithKey(h.env, l.Part, l.Key)
	default:
		return nil
	}
	if verdict, void := seal.VerdictOf(err); void {
		h.verdict, h.void = verdict, true
		return nil
	}
	if err != nil {
		return err
	}
	h.facts, h.opened = &o.Facts, &o
	if !h.verdict.Valid {
		return nil
	}
	if verdict := seal.JudgeOpened(h.env, o, h.ref, v.chain, v); !verdict.Valid {
		h.verdict, h.void = verdict, verdict.Reason == seal.VoidContent || v.whole // JUDGE-19 needs no law
		return nil
	}
	switch o.Facts.Kind {
	case parley.KindCountersign:
		v.countersigned(h)
	case parley.KindAgreement, parley.KindKeys, parley.KindSuccession:
		if err := v.chain.Apply(h.ref, o.Facts.Kind, o.Content); err != nil {
			if v.whole { // everything is shown, in an order in which it can be applied: so it is void
				h.verdict, h.void = seal.Verdict{Reason: seal.VoidContent}, true
				return nil
			}
			return err
		}
		v.applied = append(v.applied, Law{h.ref, o.Facts.Kind, o.Content})
		h.law = true
		v.law++
	}
	return nil
}

// checkpoint remembers one whose cosignatures are to be checked; the same one is
// kept once.
func (v *verifier) checkpoint(raw proof.RawCheckpoint, cp proof.Checkpoint) *seen {
	if s, again := v.known[string(raw)]; again {
		return s
	}
	s := &seen{raw: raw, cp: cp}
	v.seen, v.known[string(raw)] = append(v.seen, s), s
	return s
}

// Sender is seal.Asker over the messages of this file. JUDGE-18
func (v *verifier) Sender(id parley.MessageID) (parley.Body, bool) {
	h, ok := v.byID[id]
	if !ok || v.whole { // who reviews two parties reads what they say to one another
		return "", false
	}
	return h.env.From, true
}

// before is seal.Before over the entries of this file: what the file leaves out
// is not seen. EVIDENCE-14
type before struct {
	v      *verifier
	origin parley.Origin
}

func (b before) HasNonce(from parley.Body, n parley.Nonce) bool {
	return b.v.nonces[nonceKey(b.origin, from, n)]
}

func (b before) HasPart(part parley.Hash) bool {
	return b.v.parts[string(b.origin)+" "+part.String()]
}

func nonceKey(o parley.Origin, from parley.Body, n parley.Nonce) string {
	return strings.Join([]string{string(o), string(from), n.String()}, " ")
}

// nothingUnused refuses entries and runs that no statement needed. EVIDENCE-3
func (v *verifier) nothingUnused(f *File) error {
	for _, s := range f.Steps {
		if s.Leaf == nil {
			continue
		}
		if h := v.entries[s.Leaf.Ref]; !h.used && !h.law {
			return parley.E(parley.Untrusted, "%s is in the file and nothing is said of it", h.ref)
		}
	}
	for _, r := range v.runs {
		if !r.used {
			return parley.E(parley.Untrusted, "a run of %s is in the file and nothing is said of it", r.Origin)
		}
	}
	for _, k := range f.Forks {
		found := false
		for _, a := range f.About {
			found = found || a.What == AboutFork && a.Origin == k.Origin
		}
		if !found {
			return parley.E(parley.Untrusted, "a fork of %s is in the file and nothing is said of it", k.Origin)
		}
	}
	return nil
}
