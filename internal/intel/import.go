package intel

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"sync/atomic"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// Formats of an import and of an export.
const (
	Detect = ""     // look at the first octets
	STIX   = "stix" // 2.1, and 2.0, which is upgraded
	MISP   = "misp" // an event, a list of events, or a file of a feed
	CSAF   = "csaf" // 2.0 and 2.1; import only
	CSV    = "csv"
	List   = "list" // a value on each line
)

// ImportOptions say how an import reads, and what holds for all that it brings.
type ImportOptions struct {
	Format   string
	Name     string       // of the file, feed or client, for people
	Source   Source       // Own with a Name; zero: our own without one
	Marking  stix.TLP     // at least this, for each object; Unmarked: what each says
	Labels   []string     // found by these too; the octets stay as they are
	Progress func(Report) // called now and then with the counts so far; may be nil
	DryRun   bool         // say what stands in it, and take nothing
	Limits   stix.Limits  // the zero one: the defaults
	Lazily   bool         // it is durable with the next commit of who imports, who would bring it again
}

// Arrival says which message brought what is imported.
type Arrival struct {
	Entry parley.Ref
	From  parley.Body // its author; for what we send, the body of ours
	Proof string      // as Held.Proof
	Place int         // of the attachment in the message
	More  bool        // it goes to others too: it is not taken in whole yet
}

// A batch is what one transaction takes.
const (
	batchObjects = 8192
	batchOctets  = 12 << 20
)

// Import takes a stream of any size into a source. One bad object never costs the
// good ones: the report says of each what became of it. The error is of the stream or
// the database; what was taken before it stays, and Report says how much.
func (s *Store) Import(ctx context.Context, r io.Reader, o ImportOptions) (Report, error) {
	return s.bring(ctx, r, o, Arrival{})
}

// Receive is Import for an attachment of a message. An attachment that was taken in
// before is left alone, whole or not: known then is true, and nothing is read.
func (s *Store) Receive(ctx context.Context, r io.Reader, o ImportOptions, a Arrival) (report Report, known bool, err error) {
	err = s.db.View(ctx, func(tx *sqldb.Tx) (err error) {
		known, err = tx.IntelTaken(a.Entry, a.Place)
		return err
	})
	if err != nil || known {
		return Report{}, known, err
	}
	report, err = s.bring(ctx, r, o, a)
	return report, false, err
}

func (s *Store) bring(ctx context.Context, r io.Reader, o ImportOptions, a Arrival) (Report, error) {
	if len(o.Labels) > 64 || len(strings.Join(o.Labels, "")) > 8192 || strings.ContainsAny(strings.Join(o.Labels, ""), "\r\n") {
		return Report{}, parley.E(parley.Invalid, "labels: want at most 64, each on one line")
	}
	if o.Source.Direction == "" {
		o.Source.Direction = Own
	}
	src, err := s.SourceFor(ctx, o.Source)
	if err != nil {
		return Report{}, err
	}
	octets := &counter{r: r}
	read, format, err := s.open(ctx, octets, o, src.N)
	if err != nil {
		return Report{Name: o.Name, Format: format}, err
	}
	defer read.close() // run has ended
	o.Format = format
	in, err := s.begin(ctx, src, o, a)
	if err != nil {
		return in.report, err
	}
	in.read, in.octets = read.next, octets
	err = in.run(ctx)
	in.report.Octets, in.report.Took = octets.n.Load(), s.now().Sub(in.lot.Begun)
	if err == nil && !o.DryRun {
		err = s.endLot(ctx, in, a)
	}
	return in.report, err
}

// begin opens the lot of what comes into a source at one time.
func (s *Store) begin(ctx context.Context, src Source, o ImportOptions, a Arrival) (*importer, error) {
	from := string(a.From)
	if from == "" {
		from = o.Name
	}
	l := &lot{labels: o.Labels, lazily: o.Lazily || a.Entry.Origin != "", IntelLot: sqldb.IntelLot{Source: src.N, Entry: a.Entry, Sender: from, Proof: a.Proof, TLP: int(o.Marking),
		Labels: strings.Join(o.Labels, "\n"), Format: o.Format, Begun: s.now()}}
	in := &importer{store: s, lot: l, opts: o, report: Report{Name: o.Name, Format: o.Format}}
	if o.DryRun {
		return in, nil
	}
	// Without an object the lot is nothing: the first of these makes it durable.
	return in, s.db.UpdateLazily(ctx, func(tx *sqldb.Tx) (err error) { l.N, err = tx.AddIntelLot(l.IntelLot); return err })
}

// endLot stores that a lot is whole.
func (s *Store) endLot(ctx context.Context, in *importer, a Arrival) error {
	counts := in.report
	counts.Lines = nil
	text, err := json.Marshal(counts)
	if err != nil {
		return parley.E(parley.Internal, "report: %w", err)
	}
	update := s.db.Update
	if in.opts.Lazily {
		update = s.db.UpdateLazily
	}
	return update(ctx, func(tx *sqldb.Tx) error {
		if err := tx.EndIntelLot(in.lot.N, text, encodeNumbers(in.lot.known)); err != nil || a.Entry.Origin == "" || a.More {
			return err
		}
		return tx.SetIntelArrival(a.Entry, a.Place, in.lot.N, "")
	})
}

// piece is one element of what is imported: objects that were made of it, or why there
// are none.
type piece struct {
	path    string
	raw     []byte         // as it came; nil where it is too large to be kept
	id      string         // as far as it is known
	version time.Time      // as far as it is known, of STIX
	objects []*stix.Object // one, or several where it was upgraded or mapped
	changed string         // how they differ from what came; empty: not at all
	listed  bool           // it is a value of a table or a list
	keep    bool           // raw is kept beside the object that has its id
	fault   *stix.Fault    // why it is not taken
	notes   []Line         // what else is to be said of it
	last    bool           // nothing can be read behind it, and more should be there
}

// importer is one import: a goroutine of its own reads and parses while another batch
// is written. run waits for it.
type importer struct {
	store  *Store
	lot    *lot
	opts   ImportOptions
	read   func() (piece, error) // io.EOF at the end
	octets *counter
	report Report

	markings  *markings
	waiting   []*item // for a marking that may still come
	waitingOn int     // octets of these

	items []item // to be used
	terms []term // of the last items; what is left behind them
}

type batch struct {
	items  []*item
	copies []uint64 // instead of items: the objects of the store to make them of
	faults []piece
	notes  []Line
	broken bool // nothing can be read behind it, and more should be there
	octets int
	err    error // of the stream; the last batch has it
}

func (in *importer) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	batches := make(chan *batch, 1) // closed by the reading goroutine
	defer func() {
		stop()
		for range batches { // until it has ended
		}
	}()
	in.markings = newMarkings(ctx, in.store, in.lot.Source)
	go func() {
		defer close(batches)
		for {
			b := in.next(ctx)
			last := b.err != nil
			select {
			case batches <- b:
			case <-ctx.Done():
				return
			}
			if last {
				return
			}
		}
	}()
	for b := range batches {
		if err := in.take(ctx, b); err != nil {
			return err
		}
		if in.opts.Progress != nil {
			now := in.report
			now.Octets = in.octets.n.Load()
			in.opts.Progress(now)
		}
		if b.err != nil && !errors.Is(b.err, io.EOF) {
			return b.err
		}
	}
	return ctx.Err()
}

// next reads the next batch.
func (in *importer) next(ctx context.Context) *batch {
	b := &batch{}
	for b.octets < batchOctets && len(b.items)+len(b.faults)+len(b.notes) < batchObjects {
		if b.err = ctx.Err(); b.err != nil {
			return b
		}
		p, err := in.read()
		if err != nil {
			b.err = err
			in.rest(b)
			return b
		}
		b.octets += len(p.raw)
		b.notes = append(b.notes, p.notes...)
		b.broken = b.broken || p.last
		if p.fault != nil {
			b.faults = append(b.faults, p)
			continue
		}
		for _, o := range p.objects {
			if p.changed != "" {
				b.octets += len(o.Raw)
			}
			in.place(b, in.item(o, p))
		}
	}
	return b
}

// item makes one of an object; they and their terms are allocated many at a time.
func (in *importer) item(o *stix.Object, p piece) *item {
	if len(in.items) == 0 {
		in.items = make([]item, packObjects)
	}
	it := &in.items[0]
	in.items = in.items[1:]
	it.object, it.path, it.changed, it.listed = o, p.path, p.changed != "", p.listed
	if p.keep && o.ID == p.id {
		it.came = p.raw
	}
	return it
}

// maxWaiting bounds the octets of objects that wait for the definition of their marking.
const maxWaiting = 32 << 20

// place puts an object into the batch, once it is known how it is marked.
func (in *importer) place(b *batch, it *item) {
	o := it.object
	in.markings.learn(o)
	m := o.Marking
	if len(o.MarkingRefs)+len(o.Granular) > 0 {
		m = in.markings.resolve(o)
		if len(m.Others) > 0 && in.waitingOn < maxWaiting {
			in.waiting = append(in.waiting, it)
			in.waitingOn += len(o.Raw)
			return
		}
	}
	in.finish(b, it, m)
}

func (in *importer) finish(b *batch, it *item, m stix.Marking) {
	tlp := max(m.Strictest(), in.opts.Marking)
	if tlp == stix.Unmarked && it.object.Type == "marking-definition" {
		tlp = stix.Clear // whoever gets what it marks must read it: OASIS STIX 2.1 §7.2
	}
	it.head = headOf(it.object, tlp)
	if it.came != nil {
		it.head.bits |= headWas20
	}
	if cap(in.terms)-len(in.terms) < packObjects {
		in.terms = make([]term, 0, 16*packObjects)
	}
	all := termsOf(in.terms, it.object, in.opts.Labels)
	it.terms, in.terms = all[len(in.terms):len(all):len(all)], all
	it.raw, it.object = it.object.Raw, nil
	b.items = append(b.items, it)
}

// rest finishes the objects whose marking nobody has defined: they are TLP:RED.
func (in *importer) rest(b *batch) {
	for _, it := range in.waiting {
		in.finish(b, it, in.markings.resolve(it.object))
	}
	in.waiting, in.waitingOn = nil, 0
}

// take writes a batch and reports on it.
func (in *importer) take(ctx context.Context, b *batch) error {
	keep := in.quarantine(b)
	if in.opts.DryRun {
		for _, it := range b.items {
			it.what = Taken
			if it.changed {
				it.what = Changed
			}
		}
	} else if len(b.items)+len(b.copies)+len(keep) > 0 {
		err := in.store.add(ctx, in.lot, b, func(tx *sqldb.Tx) error { return tx.AddIntelQuarantine(keep) })
		if err != nil {
			return err
		}
	}
	r := &in.report
	r.Broken = r.Broken || b.broken
	for _, l := range b.notes {
		if l.What == Refused {
			r.Objects, r.Refused = r.Objects+1, r.Refused+1
		}
		in.line(l)
	}
	for _, it := range b.items {
		r.Objects++
		switch it.what {
		case Taken:
			r.Taken++
		case Changed:
			r.Changed++
		case Known:
			r.Known++
			if it.other {
				in.line(otherWords(it.path, it.head.id))
			}
		case Contested:
			r.Contested++
			in.line(Line{Path: it.path, ID: it.head.id, What: Contested, Rule: "version", Reason: "another object claims to be this version and says something else: both are kept"})
		}
	}
	return nil
}

func (in *importer) line(l Line) {
	if len(in.report.Lines) < MaxLines {
		in.report.Lines = append(in.report.Lines, l)
	} else {
		in.report.More++
	}
}

// Bounds of what one lot puts into quarantine.
const (
	maxQuarantined    = 10_000
	maxQuarantinedRaw = 1 << 20
	maxQuarantinedAll = 64 << 20
)

// quarantine says of what could not be taken whether it is kept to be looked at.
func (in *importer) quarantine(b *batch) []sqldb.IntelQuarantine {
	var keep []sqldb.IntelQuarantine
	now := in.store.now()
	for _, p := range b.faults {
		in.report.Objects++
		l := Line{Path: p.path, ID: p.id, Version: p.version, Rule: p.fault.Rule, Reason: p.fault.Error(), What: Refused}
		if p.raw != nil && len(p.raw) <= maxQuarantinedRaw && in.lot.kept < maxQuarantined && in.lot.octets+len(p.raw) <= maxQuarantinedAll {
			in.lot.kept++
			in.lot.octets += len(p.raw)
			l.What = Quarantined
			in.report.Quarantined++
			keep = append(keep, sqldb.IntelQuarantine{Lot: in.lot.N, Path: p.path, Object: p.id, Rule: p.fault.Rule, Reason: p.fault.Error(), Kept: now, Raw: p.raw})
		} else {
			in.report.Refused++
		}
		in.line(l)
	}
	return keep
}

// counter counts the octets that were read.
type counter struct {
	r io.Reader
	n atomic.Int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}

// reading gives the pieces of a stream.
type reading struct {
	next  func() (piece, error) // io.EOF at the end
	close func()                // once, when no more is wanted
}

// open says what reads a stream of a format into a source.
func (s *Store) open(ctx context.Context, r *counter, o ImportOptions, source int64) (read reading, format string, err error) {
	in := bufio.NewReaderSize(r, 1<<16)
	if format = o.Format; format == Detect {
		if format, err = detect(in); err != nil {
			return read, format, err
		}
	}
	if format != STIX { // its reader unpacks by itself
		if in, err = gunzip(in, r); err != nil {
			return read, format, err
		}
	}
	kept := &keptError{r: in}
	in = bufio.NewReaderSize(kept, 1<<16)
	defer func() {
		if next := read.next; next != nil {
			read.next = func() (piece, error) {
				p, err := next()
				if err == io.EOF && kept.err != nil {
					err = kept.err
				}
				return p, err
			}
		}
	}()
	latest := func(ids []string) (map[string]*stix.Object, error) { return s.latest(ctx, source, ids) }
	switch format {
	case STIX:
		return reading{readSTIX(in, o.Limits, o.Source.Direction != Out), func() {}}, format, nil
	case MISP:
		return readMISP(in, o, s, latest), format, nil
	case CSAF:
		return readCSAF(in, o), format, nil
	case CSV, List:
		return readValues(in, format, o, s, latest), format, nil
	}
	return read, format, parley.E(parley.Invalid, "format %q: want stix, misp, csaf, csv or list", format)
}

// keptError remembers why a stream broke off: a reader of a format may take that for
// its end.
type keptError struct {
	r   io.Reader
	err error // other than io.EOF
}

func (k *keptError) Read(p []byte) (int, error) {
	n, err := k.r.Read(p)
	if err != nil && err != io.EOF {
		k.err = err
	}
	return n, err
}
