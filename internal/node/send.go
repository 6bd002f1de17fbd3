package node

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"io"
	"iter"
	"mime"
	"os"
	"path/filepath"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// File is an attachment to be: a path on this machine, or a stream with a name.
type File struct {
	Path string    `json:"path,omitempty"`
	Name string    `json:"name,omitempty"` // shown to the reader; empty: the path's last part
	Body io.Reader `json:"-"`              // read instead of Path where set
}

// Outbound is a message before it is sealed. Kind, content and thread come from
// the use case; what is empty takes the agreement's or the home's default.
type Outbound struct {
	From       parley.Body
	To         []parley.Body
	Nonce      parley.Nonce // zero: a new one
	Kind       parley.Kind
	Step       string // of a kind with steps: assistance, refuse, early
	Precedence parley.Precedence
	Thread     parley.MessageID
	Answers    parley.MessageID
	Clock, Due string // the promise that starts here and its deadline, where it is known; FACTS-6
	Marking    string
	Languages  []string
	Exercise   bool
	Content    seal.Content
	Raw        json.RawMessage // instead of Content, for the kinds that package agreement reads
	Files      []File
	Stream     iter.Seq2[File, error] // more files, each good until the next is asked for; may be nil
	Now        bool                   // no hold-back
}

// send is the one way out: may this body say this to them, with this marking?
// Then the attachments are sealed, the message is sealed, and the outbox makes it
// durable. What it returns says where the message stands; its place in the
// journal exists once it is sequenced.
func (l *Line) send(ctx context.Context, m Outbound) (Held, error) {
	p, err := l.pack(ctx, m)
	if err != nil {
		return Held{}, err
	}
	return p.send(ctx)
}

// parcel is a message that may be sent: checked and sealed, or sent before.
type parcel struct {
	line   *Line
	queued queued
	sent   *Held // under the same body and nonce
}

// pack checks and seals a message, and finds whether it was sent before.
func (l *Line) pack(ctx context.Context, m Outbound) (p parcel, err error) {
	p.line = l
	if m.From, err = l.speaker(m.From); err != nil {
		return p, err
	}
	if !m.Nonce.IsZero() {
		h, now, ok, err := l.sent(ctx, m)
		if ok || err != nil {
			p.sent = &h
			return p, err
		}
		m.Nonce = now
	}
	p.queued, err = l.prepare(ctx, m)
	return p, err
}

// send gives a parcel its place, or puts it into the outbox.
func (p parcel) send(ctx context.Context) (Held, error) {
	if p.sent != nil {
		return *p.sent, nil
	}
	return p.line.say(ctx, p.queued)
}

// sendNew is send of what was not sent before.
func (l *Line) sendNew(ctx context.Context, m Outbound) (Held, error) {
	q, err := l.prepare(ctx, m)
	if err != nil {
		return Held{}, err
	}
	return l.say(ctx, q)
}

// say makes a sealed message durable: in the journal where it may go there at once, else
// in the outbox.
func (l *Line) say(ctx context.Context, q queued) (Held, error) {
	if l.sayAtOnce(ctx, q) > 0 {
		return held(q.row, q.message, l.node.now()), nil
	}
	return l.enqueue(ctx, q)
}

// prepare checks and seals a message and makes its row for the outbox. Safe for
// concurrent use; nothing is durable yet but its attachments.
func (l *Line) prepare(ctx context.Context, m Outbound) (queued, error) {
	if m.Nonce.IsZero() {
		rand.Read(m.Nonce[:])
	}
	state, hold, err := l.may(&m)
	if err != nil {
		return queued{}, err
	}
	recipients, err := l.recipients(m.From, m.To)
	if err != nil {
		return queued{}, err
	}
	content := m.Raw
	if m.Content != nil {
		if content, err = seal.FormatContent(m.Content); err != nil {
			return queued{}, err
		}
	}
	draft := seal.Draft{Journal: l.origin(), Agreement: l.id, From: m.From, To: m.To, Nonce: m.Nonce}
	msg := seal.Message{Kind: m.Kind, Version: 1, Step: m.Step, Thread: m.Thread, Answers: m.Answers, Precedence: m.Precedence,
		Clock: m.Clock, Due: m.Due, Exercise: m.Exercise, Marking: m.Marking, Languages: m.Languages, Content: content}
	if err := l.attach(ctx, &m, recipients, &draft, &msg); err != nil {
		return queued{}, err
	}
	return l.sealed(draft, msg, recipients, state, hold)
}

// sealed seals a message for its journal and makes its row for the outbox.
func (l *Line) sealed(d seal.Draft, m seal.Message, recipients []seal.Recipient, state string, hold time.Time) (queued, error) {
	var r *seal.Ready
	var err error
	if seal.InClear(m.Kind) {
		r, err = seal.Clear(rand.Reader, d, m)
	} else {
		r, err = seal.Seal(rand.Reader, d, m, recipients)
	}
	if err != nil {
		return queued{}, err
	}
	o := &outgoing{Agreement: l.id, Kind: m.Kind, Precedence: m.Precedence, From: d.From, To: d.To, Thread: m.Thread,
		Answers: m.Answers, Lines: r.Lines, Part: r.Sealed, Clear: r.Clear, Facts: r.Facts}
	return l.queue(d.Journal, d.Nonce, o, r, state, hold), nil
}

// speaker is the body that speaks where a message names none: the first of ours.
func (l *Line) speaker(from parley.Body) (parley.Body, error) {
	if err := l.writable(); err != nil || from != "" {
		return from, err
	}
	a, err := l.text()
	if err != nil {
		return "", err
	}
	p, ok := a.Party(l.us)
	if !ok {
		return "", parley.E(parley.Forbidden, "%s is no party of the text in force", l.us)
	}
	return p.Bodies[0].Name, nil
}

// may checks the message against the agreement and fills in defaults.
func (l *Line) may(m *Outbound) (state string, hold time.Time, err error) {
	if state, hold, err = l.permitted(m); err != nil {
		return "", hold, err
	}
	if err := l.node.room(m.Precedence); err != nil && m.Kind != parley.KindErased && !isLaw(m.Kind) { // that makes room; and a line that cannot say its keys is none
		return "", hold, err
	}
	return state, hold, nil
}

// permitted is may without the disk: for what was accepted before, and is neither lost
// nor refused again.
func (l *Line) permitted(m *Outbound) (state string, hold time.Time, err error) {
	if err := l.writable(); err != nil {
		return "", hold, err
	}
	a, err := l.text()
	if err != nil {
		return "", hold, err
	}
	if err := l.passes(a, m.Kind); err != nil {
		return "", hold, err
	}
	if m.From, err = l.speaker(m.From); err != nil {
		return "", hold, err
	}
	if b, ok := a.Body(m.From); !ok || b.Name.Party() != l.us {
		return "", hold, parley.E(parley.Forbidden, "%s is not a body of ours under this agreement", m.From)
	}
	for _, to := range m.To {
		if _, ok := a.Body(to); !ok {
			return "", hold, parley.E(parley.Invalid, "%s is no body of this agreement", to).
				WithHint("it names: %s", strings.Join(l.bodies(a), ", "))
		}
		if !a.Accepts(to.Party(), m.Kind, 1) {
			return "", hold, parley.E(parley.Forbidden, "%s does not accept messages of kind %s under this agreement", to.Party(), m.Kind)
		}
	}
	if len(m.To) == 0 && !seal.InClear(m.Kind) {
		return "", hold, parley.E(parley.Invalid, "no addressee").WithHint("it names: %s", strings.Join(l.bodies(a), ", "))
	}
	if m.Precedence == "" {
		m.Precedence = parley.Routine
	}
	if m.Marking == "" {
		m.Marking = a.Handling.Default
	}
	if !a.HasMarking(m.Marking) {
		return "", hold, parley.E(parley.Invalid, "marking %q: want a TLP 2.0 or PAP label, or one that the agreement adds", m.Marking)
	}
	if len(m.Languages) == 0 {
		p, _ := a.Party(l.us)
		m.Languages = p.Languages[:min(1, len(p.Languages))]
	}
	now := l.node.now()
	if owed, mayFollow := a.NeedsReleaseBy(m.From, m.Kind, m.Precedence); owed && !mayFollow {
		return sqldb.Draft, now, nil
	}
	held := seal.RunsTheLine(m.Kind) || m.Precedence == parley.Flash || m.Now
	if held {
		return sqldb.Ready, now, nil
	}
	return sqldb.Ready, now.Add(max(a.HoldBack(), l.node.holdBack)), nil
}

// sent finds a message of the same body and nonce: in the outbox, or in a journal of
// ours, also one that was closed since. now is the nonce that it has now: another one
// where what stands in the journal is lost. ENTRY-7, ENTRY-32, SUCCESSION-6
func (l *Line) sent(ctx context.Context, m Outbound) (h Held, now parley.Nonce, ok bool, err error) {
	var rows []sqldb.Outgoing
	err = l.node.db.View(ctx, func(tx *sqldb.Tx) error {
		var names []parley.Nonce
		if names, _, ok, err = l.said(tx, m.From, m.Nonce); err != nil {
			return err
		}
		for _, now = range names {
			waiting, err := tx.Outgoing(now)
			if err != nil {
				return err
			}
			rows = append(rows, waiting...)
		}
		return nil
	})
	if err != nil {
		return h, now, false, err
	}
	for _, row := range rows {
		if _, ours := l.wrote(row.Origin); !ours || row.Body != m.From {
			continue
		}
		o, err := decodeOutgoing(row.Payload)
		if err != nil {
			return h, now, false, err
		}
		return held(row, o, l.node.now()), now, true, nil
	}
	return Held{Nonce: now, State: "sequenced", Kind: m.Kind, Precedence: m.Precedence, From: m.From, To: m.To}, now, ok, nil
}

// recipients are the age recipients of the addressees and of the sending body,
// so that a node can rebuild from its own journal. ENTRY-22
func (l *Line) recipients(from parley.Body, to []parley.Body) ([]seal.Recipient, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	list := make([]seal.Recipient, 0, len(to)+1)
	for _, b := range append(append([]parley.Body{}, to...), from) {
		text, err := l.chain.Recipient(b)
		if err != nil {
			return nil, err
		}
		r, ok := l.sealsTo.Load(text)
		if !ok {
			if r, err = seal.ParseRecipient(text); err != nil {
				return nil, err
			}
			l.sealsTo.Store(text, r)
		}
		list = append(list, r.(seal.Recipient))
	}
	return list, nil
}

// attach seals the files as blobs of the message.
func (l *Line) attach(ctx context.Context, out *Outbound, recipients []seal.Recipient, d *seal.Draft, m *seal.Message) error {
	a, err := l.text()
	if err != nil {
		return err
	}
	most := int(a.Traffic.Limits.BlobsPerEntry)
	tooMany := func(n int) error { // AGREEMENT-18
		return parley.E(parley.Invalid, "%d attachments: the agreement lets one message have %d", n, most)
	}
	one := func(f File) error {
		if len(d.Blobs) == most {
			return tooMany(most + 1)
		}
		line, att, err := l.attachOne(ctx, d.Journal, f, recipients)
		if err != nil {
			return err
		}
		d.Blobs = append(d.Blobs, line)
		m.Blobs = append(m.Blobs, att)
		return nil
	}
	if len(out.Files) > most {
		return tooMany(len(out.Files))
	}
	for _, f := range out.Files {
		if err := one(f); err != nil {
			return err
		}
	}
	if out.Stream == nil {
		return nil
	}
	for f, err := range out.Stream {
		if err == nil {
			err = one(f)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (l *Line) attachOne(ctx context.Context, origin parley.Origin, f File, recipients []seal.Recipient) (seal.BlobLine, seal.Attachment, error) {
	if err := l.node.roomForBlobs(); err != nil {
		return seal.BlobLine{}, seal.Attachment{}, err
	}
	name := f.Name
	if name == "" {
		name = filepath.Base(f.Path)
	}
	most, err := l.blobBound()
	if err != nil {
		return seal.BlobLine{}, seal.Attachment{}, err
	}
	r := f.Body
	if r == nil {
		file, err := openRegular(f.Path, most)
		if err != nil {
			return seal.BlobLine{}, seal.Attachment{}, err
		}
		defer file.Close()
		r = file
	}
	w, err := l.node.blobs.Create(origin)
	if err != nil {
		return seal.BlobLine{}, seal.Attachment{}, err
	}
	defer w.Abort() // nothing after Commit
	b, err := seal.SealBlob(w, recipients)
	if err != nil {
		return seal.BlobLine{}, seal.Attachment{}, err
	}
	if n, err := io.Copy(b, readerContext{ctx, io.LimitReader(r, most+1)}); err != nil {
		return seal.BlobLine{}, seal.Attachment{}, err
	} else if n > most {
		return seal.BlobLine{}, seal.Attachment{}, tooLarge(name, n, most, true)
	}
	if err := b.Close(); err != nil {
		return seal.BlobLine{}, seal.Attachment{}, err
	}
	line := b.Line()
	if err := w.Commit(line.Hash); err != nil {
		return seal.BlobLine{}, seal.Attachment{}, err
	}
	return line, b.Attachment(name, mime.TypeByExtension(filepath.Ext(name))), nil
}

// blobBound is how many octets one attachment may have: AGREEMENT-18, ENTRY-23.
func (l *Line) blobBound() (int64, error) {
	a, err := l.text()
	if err != nil {
		return 0, err
	}
	return int64(min(a.Traffic.Limits.BlobBytes, parley.MaxBlob)), nil
}

// openRegular opens a file to attach: a pipe or a device would be waited for, perhaps
// for ever.
func openRegular(path string, most int64) (*os.File, error) {
	i, err := os.Stat(path)
	if err != nil {
		return nil, parley.E(parley.Invalid, "cannot read %s: %w", path, err)
	}
	if !i.Mode().IsRegular() {
		return nil, parley.E(parley.Invalid, "%s is no regular file: want one", path).WithHint("write what comes out of it to a file first")
	}
	if i.Size() > most {
		return nil, tooLarge(path, i.Size(), most, false)
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, parley.E(parley.Invalid, "cannot read %s: %w", path, err)
	}
	return file, nil
}

func tooLarge(name string, size, most int64, more bool) error {
	least := ""
	if more {
		least = "at least "
	}
	return parley.E(parley.Invalid, "%s has %s%d octets: the agreement lets one attachment have %d", name, least, size, most).WithHint("split it, or send where it can be fetched")
}

// readerContext ends a long read when the caller goes away.
type readerContext struct {
	ctx context.Context
	r   io.Reader
}

func (r readerContext) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
