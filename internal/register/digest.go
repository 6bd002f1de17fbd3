package register

import (
	"encoding/json"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// Where a message stands for us.
const (
	BoxIn    = "in"    // to us
	BoxOut   = "out"   // from us
	BoxOther = "other" // between others, or ours alone to keep
)

// digest is what one entry says, whatever else has arrived.
type digest struct {
	message    sqldb.Message
	statements []sqldb.Statement
	blobs      []sqldb.MessageBlob
	checks     []sqldb.CheckRow
	contacts   []sqldb.ContactRow // without their height
	places     []parley.Ref       // entries that it names by their place
}

func (w *world) digest(j *Judged, journal sqldb.Journal) digest {
	env := &j.Envelope
	m := sqldb.Message{Journal: journal.ID, Index: j.Ref.Index, ID: j.ID(), Part: env.Part, From: env.From, To: env.To,
		Reason: string(j.Verdict.Reason), Inside: string(j.Inside), Blobs: len(env.Blobs), Released: env.Release != nil,
		Said: env.Time, Stored: j.StoredAt, Rank: parley.Routine.Rank(), Listed: true, Thread: name(j.Ref)}
	m.Box = w.box(journal, env)
	if !j.Verdict.Valid {
		m.Inside, m.Part = string(InsideClosed), parley.Hash{}
		if entryAlone(j) {
			m.ID = parley.MessageID{}
		}
		return digest{message: m}
	}
	m.Thread = parley.Hash(m.ID)
	f := j.facts()
	if f == nil {
		return digest{message: m}
	}
	m.Kind, m.Version, m.Step, m.Rank, m.Clock, m.Due, m.Exercise, m.Answers = f.Kind, f.Version, f.Step, f.Precedence.Rank(), f.Clock, f.Due, f.Exercise, f.Answers
	m.Listed = !seal.RunsTheLine(f.Kind)
	switch {
	case !f.Thread.IsZero():
		m.Thread = parley.Hash(f.Thread)
	case f.Kind == parley.KindReceipt: // RECEIPT-5: opens no thread
		m.Thread = parley.Hash{}
	}
	d := digest{message: m}
	if j.Opened != nil {
		d.message.Marking = j.Opened.Marking
		d.statements, d.places = statements(j, journal.ID)
		d.checks = w.checks(j, journal)
		d.contacts = w.contacts(j, journal)
	}
	for i, b := range env.Blobs {
		d.blobs = append(d.blobs, sqldb.MessageBlob{Journal: journal.ID, Index: j.Ref.Index, N: i + 1, Hash: b.Hash, Size: b.Size})
	}
	return d
}

// entryAlone: an entry is void by itself. Its octets may stand anywhere any number
// of times, so that it is named by its place only: no lookup by an id or a part can
// be made to find a heap of them.
func entryAlone(j *Judged) bool {
	switch j.Verdict.Reason {
	case seal.VoidPart, seal.VoidFacts, seal.VoidContext, seal.VoidBlobs, seal.VoidKind, seal.VoidContent:
		return false
	case seal.VoidRelease: // owed and missing shows only inside; a wrong one stands in the entry
		return j.Envelope.Release != nil
	}
	return true
}

func (w *world) box(journal sqldb.Journal, env *seal.Envelope) string {
	us := w.us[journal.Agreement]
	switch {
	case us == "":
		return BoxOther
	case journal.Party == us:
		return BoxOut
	case env.From == "" || env.ToParty(us): // nobody can tell whom a malformed entry is for
		return BoxIn
	}
	return BoxOther
}

// statements are what an entry says about others.
func statements(j *Judged, journal int64) (list []sqldb.Statement, places []parley.Ref) {
	c, err := seal.ParseContent(j.Opened.Facts.Kind, j.Opened.Facts.Version, j.Opened.Content)
	if err != nil || c == nil {
		return nil, nil
	}
	say := func(about parley.Hash, says, why string, blob parley.Hash) {
		list = append(list, sqldb.Statement{About: about, Journal: journal, Index: j.Ref.Index, Says: says, Why: why, Blob: blob})
	}
	switch c := c.(type) {
	case *seal.Receipt:
		for _, id := range c.About {
			for _, b := range c.Blobs {
				say(parley.Hash(id), string(c.Says), c.Why, b)
			}
			if len(c.Blobs) == 0 {
				say(parley.Hash(id), string(c.Says), c.Why, parley.Hash{})
			}
		}
		for _, s := range c.Refs {
			if ref, err := parley.ParseRef(s); err == nil {
				say(name(ref), string(c.Says), c.Why, parley.Hash{})
				places = append(places, ref)
			}
		}
	case *seal.Countersign:
		say(parley.Hash(c.About), SaysCountersigned, "", parley.Hash{})
	case *seal.Gone:
		for _, p := range c.Parts {
			say(p, SaysGone, c.Why, parley.Hash{})
		}
	case *seal.Erased:
		for _, p := range c.Parts {
			say(p, SaysErased, c.Rule, parley.Hash{})
		}
	}
	return list, places
}

// succeeds is the journal that an entry 0 says its own follows, and its size.
func succeeds(j *Judged) (closed parley.Origin, size uint64, ok bool) {
	if j.Opened == nil || j.Opened.Facts.Kind != parley.KindSuccession {
		return "", 0, false
	}
	var c agreement.NoteContent
	if err := json.Unmarshal(j.Opened.Content, &c); err != nil {
		return "", 0, false
	}
	s, err := agreement.ParseSuccession([]byte(c.Note))
	if err != nil {
		return "", 0, false
	}
	return s.Close, s.Size, true
}
