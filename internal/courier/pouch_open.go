package courier

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Inbox is where the contents of a pouch go: the same contracts that the wire
// writes into. It is of one agreement and one sender.
type Inbox interface {
	// Journal finds our mirror of a journal of the sender, and the journal's keys.
	Journal(o parley.Origin) (m Mirror, log []proof.Key, ok bool)
	// Holds says which parts are ours to keep.
	Holds(index uint64, e *seal.Envelope) bool
	// Blobs takes attachments of a journal of the sender.
	Blobs(o parley.Origin) (peer.Blobs, bool)
	// Returner takes the sender's cosignatures on a journal of ours.
	Returner(o parley.Origin) (peer.Returner, bool)
	// Held takes what the sender shows as our own mirror's cosignature on its journal.
	Held(ctx context.Context, o parley.Origin, note []byte) error
	// Nothing is told that the sender holds nothing of a journal of ours, or that none
	// of our cosignatures on its own came back. It counts only where the header's
	// signature holds.
	Nothing(ctx context.Context, o parley.Origin) error
	// Asked is told that the sender waits to hear what it signed last: the next pouch
	// back says it.
	Asked(ctx context.Context) error
	// Succeed takes a note that closes a journal of the sender; again, it changes nothing.
	Succeed(ctx context.Context, note []byte) error
}

// OpenedPouch says what one volume brought.
type OpenedPouch struct {
	PouchHeader
	Entries int     // new ones
	Parts   int     // stored, also again
	Returns int     // notes with cosignatures on journals of ours
	Blobs   int     // ranges that were new
	Size    uint64  // that our mirror has cosigned of the sender's journal
	Volumes int     // of the pouch; 0 where this is not its last volume
	Waits   string  // why something was left for another volume or pouch; "" where nothing was
	Refused []error // what is wrong with records of it: at most 16
}

// OpenPouch opens one volume and gives what is in it to the inbox that the header
// names. It may be repeated, interrupted, and come in any order. What is refused
// does not stop the rest.
//
// Errors: NotFound where it is sealed to nobody here; Invalid where it is damaged
// or cut off (what came before is kept); those of inbox. POUCH-8, POUCH-9
func OpenPouch(ctx context.Context, r io.Reader, identities []age.Identity, inbox func(PouchHeader) (Inbox, error)) (OpenedPouch, error) {
	o := &opener{ctx: ctx}
	plain, err := age.Decrypt(r, identities...)
	var nobody *age.NoIdentityMatchError
	if errors.As(err, &nobody) {
		return o.out, parley.E(parley.NotFound, "this pouch is sealed to nobody here").WithHint("it is for another party, or for an age identity that was destroyed: ask for a new one")
	}
	if err != nil {
		return o.out, damaged("this is no pouch, or it is damaged", err)
	}
	o.r = bufio.NewReaderSize(plain, 64<<10)
	if o.out.PouchHeader, err = readHeader(o.r); err != nil {
		return o.out, err
	}
	if o.inbox, err = inbox(o.out.PouchHeader); err != nil {
		return o.out, err
	}
	return o.out, o.run()
}

// damaged says what a person can do; what age found is for the log.
func damaged(what string, err error) error {
	return &parley.Error{Kind: parley.Invalid, Msg: what, Hint: "copy it from the medium once more; if that does not help ask for another: it holds the same and more", Err: err}
}

type opener struct {
	ctx   context.Context
	r     *bufio.Reader
	inbox Inbox
	out   OpenedPouch
	ahead *record // read, and not yet taken
}

func (o *opener) next() (record, error) {
	if o.ahead != nil {
		r := *o.ahead
		o.ahead = nil
		return r, nil
	}
	if err := o.ctx.Err(); err != nil {
		return record{}, parley.E(parley.Unavailable, "interrupted: %w", err)
	}
	r, err := readRecord(o.r)
	if err != nil && err != io.EOF && parley.KindOf(err) == parley.Internal {
		err = damaged("the pouch is damaged or cut off: what stood before that is taken", err)
	}
	return r, err
}

func (o *opener) run() error {
	for {
		r, err := o.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		switch r.kind {
		case recReturn:
			err = o.returned(r.body)
		case recHeld:
			var origin parley.Origin
			if origin, err = peer.NoteOrigin(r.body); err == nil {
				err = o.inbox.Held(o.ctx, origin, r.body)
			}
		case recNothing:
			var origin parley.Origin
			if origin, err = parley.ParseOrigin(string(r.body)); err == nil {
				err = o.inbox.Nothing(o.ctx, origin)
			}
		case recSuccession:
			err = o.inbox.Succeed(o.ctx, r.body)
		case recAsk:
			err = o.inbox.Asked(o.ctx)
		case recCheckpoint:
			err = o.journal(r.body)
		case recBlob:
			err = o.blob(r.body)
		case recEnd:
			if len(r.body) == 4 {
				o.out.Volumes = int(binary.BigEndian.Uint32(r.body))
			}
		case recConsistency, recPackage, recPart:
			// Of a journal section that was refused, or not needed: passed over.
		default:
			err = parley.E(parley.Invalid, "pouch: a record of kind %d: want 1 to 11", r.kind)
		}
		if err := o.refuse(err); err != nil {
			return err
		}
	}
}

// refuse keeps an error that is about one record, and returns one that ends the volume.
func (o *opener) refuse(err error) error {
	var ends *endsVolume
	switch {
	case err == nil:
		return nil
	case errors.As(err, &ends):
		return ends.err
	}
	var missing *mirror.Missing
	var other *mirror.InfoConflict
	switch {
	case errors.As(err, &missing), errors.As(err, &other):
		o.out.Waits = err.Error()
	case parley.KindOf(err) == parley.Unavailable || parley.KindOf(err) == parley.Internal:
		return err // full disk, limits: the same volume again later
	default:
		o.out.refuse(err)
	}
	return nil
}

// refuse keeps the first few: a volume may hold millions of refused records.
func (o *OpenedPouch) refuse(err error) {
	if len(o.Refused) < 16 {
		o.Refused = append(o.Refused, err)
	}
}

// endsVolume is an error in reading, met inside a call of the mirror.
type endsVolume struct{ err error }

func (e *endsVolume) Error() string { return e.err.Error() }
func (e *endsVolume) Unwrap() error { return e.err }

func (o *opener) returned(note []byte) error {
	origin, err := peer.NoteOrigin(note)
	if err != nil {
		return err
	}
	to, ok := o.inbox.Returner(origin)
	if !ok {
		return parley.E(parley.NotFound, "pouch: cosignatures on %s, which is no journal of ours here", origin)
	}
	if err := to.Return(o.ctx, note); err != nil {
		return err
	}
	o.out.Returns++
	return nil
}

// journal takes a checkpoint and the proofs, packages and parts that follow it.
func (o *opener) journal(note []byte) error {
	origin, err := peer.NoteOrigin(note)
	if err != nil {
		return err
	}
	m, log, ok := o.inbox.Journal(origin)
	if !ok {
		return parley.E(parley.NotFound, "pouch: no journal %s here", origin)
	}
	cp, err := proof.OpenCheckpoint(note, log...)
	if err != nil {
		return err
	}
	st, err := m.Status(o.ctx)
	if err != nil {
		return err
	}
	o.out.Size = st.Size
	if cp.Size <= st.Size {
		return nil // a duplicate: what follows is passed over
	}
	if err := o.checkpoint(m, cp, st.Pending); err != nil {
		return err
	}
	s := &section{opener: o, mirror: m, cp: cp, size: st.Size, next: st.Next}
	if err := s.take(); err != nil {
		return err
	}
	o.out.Size = cp.Size
	if st, err := m.Status(o.ctx); err == nil {
		o.out.Size = st.Size
	}
	return nil
}

// checkpoint moves the mirror's pending checkpoint with the proof that begins
// where it stands. POUCH-7
func (o *opener) checkpoint(m Mirror, cp proof.Checkpoint, pending uint64) error {
	var fits []tlog.Hash
	found := false
	for {
		r, err := o.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return &endsVolume{err}
		}
		if r.kind != recConsistency {
			o.ahead = &r
			break
		}
		old, path, err := parseConsistency(r.body)
		if err != nil {
			return err
		}
		if old == pending {
			fits, found = path, true
		}
	}
	switch {
	case cp.Size <= pending:
		return nil // known already; the entries may still be wanted
	case !found:
		return &mirror.InfoConflict{Info: mirror.Info{Size: pending, Next: pending}}
	}
	return m.AddCheckpoint(o.ctx, pending, fits, cp.Note)
}

// section is the packages of one checkpoint in one volume.
type section struct {
	*opener
	mirror Mirror
	cp     proof.Checkpoint
	size   uint64 // that the mirror has cosigned
	next   uint64 // the first entry that it lacks
}

// take gives the packages to the mirror, beginning with the one that it lacks.
func (s *section) take() error {
	for {
		from, p, err := s.pack()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		if from+uint64(len(p.Entries)) <= s.next {
			continue // held already; its parts were stored
		}
		return s.upload(from, p)
	}
	if s.next < s.cp.Size {
		return &mirror.InfoConflict{Info: mirror.Info{Size: s.cp.Size, Next: s.next}}
	}
	_, err := s.mirror.AddEntries(s.ctx, s.cp.Size, s.cp.Size, nil, func() (mirror.Package, error) { return mirror.Package{}, io.EOF })
	return err
}

func (s *section) upload(from uint64, first mirror.Package) error {
	at := from
	var own error // of reading; the mirror keeps what came before it
	res, err := s.mirror.AddEntries(s.ctx, from, s.cp.Size, nil, func() (mirror.Package, error) {
		p := first
		if at != from {
			var start uint64
			if start, p, own = s.pack(); own == nil && start != at {
				own = parley.E(parley.Invalid, "pouch: a package from %d: want one from %d", start, at)
			}
			if own != nil {
				return p, own
			}
		}
		at += uint64(len(p.Entries))
		return p, nil
	})
	s.out.Entries += int(at - max(from, s.next))
	if own != nil && own != io.EOF {
		return own
	}
	if err != nil {
		return err
	}
	if res.Info != nil {
		s.out.Waits = (&mirror.InfoConflict{Info: *res.Info}).Error()
	}
	return nil
}

// pack reads the next package, proves it, and stores the parts that follow it;
// io.EOF where the section ends. Packages in a pouch begin at multiples of 256, so
// that each proves itself; a part that no proven entry names is not stored. POUCH-6
func (s *section) pack() (from uint64, p mirror.Package, err error) {
	r, err := s.opener.next()
	if err == io.EOF {
		return 0, p, err
	}
	if err != nil {
		return 0, p, &endsVolume{err}
	}
	if r.kind != recPackage {
		s.ahead = &r
		return 0, p, io.EOF
	}
	if from, p, err = parsePackage(s.cp, r.body); err != nil {
		return 0, p, err
	}
	leaves := make([]tlog.Hash, len(p.Entries))
	named := map[parley.Hash]bool{} // true: to be kept
	for i, raw := range p.Entries {
		leaves[i] = tlog.RecordHash(raw)
		// What our mirror has cosigned it has held; erased parts do not come back.
		if e, err := seal.ParseEntry(raw); err == nil && s.inbox.Holds(from+uint64(i), &e) {
			named[e.Part] = named[e.Part] || from+uint64(i) >= s.size
		}
	}
	end := from + uint64(len(p.Entries))
	if err := proof.CheckSubtree(p.Proof, from, end, proof.SubtreeHash(leaves), s.cp.Size, s.cp.Root); err != nil {
		return 0, p, err
	}
	return from, p, s.parts(named)
}

func parsePackage(cp proof.Checkpoint, b []byte) (from uint64, p mirror.Package, err error) {
	if len(b) < 8 {
		return 0, p, parley.E(parley.Invalid, "pouch: truncated within a package")
	}
	from = binary.BigEndian.Uint64(b)
	if from >= cp.Size || from%entriesOfBundle != 0 {
		return 0, p, parley.E(parley.Invalid, "pouch: a package from %d: want a multiple of 256 below %d", from, cp.Size)
	}
	_, to := peer.PackageRange(from, cp.Size)
	r := peer.Packages(peer.EntriesHeader{Origin: cp.Origin, Start: from, End: to}, bytes.NewReader(b[8:]))
	if p, err = r.Next(); err == nil {
		if _, err = r.Next(); err == io.EOF {
			return from, p, nil
		}
	}
	if err == io.EOF {
		err = parley.E(parley.Invalid, "pouch: an empty package")
	}
	return 0, p, err
}

func (s *section) parts(named map[parley.Hash]bool) error {
	for {
		r, err := s.opener.next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return &endsVolume{err}
		}
		if r.kind != recPart {
			s.ahead = &r
			return nil
		}
		h := parley.Sum(r.body)
		keep, proven := named[h]
		if !proven {
			s.out.refuse(parley.E(parley.Untrusted, "pouch: a part that no entry for us names"))
		}
		if !keep {
			continue
		}
		if err := s.mirror.PutPart(s.ctx, h, r.body); err != nil {
			return err
		}
		s.out.Parts++
	}
}

func (o *opener) blob(body []byte) error {
	b, err := parseBlobRange(body)
	if err != nil {
		return err
	}
	to, ok := o.inbox.Blobs(b.origin)
	if !ok {
		return parley.E(parley.NotFound, "pouch: no journal %s here", b.origin)
	}
	st, err := to.State(o.ctx, b.hash)
	if err != nil {
		if parley.KindOf(err) == parley.NotFound {
			o.out.Waits = "a blob whose entry has not come yet"
			return nil
		}
		return err
	}
	switch {
	case st.Size != b.size:
		return parley.E(parley.Untrusted, "pouch: blob %s of %d octets: its entry says %d", b.hash, b.size, st.Size)
	case b.offset > st.Held:
		o.out.Waits = "a blob whose beginning has not come yet"
		return nil
	case b.offset+int64(len(b.octets)) <= st.Held:
		return nil
	}
	if _, err := to.Write(o.ctx, b.hash, st.Held, bytes.NewReader(b.octets[st.Held-b.offset:])); err != nil {
		return err
	}
	o.out.Blobs++
	return nil
}
