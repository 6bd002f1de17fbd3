package evidence

import (
	"slices"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Source is where Build finds what it shows. A node's store is one. What is not
// there is parley.NotFound.
type Source interface {
	// Entries reads the leaves [start, end) of a journal.
	Entries(o parley.Origin, start, end uint64) ([][]byte, error)
	// Inside is what is held of an entry's inside: the part, the facts, the
	// file key; nil where it is not held or not open.
	Inside(ref parley.Ref) (part, facts, key []byte, err error)
	// Hashes reads the stored hashes of a journal's tree.
	Hashes(o parley.Origin) tlog.HashReader
	// Checkpoint is the smallest checkpoint of at least this size that carries a
	// cosignature of the key (any checkpoint, for the zero Key), with all
	// cosignature lines that are held of it.
	Checkpoint(o parley.Origin, size uint64, by proof.Key) (proof.RawCheckpoint, error)
	// Latest is the largest checkpoint, likewise.
	Latest(o parley.Origin) (proof.RawCheckpoint, error)
}

// Ask is one thing that a file is to show. Fork is alone, or the message with
// what is wanted of it.
type Ask struct {
	Message    parley.Ref
	Reveal     bool           // show the text, by the part and its file key
	Facts      bool           // show the facts, where they are open here
	Unanswered []parley.Party // show that these parties have not answered; implies Facts

	Fork *proof.Fork
}

// Build makes a file: the founding agreement with its lines, the entries that
// changed the law in the order in which they were applied, and what is asked for. The
// result has been verified; where something cannot be proven from the source the error says what is missing.
func Build(src Source, founding []byte, law []parley.Ref, asks ...Ask) ([]byte, error) {
	v, err := newVerifier(founding)
	if err != nil {
		return nil, err
	}
	b := &builder{src: src, v: v, f: &File{Agreement: founding}}
	for _, ref := range law {
		if err := b.lawLeaf(ref); err != nil {
			return nil, err
		}
	}
	for _, a := range asks {
		if err := b.ask(a); err != nil {
			return nil, err
		}
	}
	raw := b.f.format()
	if _, err := Verify(raw, Trust{}); err != nil {
		return nil, err
	}
	return raw, nil
}

type builder struct {
	src Source
	v   *verifier
	f   *File
}

// lawLeaf puts in an entry that changed the law, with the bare signatures of its
// journal: what a party says of its own keys needs no other's word.
func (b *builder) lawLeaf(ref parley.Ref) error {
	l, err := b.leaf(ref)
	if err != nil {
		return err
	}
	env, err := seal.ParseEntry(l.Raw)
	if err != nil {
		return err
	}
	if l.Clear, _, _, err = b.src.Inside(ref); err != nil {
		return err
	}
	if err := b.v.announce(l); err != nil {
		return err
	}
	if o, err := seal.OpenClear(env, l.Clear); err == nil && o.Facts.Kind == parley.KindAgreement && ref.Index == 0 {
		return nil // entry 0 names the text that the journal begins with: no change
	}
	return b.add(l, proof.Key{})
}

func (b *builder) ask(a Ask) error {
	if a.Fork != nil {
		o := a.Fork.A.Origin
		b.f.About = append(b.f.About, About{What: AboutFork, Origin: o})
		b.f.Forks = append(b.f.Forks, Fork{Origin: o, Text: a.Fork.Format()})
		return nil
	}
	b.f.About = append(b.f.About, About{What: AboutMessage, Ref: a.Message})
	if _, done := b.v.entries[a.Message]; !done {
		l, err := b.leaf(a.Message)
		if err != nil {
			return err
		}
		env, err := seal.ParseEntry(l.Raw)
		if err != nil {
			return err
		}
		if err := b.inside(l, env, a); err != nil {
			return err
		}
		if err := b.signedMessage(l, env); err != nil {
			return err
		}
		keys, err := b.wanted(a.Message)
		if err != nil {
			return err
		}
		if err := b.add(l, keys...); err != nil {
			return err
		}
	}
	for _, p := range a.Unanswered {
		b.f.About = append(b.f.About, About{What: AboutSilence, Ref: a.Message, Party: p})
		if err := b.silence(b.v.entries[a.Message], p); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) leaf(ref parley.Ref) (*Leaf, error) {
	raw, err := b.src.Entries(ref.Origin, ref.Index, ref.Index+1)
	if err != nil {
		return nil, err
	}
	if len(raw) != 1 {
		return nil, parley.E(parley.NotFound, "entry %s is not held", ref)
	}
	return &Leaf{Ref: ref, Raw: raw[0]}, nil
}

// inside puts in what is asked for.
func (b *builder) inside(l *Leaf, env seal.Envelope, a Ask) error {
	part, facts, key, err := b.src.Inside(l.Ref)
	if err != nil {
		return err
	}
	switch {
	case env.Clear:
		l.Clear = part
	case a.Reveal && (part == nil || key == nil):
		return parley.E(parley.NotFound, "entry %s cannot be revealed: its sealed part or its file key is not here", l.Ref)
	case a.Reveal:
		l.Part, l.Key = part, key
	case len(a.Unanswered) > 0 && facts == nil:
		return parley.E(parley.NotFound, "the facts of entry %s are not open here", l.Ref)
	case a.Facts || len(a.Unanswered) > 0:
		l.Facts = facts
	}
	return nil
}

// wanted are the keys whose receipts a message is to show: of every cosigner that counts.
func (b *builder) wanted(ref parley.Ref) ([]proof.Key, error) {
	all, err := b.v.cosigners(ref.Origin, ref.Index+1)
	if err != nil {
		return nil, err
	}
	keys := []proof.Key{{}}
	for _, c := range all {
		keys = append(keys, c.keys...)
	}
	return keys, nil
}

// add puts an entry in, with the proofs that show the earliest receipt of each
// key; the zero Key asks for any checkpoint, and only where no other was found.
func (b *builder) add(l *Leaf, keys ...proof.Key) error {
	var sizes []uint64
	cps := map[uint64]proof.RawCheckpoint{}
	slices.SortStableFunc(keys, func(x, y proof.Key) int { return len(y.Public) - len(x.Public) })
	for _, k := range keys {
		if len(k.Public) == 0 && len(sizes) > 0 {
			continue
		}
		raw, err := b.src.Checkpoint(l.Ref.Origin, l.Ref.Index+1, k)
		if err != nil {
			if parley.KindOf(err) == parley.NotFound && len(k.Public) > 0 {
				continue
			}
			return err
		}
		cp, raw, err := b.canonical(l.Ref.Origin, raw)
		if err != nil {
			return err
		}
		if len(keys) == 1 {
			raw = proof.RawCheckpoint(cp.Note)
		}
		if cps[cp.Size] == nil {
			cps[cp.Size], sizes = raw, append(sizes, cp.Size)
		}
	}
	slices.Sort(sizes)
	for _, n := range sizes {
		hashes, err := proof.ProveInclusion(b.src.Hashes(l.Ref.Origin), l.Ref.Index, n)
		if err != nil {
			return err
		}
		l.Proofs = append(l.Proofs, proof.Proof{Index: l.Ref.Index, Hashes: hashes, Checkpoint: cps[n]}.Format())
	}
	b.f.Steps = append(b.f.Steps, Step{Leaf: l})
	return b.v.leaf(l)
}

// canonical keeps the lines of a checkpoint that count, in the order in which
// the verifier wants them.
func (b *builder) canonical(o parley.Origin, raw proof.RawCheckpoint) (proof.Checkpoint, proof.RawCheckpoint, error) {
	log, err := b.v.chain.LogKeys(o)
	if err != nil {
		return proof.Checkpoint{}, nil, err
	}
	cp, err := proof.OpenCheckpoint(raw, log...)
	if err != nil {
		return proof.Checkpoint{}, nil, err
	}
	known, err := b.v.cosigners(o, cp.Size)
	if err != nil {
		return proof.Checkpoint{}, nil, err
	}
	n, err := proof.ParseNote(raw)
	if err != nil {
		return proof.Checkpoint{}, nil, err
	}
	var lines []byte
	for _, l := range n.Lines {
		lines = append(lines, l.String()...)
	}
	var all []proof.Cosignature
	for _, c := range known {
		list, err := proof.OpenCosignatures(cp, lines, c.keys...)
		if err != nil {
			return proof.Checkpoint{}, nil, err
		}
		all = append(all, list...)
	}
	return cp, cp.WithCosignatures(all...), nil
}

// silence puts in every run of the party's journal that saySilence will ask for.
func (b *builder) silence(h *held, p parley.Party) error {
	var origins []parley.Origin
	for _, o := range b.v.chain.Origins() {
		if owner, _ := b.v.chain.PartyOf(o); owner == p {
			origins = append(origins, o)
		}
	}
	if !h.env.ToParty(p) {
		return parley.E(parley.Invalid, "entry %s is not addressed to %s", h.ref.Short(), p)
	}
	at, from := 0, uint64(0)
	for i, o := range origins {
		for _, m := range h.env.Mirrored {
			if m.Origin == o {
				at, from = i, m.Size
			}
		}
	}
	for _, o := range origins[at:] {
		if b.v.runFrom(o, from) == nil {
			if err := b.addRun(o, from, h.env.From.Party()); err != nil {
				return err
			}
		}
		from = 0
	}
	return nil
}

func (b *builder) addRun(o parley.Origin, start uint64, asker parley.Party) error {
	raw, err := b.src.Latest(o)
	if err != nil {
		return err
	}
	cp, raw, err := b.canonical(o, raw)
	if err != nil {
		return err
	}
	if cp.Size < start {
		return parley.E(parley.NotFound, "the journal %s is held up to %d only, and the message names size %d", o, cp.Size, start)
	}
	r := &Run{Origin: o, Start: start, End: cp.Size, Checkpoint: raw}
	if r.Frontier, err = frontier(b.src.Hashes(o), start); err != nil {
		return err
	}
	entries, err := b.src.Entries(o, start, cp.Size)
	if err != nil {
		return err
	}
	for i, e := range entries {
		l := Leaf{Ref: parley.Ref{Origin: o, Index: start + uint64(i)}, Raw: e}
		if err := b.runInside(&l, asker); err != nil {
			return err
		}
		r.Leaves = append(r.Leaves, l)
	}
	b.f.Steps = append(b.f.Steps, Step{Run: r})
	return b.v.run(r)
}

// runInside opens what silence needs opened: the facts of entries to the asker;
// where the inside is void, all of it.
func (b *builder) runInside(l *Leaf, asker parley.Party) error {
	env, err := seal.ParseEntry(l.Raw)
	if _, known := b.v.entries[l.Ref]; known || err != nil || env.Journal != l.Ref.Origin || !env.ToParty(asker) {
		return nil
	}
	part, facts, key, err := b.src.Inside(l.Ref)
	switch {
	case err != nil:
		return err
	case env.Clear:
		l.Clear = part
	case facts != nil:
		l.Facts = facts
	case part != nil && key != nil:
		l.Part, l.Key = part, key
	}
	return nil
}
