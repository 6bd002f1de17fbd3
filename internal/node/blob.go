package node

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/blobfile"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// blobRoom is the attachments of one journal as one caller may hold them: peer.Blobs.
type blobRoom struct {
	line   *Line
	origin parley.Origin
	name   string       // the caller
	author parley.Party // of the journal
}

// State implements peer.Blobs.
func (r *blobRoom) State(ctx context.Context, h parley.Hash) (peer.BlobState, error) {
	b, err := r.find(ctx, h)
	if err != nil {
		return peer.BlobState{}, err
	}
	held, whole, err := r.line.node.blobs.Held(r.origin, h, b.Size)
	if whole {
		held = b.Size
	}
	return peer.BlobState{Size: b.Size, Held: held}, err
}

// Write implements peer.Blobs: only the author sends, and only what it named.
func (r *blobRoom) Write(ctx context.Context, h parley.Hash, offset int64, body io.Reader) (peer.BlobState, error) {
	b, err := r.find(ctx, h)
	if err != nil {
		return peer.BlobState{}, err
	}
	if string(r.author) != r.name {
		return peer.BlobState{}, parley.E(parley.Forbidden, "only its author sends an attachment")
	}
	if err := r.line.takes(ctx, b); err != nil {
		return peer.BlobState{}, err
	}
	if err := r.line.node.roomForBlobs(); err != nil {
		return peer.BlobState{}, err
	}
	held, err := r.line.node.blobs.Append(r.origin, h, b.Size, offset, body)
	if other := (*blobfile.OffsetError)(nil); errors.As(err, &other) {
		return peer.BlobState{}, &peer.OffsetConflict{Held: other.Held}
	}
	if parley.KindOf(err) == parley.Untrusted && err != nil {
		return peer.BlobState{}, errors.Join(err, r.line.blobAlarm(ctx, b, err))
	}
	if err == nil && held == b.Size {
		err = r.line.blobArrived(ctx, r.origin, h)
	}
	return peer.BlobState{Size: b.Size, Held: held}, err
}

// Open implements peer.Blobs.
func (r *blobRoom) Open(ctx context.Context, h parley.Hash) (io.ReadSeekCloser, error) {
	if _, err := r.find(ctx, h); err != nil {
		return nil, err
	}
	return r.line.node.blobs.Open(r.origin, h)
}

// find gives the blob if an entry that concerns the caller names it.
func (r *blobRoom) find(ctx context.Context, h parley.Hash) (b sqldb.Blob, err error) {
	none := parley.E(parley.NotFound, "no entry held here names the attachment %s", h)
	err = r.line.node.db.View(ctx, func(tx *sqldb.Tx) error {
		var ok bool
		if b, ok, err = tx.Blob(r.origin, h); err != nil || !ok {
			return errors.Join(err, none)
		}
		env, err := envelopeAt(tx, r.origin, b.Index)
		if err != nil {
			return err
		}
		if string(r.author) != r.name && !env.ToParty(parley.Party(r.name)) {
			return none
		}
		return nil
	})
	if parley.KindOf(err) == parley.NotFound && err != nil {
		err = none
	}
	return b, err
}

// takes refuses an attachment that is over what the author's texts, the amendments to
// them among these, let one message have: it is not taken from anybody, and its
// message stays as it is. AGREEMENT-18
func (l *Line) takes(ctx context.Context, b sqldb.Blob) error {
	env, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (seal.Envelope, error) { return envelopeAt(tx, b.Origin, b.Index) })
	if err != nil {
		return err
	}
	var octets, count uint64
	l.mu.RLock()
	texts := l.terms(b.Origin) // none of a journal that is closed
	if a, err := l.chain.At(parley.Ref{Origin: b.Origin, Index: b.Index}); err == nil {
		texts = append(texts, a)
	}
	for _, a := range texts {
		octets, count = max(octets, a.Traffic.Limits.BlobBytes), max(count, a.Traffic.Limits.BlobsPerEntry)
	}
	l.mu.RUnlock()
	return withinLimits(env.Blobs, b.Hash, octets, count)
}

// withinLimits says whether one of an entry's attachments is among so many, and at
// most so large in plain.
func withinLimits(list []seal.BlobLine, h parley.Hash, octets, count uint64) error {
	for i, x := range list {
		switch {
		case x.Hash != h:
		case uint64(i) >= count:
			return parley.E(parley.Forbidden, "%d attachments: the agreement lets one message have %d", len(list), count)
		case uint64(x.Size) > sealedMost(octets):
			return parley.E(parley.Forbidden, "an attachment of %d octets, sealed: the agreement lets one have %d, in plain", x.Size, octets)
		}
	}
	return nil
}

// sealedMost is how large an attachment of so many octets is at most once it is
// sealed: an age header, a nonce, and a tag for each 64 KiB. ENTRY-23
func sealedMost(octets uint64) uint64 { return octets + 48<<10 + 16 + 16*(octets>>16+1) }

func envelopeAt(tx *sqldb.Tx, o parley.Origin, index uint64) (seal.Envelope, error) {
	j, err := tx.Journal(o)
	if err != nil {
		return seal.Envelope{}, err
	}
	list, err := tx.Entries(j.ID, index, index+1)
	if err != nil || len(list) != 1 {
		return seal.Envelope{}, parley.E(parley.NotFound, "no entry %d", index)
	}
	return seal.ParseEntry(list[0].Raw)
}

// blobsOf are the attachments of judged entries that concern us.
func (l *Line) blobsOf(j sqldb.Journal, batch []register.Judged) []sqldb.Blob {
	var list []sqldb.Blob
	for i := range batch {
		m := &batch[i]
		if !m.Verdict.Valid || j.Role == sqldb.Archived || j.Role == sqldb.Theirs && !m.Envelope.ToParty(l.us) {
			continue
		}
		state := sqldb.BlobAwaited
		if j.Role == sqldb.Ours {
			state = sqldb.BlobOurs
		}
		for _, b := range m.Envelope.Blobs {
			list = append(list, sqldb.Blob{Origin: j.Origin, Hash: b.Hash, Index: m.Ref.Index, Size: b.Size, State: state})
		}
	}
	return list
}

func (l *Line) blobArrived(ctx context.Context, o parley.Origin, h parley.Hash) error {
	err := l.node.db.Update(ctx, func(tx *sqldb.Tx) error {
		b, ok, err := tx.Blob(o, h)
		if err != nil || !ok || b.State != sqldb.BlobAwaited {
			return err
		}
		if _, err := tx.ClearAlarm(AlarmBlob, h.String(), l.node.now()); err != nil {
			return err
		}
		return tx.SetBlob(o, h, sqldb.BlobWhole)
	})
	if err == nil {
		l.owes.Store(true)
		ring(l.bell)
		l.node.publish(Event{What: "message", Agreement: l.id})
	}
	return err
}

// blobAlarm says that an attachment is not what it should be. It ends when the right
// one has come.
func (l *Line) blobAlarm(ctx context.Context, b sqldb.Blob, why error) error {
	text := "an attachment of " + parley.Ref{Origin: b.Origin, Index: b.Index}.String() + " is not what the entry names: " + why.Error() +
		"; nothing of it is kept, messages go on; ask its author to send it again"
	return l.node.db.Update(ctx, func(tx *sqldb.Tx) error { return tx.RaiseAlarm(AlarmBlob, b.Hash.String(), text, l.node.now()) })
}

// One visit to a target moves at most blobsAtOnce attachments, and looks at no more
// than blobsSeen for them: one that cannot move now holds back none behind it.
const (
	blobsAtOnce = 8
	blobsSeen   = 64
)

// moveBlobs sends attachments of ours that a counterpart lacks, from where it
// has them; they come after the entries that name them and hold nothing back.
func (l *Line) moveBlobs(ctx context.Context, t *target, client peer.Node) error {
	if l.journal() == nil || t.role != RoleCounterpart {
		return nil
	}
	list, err := l.blobsUnsent(ctx, t, blobsSeen)
	if err != nil {
		return err
	}
	moved := 0
	for _, b := range list {
		done, err := l.moveBlob(ctx, t, client, b)
		if err != nil {
			return err
		}
		if done {
			moved++
		}
		if moved == blobsAtOnce {
			t.wake() // only after progress: whoever takes nothing is asked at the usual pace
			break
		}
	}
	return nil
}

// blobsUnsent are attachments of ours that a counterpart lacks, at most limit of each
// journal: of closed ones too.
func (l *Line) blobsUnsent(ctx context.Context, t *target, limit int) ([]sqldb.Blob, error) {
	var list []sqldb.Blob
	for _, o := range l.ourOrigins() {
		some, err := l.lookedUp(ctx, fmt.Sprint("unsent ", limit, " ", o, " ", t.name), func(tx *sqldb.Tx) ([]sqldb.Blob, error) { return tx.BlobsUnsent(o, t.name, limit) })
		if err != nil {
			return nil, err
		}
		for _, b := range some {
			if !l.isDead(parley.Ref{Origin: o, Index: b.Index}) {
				list = append(list, b)
			}
		}
	}
	return list, nil
}

// ourOrigins are our journals, the oldest first.
func (l *Line) ourOrigins() []parley.Origin { return l.originsOf(l.us) }

func (l *Line) originsOf(p parley.Party) (list []parley.Origin) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	for _, o := range l.chain.Origins() {
		if author, _ := l.chain.PartyOf(o); author == p {
			list = append(list, o)
		}
	}
	return list
}

// lookedUp reads a list of attachments where one of them has moved on since it was
// read last: mostly there are none, and every visit asks. There are a few names for
// each journal.
func (l *Line) lookedUp(ctx context.Context, name string, read func(*sqldb.Tx) ([]sqldb.Blob, error)) ([]sqldb.Blob, error) {
	list, _ := l.blobs.LoadOrStore(name, new(sqldb.Cached[[]sqldb.Blob]))
	return list.(*sqldb.Cached[[]sqldb.Blob]).Get(l.node.db, sqldb.Blobs(), func() ([]sqldb.Blob, error) { return sqldb.Read(ctx, l.node.db, read) })
}

// stall is an attachment that has not grown since an instant.
type stall struct {
	held  int64
	since time.Time
}

// stalledAfter is when an attachment that does not grow is fetched instead of
// waited for: its author may believe that we have it, as after a restore.
const stalledAfter = 2 * heartbeat

// fetchBlobs fetches attachments of a counterpart's that its node does not bring:
// all of them where we open no port. The caller holds t.step.
func (l *Line) fetchBlobs(ctx context.Context, t *target, client peer.Node) error {
	if l.journal() == nil || t.role != RoleCounterpart || l.node.roomForBlobs() != nil {
		return nil
	}
	var list []sqldb.Blob
	for _, o := range l.originsOf(t.party) {
		some, err := l.lookedUp(ctx, "awaited "+string(o), func(tx *sqldb.Tx) ([]sqldb.Blob, error) { return tx.BlobsIn(sqldb.BlobAwaited, o, blobsSeen) })
		if err != nil {
			return err
		}
		list = append(list, some...)
	}
	now := l.node.now()
	waiting, pulled := map[parley.Hash]stall{}, 0
	for _, b := range list {
		held, whole, err := l.node.blobs.Held(b.Origin, b.Hash, b.Size)
		if err != nil {
			return err
		}
		if l.takes(ctx, b) != nil {
			continue
		}
		s, ok := t.stalled[b.Hash]
		if !ok || s.held != held || now.Before(s.since) {
			s = stall{held, now}
		}
		if !whole && pulled < blobsAtOnce && (l.node.pulls || now.Sub(s.since) >= stalledAfter) {
			state, err := courier.PullBlob(ctx, client, b.Origin, b.Hash, b.Size, l.node.blobs)
			if err != nil && parley.KindOf(err) != parley.NotFound {
				return err
			}
			whole, s = err == nil && state.Complete(), stall{state.Held, now}
			if err == nil {
				pulled++
			}
		}
		if whole {
			if err := l.blobArrived(ctx, b.Origin, b.Hash); err != nil {
				return err
			}
			continue
		}
		waiting[b.Hash] = s
	}
	t.stalled = waiting
	return nil
}

// moveBlob sends one attachment, and says whether the target is done with it.
func (l *Line) moveBlob(ctx context.Context, t *target, client peer.Node, b sqldb.Blob) (bool, error) {
	env, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (seal.Envelope, error) { return envelopeAt(tx, b.Origin, b.Index) })
	if err != nil {
		return false, err
	}
	done := func() (bool, error) {
		return true, l.node.db.Update(ctx, func(tx *sqldb.Tx) error { return tx.SetBlobSent(b.Origin, b.Hash, t.name) })
	}
	if !slices.ContainsFunc(env.To, func(to parley.Body) bool { return to.Party() == t.party }) {
		return done()
	}
	state, err := courier.PushBlob(ctx, client, b.Origin, b.Hash, b.Size, func() (io.ReadSeekCloser, error) {
		return l.node.blobs.Open(b.Origin, b.Hash)
	})
	if err != nil {
		return false, notFoundIsNil(err) // it has not judged the entry yet, or finds it void: next visit
	}
	if !state.Complete() {
		return false, nil
	}
	return done()
}

// tellHeld says, by a receipt, which attachments have arrived whole. RECEIPT-2
func (l *Line) tellHeld(ctx context.Context, of parley.Origin) (told bool, err error) {
	list, err := l.lookedUp(ctx, "whole "+string(of), func(tx *sqldb.Tx) ([]sqldb.Blob, error) { return tx.BlobsIn(sqldb.BlobWhole, of, receiptBatch) })
	if err != nil {
		return told, err
	}
	var failed error // of one receipt: it holds back no other
	for _, b := range list {
		env, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (seal.Envelope, error) { return envelopeAt(tx, b.Origin, b.Index) })
		if err != nil {
			return told, err
		}
		nonce := sha256.Sum256([]byte("held " + string(b.Origin) + " " + b.Hash.String())) // the same receipt, however often
		m := Outbound{From: l.bodyAmong(env.To), To: []parley.Body{env.From}, Kind: parley.KindReceipt, Precedence: parley.Routine,
			Nonce: parley.Nonce(nonce[:16]), Content: &seal.Receipt{Says: seal.SaysHeld, About: []parley.MessageID{env.ID()}, Blobs: []parley.Hash{b.Hash}}}
		if _, err := l.send(ctx, m); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		told = true
		if err := l.node.db.Update(ctx, func(tx *sqldb.Tx) error { return tx.SetBlob(b.Origin, b.Hash, sqldb.BlobTold) }); err != nil {
			return told, err
		}
	}
	return told, failed
}

// File opens an attachment of a message, decrypted; number counts from 0. The
// caller closes it. What it reads is to be believed only at io.EOF. NotFound
// while it is not here whole.
func (n *Node) File(ctx context.Context, message string, number int) (seal.Attachment, io.ReadCloser, error) {
	m, err := n.Message(ctx, message)
	if err != nil {
		return seal.Attachment{}, nil, err
	}
	if number < 0 || number >= len(m.Files) {
		return seal.Attachment{}, nil, parley.E(parley.NotFound, "%s has %d attachments", m.Short, len(m.Files))
	}
	l, ok := n.LineOf(m.ref.Origin)
	if !ok {
		return seal.Attachment{}, nil, parley.E(parley.NotFound, "no journal %s here", m.ref.Origin)
	}
	f, err := n.blobs.Open(m.ref.Origin, m.env.Blobs[number].Hash)
	if err != nil {
		return seal.Attachment{}, nil, err
	}
	r, _, err := seal.OpenBlob(f, m.Files[number], l.ourIdentities(append([]parley.Body{m.From}, m.To...)...)...)
	if err != nil {
		f.Close()
		return seal.Attachment{}, nil, err
	}
	return m.Files[number], readCloser{r, f}, nil
}

type readCloser struct {
	io.Reader
	io.Closer
}
