package evidence_test

import (
	"encoding/base64"
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/evidence"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

const archive = "archive.example/parley"

var (
	noon  = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	aster = parley.Body("aster.example/cert")
	borea = parley.Body("borea.example/cert")
)

// book is one journal in memory, with all that its author holds of it.
type book struct {
	party  *party
	raw    [][]byte
	stored []tlog.Hash
	inside map[uint64]*seal.Ready
	cps    map[uint64]proof.RawCheckpoint // with cosignatures
}

func (b *book) ReadHashes(idx []int64) ([]tlog.Hash, error) {
	out := make([]tlog.Hash, len(idx))
	for i, x := range idx {
		out[i] = b.stored[x]
	}
	return out, nil
}

// world is two parties and an archive whose journals are books; it is an evidence.Source.
type world struct {
	t       testing.TB
	rand    *rand.ChaCha8
	parties map[parley.Party]*party
	archive []proof.Signer
	signed  *agreement.Signed
	chain   *agreement.Chain
	books   map[parley.Origin]*book
	now     time.Time
	law     []parley.Ref
}

// newWorld makes the same keys each time, but for the age keys, which come from
// crypto/rand.
func newWorld(t testing.TB) *world {
	t.Helper()
	w := &world{t: t, rand: rand.NewChaCha8([32]byte{1}), books: map[parley.Origin]*book{}, now: noon}
	w.parties, w.archive, w.signed = found(t, w.rand)
	var err error
	w.chain, err = agreement.NewChain(w.signed)
	w.must(err)
	for _, p := range w.parties {
		w.books[p.origin] = &book{party: p, inside: map[uint64]*seal.Ready{}, cps: map[uint64]proof.RawCheckpoint{}}
	}
	return w
}

func (w *world) must(err error) {
	w.t.Helper()
	if err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) of(b parley.Body) *book { return w.books[w.chain.Current(b.Party())] }

// message is a hotline message with a text, in a thread or opening one.
func message(text string, thread, answers parley.MessageID) seal.Message {
	c, _ := json.Marshal(&seal.Hotline{Text: text})
	return seal.Message{Kind: parley.KindHotline, Version: 1, Precedence: parley.Flash, Thread: thread, Answers: answers,
		Marking: "TLP:AMBER", Languages: []string{"en"}, Content: c}
}

// write seals a message, appends it to the sender's journal and signs a checkpoint.
func (w *world) write(from parley.Body, m seal.Message, to ...parley.Body) parley.Ref {
	w.t.Helper()
	b := w.of(from)
	origin := w.chain.Current(from.Party())
	d := seal.Draft{Journal: origin, Agreement: w.chain.ID(), From: from, To: to}
	_, err := w.rand.Read(d.Nonce[:])
	w.must(err)
	var ready *seal.Ready
	if seal.InClear(m.Kind) {
		ready, err = seal.Clear(w.rand, d, m)
	} else {
		var recipients []string
		for _, x := range append([]parley.Body{from}, to...) {
			recipients = append(recipients, w.parties[x.Party()].ages[x].Recipient().String())
		}
		list, bad := seal.ParseRecipients(recipients...)
		w.must(bad)
		ready, err = seal.Seal(w.rand, d, m, list)
	}
	w.must(err)
	var mirrored []seal.Mirrored
	for o, other := range w.books {
		if n := uint64(len(other.raw)); o != origin && n > 0 {
			h, err := tlog.TreeHash(int64(n), other)
			w.must(err)
			mirrored = append(mirrored, seal.Mirrored{Origin: o, Size: n, Root: h})
		}
	}
	raw, err := seal.Sign(ready, w.now, mirrored, w.parties[from.Party()].signing[from])
	w.must(err)
	return w.append(b, origin, raw, ready)
}

func (w *world) append(b *book, origin parley.Origin, raw []byte, ready *seal.Ready) parley.Ref {
	n := len(b.raw)
	h, err := tlog.StoredHashes(int64(n), raw, b)
	w.must(err)
	b.raw, b.stored, b.inside[uint64(n)] = append(b.raw, raw), append(b.stored, h...), ready
	root, err := tlog.TreeHash(int64(n+1), b)
	w.must(err)
	cp, err := proof.SignCheckpoint(origin, uint64(n+1), root, w.now, b.party.journal...)
	w.must(err)
	b.cps[cp.Size] = proof.RawCheckpoint(cp.Note)
	return parley.Ref{Origin: origin, Index: uint64(n)}
}

// cosign lets somebody cosign a journal at its latest size, a second later.
func (w *world) cosign(origin parley.Origin, keys ...proof.Signer) {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	b := w.books[origin]
	size := uint64(len(b.raw))
	log, err := w.chain.LogKeys(origin)
	w.must(err)
	cp, err := proof.OpenCheckpoint(b.cps[size], log...)
	w.must(err)
	list, err := proof.Cosign(cp, w.now, keys...)
	w.must(err)
	for _, c := range list {
		b.cps[size] = append(b.cps[size], c.Line...)
	}
}

func (w *world) Entries(o parley.Origin, start, end uint64) ([][]byte, error) {
	b := w.books[o]
	return b.raw[start:min(end, uint64(len(b.raw)))], nil
}

func (w *world) Inside(ref parley.Ref) (part, facts, key []byte, err error) {
	r := w.books[ref.Origin].inside[ref.Index]
	if r == nil {
		return nil, nil, nil, nil
	}
	return r.Sealed, r.Facts, r.FileKey, nil
}

func (w *world) Hashes(o parley.Origin) tlog.HashReader { return w.books[o] }

func (w *world) Checkpoint(o parley.Origin, size uint64, by proof.Key) (proof.RawCheckpoint, error) {
	b := w.books[o]
	for n := size; n <= uint64(len(b.raw)); n++ {
		raw, ok := b.cps[n]
		if !ok {
			continue
		}
		note, err := proof.ParseNote(raw)
		w.must(err)
		if _, err := note.Verify(by); len(by.Public) == 0 || err == nil {
			return raw, nil
		}
	}
	return nil, parley.E(parley.NotFound, "no checkpoint")
}

func (w *world) Latest(o parley.Origin) (proof.RawCheckpoint, error) {
	return w.books[o].cps[uint64(len(w.books[o].raw))], nil
}

func (w *world) build(asks ...evidence.Ask) []byte {
	w.t.Helper()
	raw, err := evidence.Build(w, w.signed.Note(), w.law, asks...)
	w.must(err)
	return raw
}

// trusting is the reader's trust in this world's agreement.
func (w *world) trusting() evidence.Trust { return evidence.Trust{Agreement: w.chain.ID()} }

func (w *world) verify(raw []byte) *evidence.Report {
	w.t.Helper()
	r, err := evidence.Verify(raw, w.trusting())
	w.must(err)
	return r
}

func (w *world) envelope(ref parley.Ref) seal.Envelope {
	w.t.Helper()
	env, err := seal.ParseEntry(w.books[ref.Origin].raw[ref.Index])
	w.must(err)
	return env
}

func std64(b []byte) string { return base64.StdEncoding.EncodeToString(b) }

func find(r *evidence.Report, says string) []evidence.Statement {
	var out []evidence.Statement
	for _, s := range r.Statements {
		if s.Says == says {
			out = append(out, s)
		}
	}
	return out
}
