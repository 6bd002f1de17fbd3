package register_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

var start = time.Date(2026, 11, 22, 16, 5, 0, 0, time.UTC)

// circle is the journals of three parties, as their authors wrote them.
type circle struct {
	*parleytest.World
	t        testing.TB
	journals map[parley.Origin][]written
	origins  []parley.Origin                  // in order of registration
	first    map[parley.Origin]map[string]int // where a nonce or part came first
	judged   map[string]register.Judged
	nonce    uint16
}

type written struct {
	raw, part []byte
	id        parley.MessageID
	thread    parley.MessageID
	from      parley.Body
}

func newCircle(t testing.TB) *circle {
	c := &circle{World: parleytest.NewWorld(t, 5, parleytest.Aster, parleytest.Borea, parleytest.Corvia), t: t,
		journals: map[parley.Origin][]written{}, first: map[parley.Origin]map[string]int{}, judged: map[string]register.Judged{}}
	for _, p := range []parley.Party{parleytest.Aster, parleytest.Borea, parleytest.Corvia} {
		c.origins = append(c.origins, c.Parties[p].Origin)
	}
	return c
}

var aster, borea, corvia = parley.Body("aster.example/cert"), parley.Body("borea.example/cert"), parley.Body("corvia.example/cert")

// say appends a message to its author's journal; its node mirrors all that the
// others have written so far, but for blind parties.
func (c *circle) say(from parley.Body, to []parley.Body, m seal.Message, blind ...parley.Party) written {
	c.t.Helper()
	c.nonce++
	d := seal.Draft{Journal: c.Parties[from.Party()].Origin, Agreement: c.Agreement().ID(), From: from, To: to,
		Nonce: parley.Nonce{1, byte(c.nonce >> 8), byte(c.nonce)}}
	for i := range m.Blobs {
		d.Blobs = append(d.Blobs, seal.BlobLine{Hash: parley.Sum([]byte{byte(c.nonce), byte(i)}), Size: 100})
	}
	if m.Version == 0 {
		m.Version = 1
	}
	if m.Precedence == "" {
		m.Precedence = parley.Routine
	}
	recipients := []string{c.Body(from).Age.Recipient().String()}
	for _, b := range to {
		recipients = append(recipients, c.Body(b).Age.Recipient().String())
	}
	var r *seal.Ready
	var err error
	if seal.InClear(m.Kind) {
		r, err = seal.Clear(c.Rand, d, m)
	} else {
		list, bad := seal.ParseRecipients(recipients...)
		if bad != nil {
			c.t.Fatal(bad)
		}
		r, err = seal.Seal(c.Rand, d, m, list)
	}
	if err != nil {
		c.t.Fatal(err)
	}
	var mirrored []seal.Mirrored
	for o, j := range c.journals {
		if p := o.Party(); p != from.Party() && len(j) > 0 && !slices.Contains(blind, p) {
			mirrored = append(mirrored, seal.Mirrored{Origin: o, Size: uint64(len(j))})
		}
	}
	return c.append(from, r, mirrored, m.Thread)
}

func (c *circle) append(from parley.Body, r *seal.Ready, mirrored []seal.Mirrored, thread parley.MessageID) written {
	c.t.Helper()
	raw, err := seal.Sign(r, start.Add(time.Duration(c.nonce)*time.Second), mirrored, c.Body(from).Signing)
	if err != nil {
		c.t.Fatal(err)
	}
	env, err := seal.ParseEntry(raw)
	if err != nil {
		c.t.Fatal(err)
	}
	w := written{raw: raw, part: r.Sealed, id: env.ID(), thread: thread, from: from}
	if thread.IsZero() {
		w.thread = w.id
	}
	o := c.Parties[from.Party()].Origin
	if c.first[o] == nil {
		c.first[o] = map[string]int{}
	}
	for _, key := range []string{string(from) + env.Nonce.String(), env.Part.String()} {
		if _, ok := c.first[o][key]; !ok {
			c.first[o][key] = len(c.journals[o])
		}
	}
	c.journals[o] = append(c.journals[o], w)
	return w
}

func content(t testing.TB, c seal.Content) json.RawMessage {
	t.Helper()
	b, err := seal.FormatContent(c)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func (c *circle) hotline(from parley.Body, to ...parley.Body) written {
	return c.say(from, to, seal.Message{Kind: parley.KindHotline, Precedence: parley.Flash, Content: content(c.t, &seal.Hotline{Text: "hello"})})
}

func (c *circle) answer(from parley.Body, to written) written {
	return c.say(from, []parley.Body{to.from}, seal.Message{Kind: parley.KindHotline, Thread: to.thread, Answers: to.id,
		Content: content(c.t, &seal.Hotline{Text: "an answer"})})
}

func (c *circle) receipt(from parley.Body, says seal.Says, why string, about ...written) written {
	r := &seal.Receipt{Says: says, Why: why}
	m := seal.Message{Kind: parley.KindReceipt}
	for _, a := range about {
		r.About = append(r.About, a.id)
	}
	if says.NamesThread() {
		m.Thread, m.Answers = about[0].thread, about[0].id
	}
	m.Content = content(c.t, r)
	return c.say(from, []parley.Body{about[0].from}, m)
}

// desk is one party's node as far as registers go: it judges, opens and folds.
type desk struct {
	*register.Register
	c     *circle
	us    parley.Party
	db    *sqldb.DB
	chain *agreement.Chain
	held  map[parley.Origin]int // how far each journal has been folded
	now   time.Time
}

func (c *circle) desk(us parley.Party) *desk {
	c.t.Helper()
	ctx := c.t.Context()
	db, err := sqldb.Open(ctx, filepath.Join(c.t.TempDir(), "parley.db"))
	if err != nil {
		c.t.Fatal(err)
	}
	c.t.Cleanup(func() { db.Close() })
	err = db.Update(ctx, func(tx *sqldb.Tx) error {
		for _, o := range c.origins {
			role := sqldb.Theirs
			if o.Party() == us {
				role = sqldb.Ours
			}
			if _, err := tx.PutJournal(sqldb.Journal{Origin: o, Agreement: c.Agreement().ID(), Party: o.Party(), Role: role, Opened: start}); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		c.t.Fatal(err)
	}
	return c.deskOn(us, db)
}

func (c *circle) deskOn(us parley.Party, db *sqldb.DB) *desk {
	r, err := register.New(db)
	if err != nil {
		c.t.Fatal(err)
	}
	return &desk{Register: r, c: c, us: us, db: db, chain: c.Chain(c.t), held: map[parley.Origin]int{}, now: start}
}

// before is what stands earlier in a journal: where a nonce or part came first.
type before struct {
	first map[string]int
	index int
}

func (b before) has(key string) bool { i, ok := b.first[key]; return ok && i < b.index }

func (b before) HasNonce(from parley.Body, n parley.Nonce) bool {
	return b.has(string(from) + n.String())
}
func (b before) HasPart(h parley.Hash) bool { return b.has(h.String()) }

// judge is what a node does before it folds.
// It is the same every time, so the circle remembers it.
func (d *desk) judge(o parley.Origin, index int) register.Judged {
	key := string(d.us) + parley.Ref{Origin: o, Index: uint64(index)}.String()
	j, ok := d.c.judged[key]
	if !ok {
		j = d.judgeAnew(o, index)
		d.c.judged[key] = j
	}
	return j
}

func (d *desk) judgeAnew(o parley.Origin, index int) register.Judged {
	w := d.c.journals[o][index]
	ref := parley.Ref{Origin: o, Index: uint64(index)}
	j := register.Judged{Agreement: d.c.Agreement().ID(), Ref: ref, StoredAt: start.Add(time.Duration(index) * time.Minute), Inside: register.InsideClosed}
	j.Envelope, j.Verdict = seal.Judge(w.raw, ref, d.chain, before{d.c.first[o], index})
	if !j.Verdict.Valid || !j.Envelope.Clear && o.Party() != d.us && !j.Envelope.ToParty(d.us) {
		return j
	}
	if w.part == nil {
		j.Inside = register.InsideGone
		return j
	}
	var in seal.Opened
	var err error
	if j.Envelope.Clear {
		in, err = seal.OpenClear(j.Envelope, w.part)
	} else {
		var ids []age.Identity
		for _, b := range d.c.Parties[d.us].Bodies {
			ids = append(ids, b.Age)
		}
		in, _, err = seal.Open(j.Envelope, w.part, ids...)
	}
	if v, ok := seal.VerdictOf(err); ok {
		j.Verdict = v
		return j
	}
	if err != nil {
		j.Inside = register.InsideUnreadable
		return j
	}
	if j.Verdict = seal.JudgeOpened(j.Envelope, in, ref, d.chain, register.Later{}); j.Verdict.Valid {
		j.Inside, j.Opened = register.InsideOpened, &in
	}
	return j
}

// arrive folds the next n entries of one journal, and says whether any was taken.
func (d *desk) arrive(o parley.Origin, n int) bool {
	d.c.t.Helper()
	var batch []register.Judged
	for i := range n {
		batch = append(batch, d.judge(o, d.held[o]+i))
	}
	if err := d.Fold(d.c.t.Context(), batch); err != nil {
		d.c.t.Fatal(err)
	}
	next, err := d.Position(d.c.t.Context(), o)
	if err != nil {
		d.c.t.Fatal(err)
	}
	moved := int(next) > d.held[o]
	d.held[o] = int(next)
	return moved
}

// all folds what is left, in an order that the seed decides.
func (d *desk) all(seed uint64) *desk {
	d.c.t.Helper()
	rnd := rand.New(rand.NewPCG(seed, 1))
	for range 10_000 {
		var open []parley.Origin
		for _, o := range d.c.origins {
			if d.held[o] < len(d.c.journals[o]) {
				open = append(open, o)
			}
		}
		if len(open) == 0 {
			return d
		}
		o := open[rnd.IntN(len(open))]
		d.arrive(o, 1+rnd.IntN(min(8, len(d.c.journals[o])-d.held[o])))
	}
	d.c.t.Fatal("the registers do not move on")
	return d
}

func (d *desk) find(w written) register.Message {
	d.c.t.Helper()
	m, err := d.Find(d.c.t.Context(), w.id)
	if err != nil {
		d.c.t.Fatal(err)
	}
	return m
}

func (d *desk) cosign(of, by parley.Party, size uint64) {
	d.c.t.Helper()
	ctx := d.c.t.Context()
	err := d.db.Update(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(d.c.Parties[of].Origin)
		if err != nil {
			return err
		}
		if _, ok, err := tx.CheckpointAt(j.ID, size); err != nil {
			return err
		} else if !ok {
			if err := tx.PutCheckpoint(j.ID, sqldb.Checkpoint{Size: size, Note: bytes.Repeat([]byte("x"), 8), Stored: start}); err != nil {
				return err
			}
		}
		name := d.c.Parties[by].Origin.Mirror()
		return tx.PutCosignatures(j.ID, []sqldb.Cosignature{{Size: size, Cosigner: name, KeyID: 7, Signed: start, Stored: start,
			Line: "— " + name + " " + base64Of(76) + "\n"}})
	})
	if err != nil {
		d.c.t.Fatal(err)
	}
}
