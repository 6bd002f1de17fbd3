package node

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/form"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// Intel is the store of intelligence of this node.
func (n *Node) Intel() *intel.Store { return n.intel }

// intelOf are the attachments and recalls of judged entries that go into the store of
// intelligence: what was sent to us, and what we sent. INTEL-1, INTEL-6, INTEL-8
func (l *Line) intelOf(j sqldb.Journal, batch []register.Judged) []sqldb.IntelArrival {
	var list []sqldb.IntelArrival
	for i := range batch {
		m := &batch[i]
		if m.Opened == nil || j.Role == sqldb.Archived || j.Role == sqldb.Theirs && !m.Envelope.ToParty(l.us) {
			continue
		}
		switch k := m.Opened.Facts.Kind; {
		case k == parley.KindIntel || k == parley.KindSighting:
			for place, b := range m.Envelope.Blobs {
				list = append(list, sqldb.IntelArrival{Entry: m.Ref, Place: place, Blob: b.Hash})
			}
			var c form.IntelContent
			if k == parley.KindIntel && json.Unmarshal(m.Opened.Content, &c) == nil && c.Corrects {
				list = append(list, sqldb.IntelArrival{Entry: m.Ref, Place: -1})
			}
		case k == parley.KindRecall && m.Opened.Facts.Step == parley.RecallAsk:
			list = append(list, sqldb.IntelArrival{Entry: m.Ref, Place: -1})
		}
	}
	return list
}

// takenAtOnce is how many attachments one TakeIntel takes at most.
const takenAtOnce = 32

// TakeIntel takes what has come, and what we sent, into the store, and carries out
// recalls. more says that there may be more to do now. An attachment that cannot be
// taken holds back no other. Repeating it changes nothing.
func (n *Node) TakeIntel(ctx context.Context) (more bool, err error) {
	n.intaking.Lock()
	defer n.intaking.Unlock()
	list, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) ([]sqldb.IntelArrival, error) { return tx.IntelArrived(takenAtOnce) })
	if err != nil {
		return false, err
	}
	var failed error
	for _, a := range list {
		var err error
		took := true
		if a.Place < 0 {
			took, err = n.takeRecall(ctx, a)
		} else {
			err = n.takeBundle(ctx, a)
		}
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		more = more || took
	}
	if more {
		n.publish(Event{What: "intel"})
	}
	return more, failed
}

// takeBundle reads one attachment into the store.
func (n *Node) takeBundle(ctx context.Context, a sqldb.IntelArrival) error {
	m, err := n.MessageAt(ctx, a.Entry)
	if err != nil {
		return err
	}
	l, ok := n.LineOf(a.Entry.Origin)
	if !ok {
		return parley.E(parley.NotFound, "no journal %s here", a.Entry.Origin)
	}
	if !m.Readable || a.Place >= len(m.Files) {
		return n.intelFailed(ctx, a, "the message cannot be read here any more")
	}
	text, err := l.law(m.ref)
	if err != nil {
		return err
	}
	arrival := intel.Arrival{Entry: a.Entry, From: m.From, Place: a.Place, Proof: "cosigned"}
	o := intel.ImportOptions{Format: intel.STIX, Name: m.Short, Marking: markingOf(text, m.Marking),
		Source: intel.Source{Agreement: l.id, Party: m.From.Party(), Direction: intel.In}}
	if !m.Ours {
		return n.readBundle(ctx, m, a, o, arrival)
	}
	arrival.Proof, o.Source.Direction = "signed", intel.Out // our own entry is cosigned later, or never
	parties := partiesOf(m.To)
	for i, p := range parties {
		o.Source.Party, arrival.More = p, i < len(parties)-1
		done, err := n.intel.FileSent(ctx, m.Files[a.Place].Hash, o, arrival)
		if err == nil && !done {
			err = n.readBundle(ctx, m, a, o, arrival)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// readBundle reads one attachment into a source.
func (n *Node) readBundle(ctx context.Context, m Message, a sqldb.IntelArrival, o intel.ImportOptions, arrival intel.Arrival) error {
	_, r, err := n.File(ctx, m.Ref, a.Place)
	if err != nil {
		if parley.KindOf(err) == parley.NotFound || errors.Is(err, fs.ErrNotExist) {
			return n.intelFailed(ctx, a, "the attachment is not here any more")
		}
		if parley.KindOf(err) == parley.Untrusted || parley.KindOf(err) == parley.Invalid {
			return n.intelFailed(ctx, a, err.Error())
		}
		return err
	}
	defer r.Close()
	_, _, err = n.intel.Receive(ctx, r, o, arrival)
	if kind := parley.KindOf(err); err != nil && (kind == parley.Invalid || kind == parley.Untrusted) {
		return n.intelFailed(ctx, a, err.Error())
	}
	return err
}

// intelFailed notes that an attachment does not go into the store, and why: an
// attachment proves itself at its end only, and what it gave before is taken out of use.
func (n *Node) intelFailed(ctx context.Context, a sqldb.IntelArrival, why string) error {
	n.log.Warn("intelligence not taken in", "event", "intel.failed", "entry", a.Entry.String(), "attachment", a.Place+1)
	return n.db.Update(ctx, func(tx *sqldb.Tx) error {
		if a.Place >= 0 {
			if _, err := n.intel.RecallIn(tx, a.Entry, nil); err != nil {
				return err
			}
		}
		return tx.SetIntelArrival(a.Entry, a.Place, 0, why)
	})
}

// takeRecall takes out of use what was recalled, or what a correction does not give
// again once all of it is here. Only what the same party gave can be. INTEL-8, INTEL-11
func (n *Node) takeRecall(ctx context.Context, a sqldb.IntelArrival) (bool, error) {
	m, err := n.MessageAt(ctx, a.Entry)
	if err != nil {
		return false, err
	}
	var c form.RecallContent
	if !m.Readable || m.Kind == parley.KindRecall && json.Unmarshal(m.Content, &c) != nil {
		return true, n.intelFailed(ctx, a, "the message cannot be read here any more")
	}
	given, err := n.given(ctx, m)
	if parley.KindOf(err) == parley.NotFound && err != nil {
		return false, nil // it may still come
	}
	if err != nil {
		return false, err
	}
	if given.From.Party() != m.From.Party() || given.Kind != parley.KindIntel && (given.Kind != parley.KindSighting || m.Kind == parley.KindIntel) {
		return true, n.intelFailed(ctx, a, "it takes back what its author did not give")
	}
	var done bool
	err = n.db.Update(ctx, func(tx *sqldb.Tx) error {
		left, err := tx.IntelAwaited(given.ref)
		if err != nil {
			return err
		}
		if m.Kind == parley.KindIntel {
			if own, err := tx.IntelAwaited(m.ref); err != nil || own > 0 {
				return err
			}
			if failed, err := tx.IntelFailed(m.ref); err != nil || failed > 0 {
				done = err == nil
				return errors.Join(err, tx.SetIntelArrival(a.Entry, a.Place, 0, "the correction cannot be read whole: what it corrects stays"))
			}
			_, err = n.intel.CorrectIn(tx, given.ref, m.ref)
		} else {
			_, err = n.intel.RecallIn(tx, given.ref, c.Objects)
		}
		if err != nil || left > 0 {
			return err // again, when all of it is here
		}
		done = true
		return tx.SetIntelArrival(a.Entry, a.Place, 0, "")
	})
	return done, err
}

// given is the message that a recall answers.
func (n *Node) given(ctx context.Context, m Message) (Message, error) {
	refs, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) ([]parley.Ref, error) { return tx.Find(m.Answers, 8) })
	if err != nil {
		return Message{}, err
	}
	for _, r := range refs {
		if l, ok := n.LineOf(r.Origin); ok && l.id == m.Agreement {
			return n.MessageAt(ctx, r)
		}
	}
	return Message{}, parley.E(parley.NotFound, "the message that %s answers is not here", m.Short)
}

// markingOf is the traffic light of a message's marking: of a label, or as what the
// agreement shows its own; where the marking has none, that of the default. INTEL-3
func markingOf(a *agreement.Agreement, marking string) stix.TLP {
	for _, word := range []string{marking, a.Handling.Default} {
		if t, ok := stix.ParseTLP(word); ok {
			return t
		}
		for _, own := range a.Handling.Own {
			if t, ok := stix.ParseTLP(own.As); ok && own.ID == word {
				return t
			}
		}
	}
	return stix.Amber
}
