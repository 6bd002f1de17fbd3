package poll

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math"
	"sync"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/plain"
	"parley.example/parley/internal/store/sqldb"
)

// Store keeps feeds; *sqldb.DB does.
type Store interface {
	AddFeed(ctx context.Context, r sqldb.FeedRow) error
	Feeds(ctx context.Context) ([]sqldb.FeedRow, error)
	Feed(ctx context.Context, name string) (sqldb.FeedRow, error)
	// SetFeed is NotFound where the feed was removed meanwhile.
	SetFeed(ctx context.Context, r sqldb.FeedRow) error
	RemoveFeed(ctx context.Context, name string) error
}

// Intel is where objects go to and come from; *intel.Store is one.
type Intel interface {
	Sources(ctx context.Context, c intel.Clearance) ([]intel.Source, error)
	SourceFor(ctx context.Context, want intel.Source) (intel.Source, error)
	Import(ctx context.Context, r io.Reader, o intel.ImportOptions) (intel.Report, error)
	Find(ctx context.Context, q intel.Query) (intel.Page, error)
}

// Poller works on the feeds of a node, each by itself: one that is slow keeps no other
// waiting. Safe for concurrent use.
type Poller struct {
	store   Store
	intel   Intel
	now     func() time.Time
	log     *slog.Logger
	changed chan struct{}  // holds one where Step should look again; never closed
	steps   sync.WaitGroup // the polls that Step began
	large   chan struct{}  // holds one while something large is held whole in memory

	mu   sync.Mutex
	busy map[string]chan struct{} // guarded by mu: the feeds that are polled now, each closed when that ends
}

// New makes a poller.
func New(store Store, in Intel, now func() time.Time, log *slog.Logger) *Poller {
	return &Poller{store: store, intel: in, now: now, log: log, changed: make(chan struct{}, 1), large: make(chan struct{}, 1), busy: map[string]chan struct{}{}}
}

// Listed is a feed and how it stands.
type Listed struct {
	Feed
	Due     time.Time
	Last    time.Time // zero: never
	State   string    // why the last poll failed
	Objects int64
}

// Add keeps a feed, due at once.
func (p *Poller) Add(ctx context.Context, f Feed) error {
	if err := f.check(); err != nil {
		return err
	}
	raw, err := json.Marshal(f)
	if err != nil {
		return err
	}
	err = p.store.AddFeed(ctx, sqldb.FeedRow{Name: f.Name, Settings: string(raw), Cursor: place{}.format(), Due: p.now().UnixMicro()})
	p.look()
	return err
}

// List gives all feeds by name.
func (p *Poller) List(ctx context.Context) ([]Listed, error) {
	rows, err := p.store.Feeds(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Listed, len(rows))
	for i, r := range rows {
		if list[i], err = listed(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

func listed(r sqldb.FeedRow) (l Listed, err error) {
	if err = json.Unmarshal([]byte(r.Settings), &l.Feed); err != nil {
		return l, parley.E(parley.Internal, "feed %s is damaged: %w", r.Name, err)
	}
	l.Name, l.State, l.Objects, l.Due = r.Name, r.State, r.Objects, time.UnixMicro(r.Due).UTC()
	if r.Last > 0 {
		l.Last = time.UnixMicro(r.Last).UTC()
	}
	return l, nil
}

// Remove forgets a feed; what it brought stays.
func (p *Poller) Remove(ctx context.Context, name string) error {
	return p.store.RemoveFeed(ctx, name)
}

// Poll works on one feed, whether it is due or not, from where the last poll ended, and
// waits for a poll of it that is under way. What came before an error stays, and so does the
// place.
func (p *Poller) Poll(ctx context.Context, name string) (Report, error) {
	for {
		end, other := p.begin(name, math.MaxInt)
		if end != nil {
			defer end()
			return p.poll(ctx, name)
		}
		select {
		case <-other:
		case <-ctx.Done():
			return Report{Name: name}, ctx.Err()
		}
	}
}

func (p *Poller) poll(ctx context.Context, name string) (Report, error) {
	rep := Report{Name: name}
	row, err := p.store.Feed(ctx, name)
	if err != nil {
		return rep, err
	}
	f, err := listed(row)
	if err == nil {
		err = p.work(ctx, f.Feed, &row, &rep)
	}
	if ctx.Err() != nil {
		return rep, ctx.Err() // due as before
	}
	now := p.now().UTC()
	row.Due = now.Add(max(f.Every, minEvery)).UnixMicro()
	row.Objects += int64(rep.New)
	row.State = ""
	var wait *later
	switch {
	case errors.As(err, &wait):
		rep.Until, row.Due, row.State = wait.until, wait.until.UnixMicro(), err.Error()
	case err != nil:
		row.State = plain.Words(err)
	case !rep.Complete:
		row.Due = now.UnixMicro() // there is more
	}
	if err == nil {
		row.Last = now.UnixMicro()
	}
	if kept := p.store.SetFeed(ctx, row); err == nil {
		err = kept
	}
	return rep, err
}

func (p *Poller) work(ctx context.Context, f Feed, row *sqldb.FeedRow, rep *Report) error {
	at, err := parsePlace(row.Cursor)
	if err != nil {
		return err
	}
	c, err := newClient(f, p.now)
	if err != nil {
		return err
	}
	defer c.Close()
	save := func() error {
		row.Cursor = at.format()
		return p.store.SetFeed(ctx, *row)
	}
	switch {
	case f.Push:
		return p.push(ctx, c, &at, rep, save)
	case f.Kind == TAXII:
		return p.pull(ctx, c, &at, rep, save)
	case f.Kind == MISP:
		return p.misp(ctx, c, &at, rep, save)
	}
	return p.file(ctx, c, &at, rep, save)
}
