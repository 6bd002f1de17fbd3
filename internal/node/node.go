package node

import (
	"context"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/blobfile"
	"parley.example/parley/internal/store/sqldb"
)

// Dial reaches a counterpart's node. The pins are those that are good now; the
// node asks again after they change. A simulation dials in memory.
type Dial func(name, address string, pins func() []parley.Hash) (peer.Node, error)

// Registers fold what was judged. *register.Register is one.
type Registers interface {
	// FoldWith folds entries of one journal, runs with, which may be nil, and moves the
	// position, in one transaction. It returns the first index that is not folded yet.
	FoldWith(ctx context.Context, batch []register.Judged, with func(*sqldb.Tx) error) (uint64, error)
	// Owed lists entries of a journal for which this node owes a receipt.
	Owed(ctx context.Context, o parley.Origin, limit int) ([]register.Owed, error)
	// Again folds an entry again whose verdict has changed; NotFound where it is not folded.
	Again(ctx context.Context, j register.Judged) error
	Folded
	// Requests lists requests of one side.
	Requests(ctx context.Context, q register.RequestQuery) (register.RequestPage, error)
	// SetTerms tells what an agreement says that decides how a state is shown.
	SetTerms(agreement parley.Hash, t register.Terms)
	// Contacts lists the contact points that are not ended, from after one on.
	Contacts(ctx context.Context, after *register.ContactPoint, limit int) ([]register.ContactPoint, error)
	// ContactHistory is what was said of a point, the latest first.
	ContactHistory(ctx context.Context, agreement parley.Hash, body parley.Body, point string, limit int) ([]register.ContactPoint, error)
}

// Alerter wakes a person for a message of a counterpart. Raising the same entry
// twice is one alert. It is durable when it returns.
type Alerter interface {
	Raise(ctx context.Context, ref parley.Ref, m register.Judged) error
	Quiet(ctx context.Context, id parley.MessageID) error // a person has acknowledged or declined
	// Remind wakes an officer of ours for something that is due to a body, once for each key.
	Remind(ctx context.Context, key parley.MessageID, ours, to parley.Body, what, page string) error
	// Urge wakes the officers of bodies of ours for an answer that they owe, once for
	// each key, as urgently as the request is.
	Urge(ctx context.Context, key parley.MessageID, from parley.Body, to []parley.Body, p parley.Precedence, what, page string) error
}

// Options are what a node is made of. All but Dial and Alerts are needed.
type Options struct {
	Home       Home
	DB         *sqldb.DB
	Register   Registers
	Blobs      *blobfile.Store
	Intel      *intel.Store // of the same database, which has one; nil: the node opens it
	Now        func() time.Time
	Log        *slog.Logger
	Dial       Dial // nil: this node never calls out (pouch only)
	Witness    func(url string) (peer.Cosigner, error)
	Pulls      bool          // this node opens no port: it fetches what others wrote
	Alerts     Alerter       // nil: nobody is woken
	HoldBack   time.Duration // at least this, where the agreement asks for less
	Disk       func() (usedPercent int, err error)
	Refuse     Watermarks
	Jitter     func() float64 // spreads retries, in [0, 1); nil: at random
	BackupWarn time.Duration  // an older backup is an alarm; 0: never
	AtOnce     int            // sealed parts on their way to one target; 0: the courier's choice
	Continues  bool           // the process before ended in order, and nothing can have been put back since: JOURNAL-29
}

// Node is one party's node: its lines, one for each agreement, isolated from one
// another. Safe for concurrent use.
type Node struct {
	home       Home
	pin        parley.Hash // of the TLS key that this process runs with
	db         *sqldb.DB
	blobs      *blobfile.Store
	now        func() time.Time
	log        *slog.Logger
	dial       Dial
	witness    func(url string) (peer.Cosigner, error)
	pulls      bool
	alerts     Alerter
	holdBack   time.Duration
	disk       func() (int, error)
	refuse     Watermarks
	jitter     func() float64
	atOnce     int
	window     uint64 // messages; defaultWindow but in tests
	keep       journal.Keep
	continues  bool
	backupWarn time.Duration
	register   Registers
	events     events
	reminded   [2]string     // of RemindRequests alone: where its next look goes on
	looked     time.Time     // of RemindRequests alone: when it looked last
	mattered   [2]string     // of RemindMatters alone: where its next look goes on
	bell       chan struct{} // one place: somebody put work into the outbox or a mirror

	mu    sync.RWMutex
	lines map[parley.Hash]*Line // guarded by mu
	order []*Line               // guarded by mu; in order of acceptance

	intel    *intel.Store
	intaking sync.Mutex           // one TakeIntel at a time
	ruling   sync.Mutex           // one RunRules at a time
	ruled    map[string]time.Time // guarded by ruling: when each rule sent last, by name

	contacts directory // the contact points as they were last read
	book     book      // the index of the address book
}

// Open loads every agreement of the home. It writes nothing: journals stay
// read-only until Ask has heard what others hold of them.
func Open(ctx context.Context, o Options) (*Node, error) {
	key, err := o.Home.Vault()
	if err != nil {
		return nil, err
	}
	keep, err := journal.NewKeep([32]byte(key))
	if err != nil {
		return nil, err
	}
	_, pin, err := o.Home.TLS()
	if err != nil {
		return nil, err
	}
	n := &Node{home: o.Home, pin: pin, db: o.DB, blobs: o.Blobs, now: o.Now, log: o.Log, dial: o.Dial, witness: o.Witness, pulls: o.Pulls, alerts: o.Alerts,
		holdBack: o.HoldBack, disk: o.Disk, refuse: o.Refuse, keep: keep, continues: o.Continues, register: o.Register, bell: make(chan struct{}, 1),
		lines: map[parley.Hash]*Line{}, jitter: o.Jitter, atOnce: o.AtOnce, backupWarn: o.BackupWarn, window: defaultWindow}
	if n.jitter == nil {
		n.jitter = rand.Float64
	}
	if n.intel = o.Intel; n.intel == nil {
		if n.intel, err = intel.Open(ctx, n.db, n.now); err != nil {
			return nil, err
		}
	}
	texts, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) ([]sqldb.Agreement, error) { return tx.Agreements() })
	if err != nil {
		return nil, err
	}
	for _, t := range texts {
		if t.Text != t.Founding { // an amendment is found through the chain
			continue
		}
		signed, err := agreement.OpenSigned(t.Note)
		if err != nil {
			return nil, err
		}
		if !signed.Complete() {
			continue
		}
		amendments, err := n.amendments(ctx, signed)
		if err != nil {
			return nil, err
		}
		if named, err := n.named(ctx, append([]*agreement.Signed{signed}, amendments...)); err != nil {
			return nil, err
		} else if !named {
			continue // an amendment brings us in, and is not signed by all yet
		}
		if err := n.addLine(ctx, signed, amendments...); err != nil {
			return nil, err
		}
	}
	return n, nil
}

// Lines are the agreements of this node, in order of acceptance.
func (n *Node) Lines() []*Line {
	n.mu.RLock()
	defer n.mu.RUnlock()
	return append([]*Line(nil), n.order...)
}

// Line finds an agreement by its identifier or a unique beginning of it; empty
// where the node has just one.
func (n *Node) Line(id string) (*Line, error) {
	var found *Line
	for _, l := range n.Lines() {
		if s := l.id.String(); id == "" || len(id) >= 4 && len(id) <= len(s) && s[:len(id)] == id {
			if found != nil {
				return nil, parley.E(parley.Invalid, "more than one agreement fits %q", id).WithHint("name it: `parley line status` lists them")
			}
			found = l
		}
	}
	if found == nil {
		return nil, parley.E(parley.NotFound, "no agreement %q in force here", id).WithHint("`parley agreement status` lists what is signed")
	}
	return found, nil
}

// LineOf finds the line that a journal belongs to.
func (n *Node) LineOf(o parley.Origin) (*Line, bool) {
	for _, l := range n.Lines() {
		l.mu.RLock()
		_, ok := l.chain.PartyOf(o)
		l.mu.RUnlock()
		if ok {
			return l, true
		}
	}
	return nil, false
}

func (n *Node) wake() {
	select {
	case n.bell <- struct{}{}:
	default:
	}
}

// Watermarks are percentages of the disk in use. DESIGN: at the first, blobs are
// refused; at the second, all but flash text.
type Watermarks struct{ Blobs, Text int }

// room is Unavailable where the disk is too full for a message of this precedence.
func (n *Node) room(p parley.Precedence) error {
	if used, err := n.disk(); err == nil && used >= n.refuse.Text && p != parley.Flash {
		return parley.E(parley.Unavailable, "the disk is %d %% full: only flash is sent now", used).
			WithHint("make room; nothing that was accepted is lost")
	}
	return nil
}

func (n *Node) roomForBlobs() error {
	if used, err := n.disk(); err == nil && used >= n.refuse.Blobs {
		return parley.E(parley.Unavailable, "the disk is %d %% full: attachments are refused now, text goes on", used).
			WithHint("make room, then send the file again")
	}
	return nil
}
