package node

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/courier"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// Roles of targets.
const (
	RoleCounterpart = "counterpart"
	RoleArchive     = "archive"
	RoleWitness     = "witness"
)

// heartbeat is how often a target is asked how it is while nothing else is due.
const heartbeat = 20 * time.Second

// target is somebody that our journal is pushed to: a counterpart, an archive, or
// a witness, which gets checkpoints only.
type target struct {
	name  string
	role  string
	party parley.Party // of a counterpart
	bell  chan struct{}

	learned  map[stampsWanted]learned   // how far its cosignatures were asked for, of each cosigner; guarded by step
	step     sync.Mutex                 // one exchange at a time; guards compared, stalled
	compared map[parley.Origin]compared // what it showed last of each journal
	stalled  map[parley.Hash]stall      // attachments of its that do not grow

	mu       sync.Mutex // guards what follows
	address  string     // of a third, by the text; a counterpart's follows its `keys` entries
	left     bool       // no text names it any more
	client   peer.Node
	dialed   string // the address that client calls
	known    courier.Known
	past     map[parley.Origin]pastKnown // what it holds of our closed journals
	told     int                         // of our successions, so many
	lost     bool                        // it has lost what it had signed of our journal: bring it again
	returned map[parley.Origin]uint64    // the sizes of its journals whose cosignatures it has from us, where we pull
	behind   bool                        // our mirror of its journal lost entries: fetch them
	asked    bool                        // it has said what it holds of our journal since we started
	heard    time.Time                   // when its clock was measured last
	fails    int
	last     time.Time // of Serve, by our clock
	rung     bool
	next     time.Time
	status   TargetStatus
}

// TargetStatus is what `parley line status` shows of one target.
type TargetStatus struct {
	Agreement parley.Hash `json:"agreement"`
	Title     string      `json:"title"`
	Name      string      `json:"name"`
	Role      string      `json:"role"`
	State     string      `json:"state"` // new, up, down, left
	Why       string      `json:"why,omitempty"`
	Since     time.Time   `json:"since,omitzero"`
	Heard     time.Time   `json:"heard,omitzero"`  // last answer
	Signed    time.Time   `json:"signed,omitzero"` // stamp of its newest cosignature on our journal
	Ours      uint64      `json:"ours"`            // size of our journal
	Cosigned  uint64      `json:"cosigned"`        // how far it has signed
	Theirs    uint64      `json:"theirs"`          // size of its journal that we hold
	Offset    float64     `json:"offset_seconds"`  // its clock minus ours, at the last answer
	Software  string      `json:"software,omitempty"`
	Asking    bool        `json:"asking"` // it has not said yet what it holds of our journal

	Past []PastStatus `json:"past,omitempty"` // closed journals of ours of which it lacks something
}

func (t *target) wake() {
	t.mu.Lock()
	t.rung = true
	t.mu.Unlock()
	ring(t.bell)
}

// Targets lists whom this line serves, in the order of the text.
func (l *Line) Targets() []*target {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return append([]*target(nil), l.targets...)
}

// setTargets makes the targets those that the texts name; where two differ, the
// first one counts. Who is no longer named is left alone from now on. The caller
// holds l.mu.
func (l *Line) setTargets(texts ...*agreement.Agreement) {
	known := map[string]*target{}
	for _, t := range l.targets {
		known[t.name] = t
	}
	named := map[string]bool{string(l.us): true}
	var list []*target
	add := func(name, role, address string, p parley.Party) {
		if named[name] {
			return
		}
		named[name] = true
		t := known[name]
		if t == nil {
			t = &target{name: name, role: role, party: p, bell: make(chan struct{}, 1),
				compared: map[parley.Origin]compared{}, stalled: map[parley.Hash]stall{}}
		}
		t.mu.Lock()
		t.address = address
		t.mu.Unlock()
		list = append(list, t)
	}
	for _, a := range texts {
		for i := range a.Parties {
			add(string(a.Parties[i].Name), RoleCounterpart, "", a.Parties[i].Name)
		}
		if l.role == sqldb.Archived {
			continue // an archive asks and answers; it has no journal to push
		}
		for i := range a.Eyes.Archives {
			add(a.Eyes.Archives[i].Name, RoleArchive, a.Eyes.Archives[i].Address, "")
		}
		for i := range a.Eyes.Witnesses {
			add(a.Eyes.Witnesses[i].Name, RoleWitness, a.Eyes.Witnesses[i].URL, "")
		}
	}
	for _, t := range l.targets {
		if !named[t.name] {
			t.leave()
		}
	}
	l.targets = list
}

// leave ends the calls to a target that no text names any more.
func (t *target) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left = true
	if c, ok := t.client.(interface{ Close() }); ok {
		c.Close()
	}
	t.client = nil
	ring(t.bell)
}

// lostAgain is how soon a target is visited again whose connection keeps breaking.
const lostAgain = 2 * time.Second

// Lost says that the connection to a counterpart or archive broke at its end: it is
// asked at once whether it is still there. Safe for concurrent use; it does not block.
func (n *Node) Lost(name string) {
	for _, l := range n.Lines() {
		for _, t := range l.Targets() {
			if t.name != name {
				continue
			}
			t.mu.Lock()
			if again := t.last.Add(lostAgain); t.fails == 0 && again.Before(t.next) {
				t.next = again
			}
			t.heard = time.Time{} // what it said last counts no more: it is asked
			t.mu.Unlock()
			ring(t.bell)
		}
	}
}

// back: who calls us is there again, and is called without waiting for the end of a
// long pause.
func (l *Line) back(name string) {
	for _, t := range l.Targets() {
		if t.name != name {
			continue
		}
		t.mu.Lock()
		again := t.last.Add(lostAgain)
		failing := t.fails > 0 && again.Before(t.next)
		if failing {
			t.next = again
		}
		t.mu.Unlock()
		if failing {
			ring(t.bell)
		}
	}
}

func (t *target) gone() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.left
}

// third is where an archive or a witness is, by the text.
func (t *target) third() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.address
}

// Serve does what is due for one target and returns when to come again. A target
// that fails is left alone for a while, longer each time.
func (l *Line) Serve(ctx context.Context, t *target) (next time.Time) {
	t.step.Lock()
	defer t.step.Unlock()
	now := l.node.now()
	t.mu.Lock()
	due, rung, failing := t.next, t.rung, t.fails > 0
	if now.Before(t.last) {
		due = now // the clock was put back: what it said before counts no more
	}
	t.rung, t.last = false, now
	t.mu.Unlock()
	if now.Before(due) && (!rung || failing) {
		return due
	}
	err := l.exchange(ctx, t)
	if ahead := (*courier.Ahead)(nil); errors.As(err, &ahead) {
		err = l.someoneIsAhead(ctx, t, ahead)
	}
	why, stranger := l.strangerTo(err)
	now = l.node.now()
	t.mu.Lock()
	defer t.mu.Unlock()
	was := t.status.State
	if stranger {
		t.fails++
		t.next = now.Add(leftAgain)
		t.status.State, t.status.Why = StateLeft, why
	} else if err != nil {
		t.fails++
		t.next = now.Add(courier.Backoff(t.fails, err, l.node.jitter()))
		t.status.State, t.status.Why = "down", err.Error()
	} else {
		t.fails, t.next = 0, now.Add(heartbeat)
		t.status.State, t.status.Why, t.status.Heard = "up", "", now
	}
	if t.status.State != was {
		t.status.Since = now
		l.node.publish(Event{What: "line", Agreement: l.id})
		l.node.log.Info("line changed", "event", "line.state", "to", t.name, "state", t.status.State, "why", t.status.Why)
	}
	return t.next
}

// exchange is one visit: ask first, then push.
func (l *Line) exchange(ctx context.Context, t *target) error {
	if t.role == RoleWitness {
		return l.witness(ctx, t)
	}
	client, err := l.dialTarget(t)
	if err != nil {
		return err
	}
	t.mu.Lock()
	asked := t.asked
	t.mu.Unlock()
	if !asked {
		if err := l.ask(ctx, t, client); err != nil {
			return err
		}
	}
	var refused error // by the target: what it says of its own journal is looked at all the same
	if l.journal() != nil && !l.journal().Asking() {
		if refused = l.bring(ctx, t, client); refused != nil && parley.KindOf(refused) == parley.NotFound && t.forgot() {
			refused = l.bring(ctx, t, client)
		}
		if refused != nil && parley.KindOf(refused) == parley.Unavailable {
			return refused
		}
	}
	return errors.Join(refused, l.fetch(ctx, t, client))
}

// bring tells a target of our successions, and brings it what it lacks of our journals,
// the oldest first.
func (l *Line) bring(ctx context.Context, t *target, client peer.Node) error {
	if err := l.tellSuccessions(ctx, t, client); err != nil {
		return err
	}
	if err := l.pushPast(ctx, t, client); err != nil {
		return err
	}
	return l.push(ctx, t, client)
}

// forgot takes what a target was told of our successions for forgotten: an older copy
// of its home was put back. It is false where it was told nothing.
func (t *target) forgot() bool {
	t.mu.Lock()
	told := t.told > 0
	if t.told = 0; told {
		t.known, t.lost = courier.Known{}, true
	}
	t.mu.Unlock()
	t.showPast()
	return told
}

// fetch takes what a target has for us, and looks at what it says.
func (l *Line) fetch(ctx context.Context, t *target, client peer.Node) error {
	t.mu.Lock()
	behind := t.behind
	t.mu.Unlock()
	var refused error // by our mirror: then all the more is it compared
	if l.node.pulls || behind {
		if refused = l.pull(ctx, t, client); refused != nil && parley.KindOf(refused) == parley.Unavailable {
			return refused
		}
	}
	if err := l.moveBlobs(ctx, t, client); err != nil {
		return err
	}
	if err := l.fetchBlobs(ctx, t, client); err != nil {
		return err
	}
	return errors.Join(refused, l.measure(ctx, t, client))
}

func (l *Line) push(ctx context.Context, t *target, client peer.Node) error {
	if cp, err := l.journal().Latest(ctx); err != nil || cp.Size == 0 {
		return notFoundIsNil(err)
	}
	to := l.courierTarget(t, client, l.origin())
	t.mu.Lock()
	known, lost := t.known, t.lost
	t.mu.Unlock()
	if known.Cosigned == 0 && !lost {
		known.Cosigned, _ = l.cosigned(ctx, t)
	}
	did, err := courier.PushJournal(ctx, l.node.now(), l.journal(), to, known)
	t.mu.Lock()
	t.known, t.lost = did.Known, lost && err != nil
	if err != nil {
		t.known.Asked = false // learn its sizes again
	}
	t.mu.Unlock()
	if did.Lost {
		t.showPast()
	}
	var gone *courier.PartsGone
	if errors.As(err, &gone) {
		return l.declareGone(ctx, gone.Parts)
	}
	if parley.KindOf(err) == parley.Unavailable && err != nil && t.role == RoleCounterpart {
		t.showPast()
		l.remind(ctx, t, client, l.journal()) // it may wait for us; the next visit shows whether it did
	}
	return err
}

// cosignedMore tells whoever waits for cosignatures that there are more.
func (l *Line) cosignedMore() {
	l.node.publish(Event{What: "message", Agreement: l.id})
	if l.waits.Load() {
		ring(l.bell)
	}
}

// pull fetches a counterpart's journals where we open no port, the closed ones first,
// and brings our cosignatures back.
func (l *Line) pull(ctx context.Context, t *target, client peer.Node) error {
	var refused error
	more := false
	for _, o := range l.journalsOf(ctx, t) {
		again, err := l.pullOne(ctx, t, client, o)
		if err != nil && parley.KindOf(err) == parley.Unavailable {
			return err
		}
		refused, more = errors.Join(refused, err), more || again
	}
	t.mu.Lock()
	t.behind = t.behind && (refused != nil || more)
	t.mu.Unlock()
	return refused
}

// journalsOf are the journals of a counterpart, the oldest first: the closed ones that
// our mirrors do not hold to their ends, or whose cosignatures it may lack, and the one
// that it writes.
func (l *Line) journalsOf(ctx context.Context, t *target) (list []parley.Origin) {
	l.mu.RLock()
	now := l.chain.Current(t.party)
	for _, o := range l.chain.Origins() {
		if author, _ := l.chain.PartyOf(o); author == t.party {
			list = append(list, o)
		}
	}
	l.mu.RUnlock()
	if len(list) < 2 {
		return list
	}
	return slices.DeleteFunc(list, func(o parley.Origin) bool { return o != now && l.heldToEnd(ctx, t, o) })
}

// heldToEnd says whether nothing more of a closed journal is to come or to be said: we
// hold all of it and its author knows, or it has two histories.
func (l *Line) heldToEnd(ctx context.Context, t *target, o parley.Origin) bool {
	t.mu.Lock()
	returned := t.returned[o]
	t.mu.Unlock()
	done, err := sqldb.Read(ctx, l.node.db, func(tx *sqldb.Tx) (done bool, err error) {
		j, err := tx.Journal(o)
		if err != nil {
			return true, notFoundIsNil(err)
		}
		size, _, err := tx.LatestSize(j.ID)
		if err != nil {
			return false, err
		}
		ends, err := tx.Ends(j.ID)
		for _, e := range ends {
			done = done || e.How == sqldb.Forked || e.How == sqldb.Closed && size >= e.Size && (returned >= e.Size || !l.node.pulls)
		}
		return done, err
	})
	return done && err == nil
}

func (l *Line) pullOne(ctx context.Context, t *target, client peer.Node, o parley.Origin) (more bool, err error) {
	l.mu.RLock()
	m := l.mirrors[o]
	var log []proof.Key
	if m != nil {
		log, err = l.chain.LogKeys(o)
	}
	l.mu.RUnlock()
	if m == nil || err != nil {
		return false, err
	}
	t.mu.Lock()
	returned := t.returned[o]
	t.mu.Unlock()
	holds := courier.ForParty(l.us)
	if l.role == sqldb.Archived {
		holds = courier.ForArchive
	}
	did, err := courier.PullJournal(ctx, client, l.guarded(m), log, holds, returned)
	t.mu.Lock()
	if t.returned == nil {
		t.returned = map[parley.Origin]uint64{}
	}
	t.returned[o] = did.Returned
	t.mu.Unlock()
	if did.Entries > 0 {
		ring(l.bell)
	}
	if did.More {
		t.wake()
	}
	return did.More, err
}

// witness has our newest checkpoint cosigned by a witness that the agreement names.
func (l *Line) witness(ctx context.Context, t *target) error {
	if l.journal() == nil || l.journal().Asking() || l.node.witness == nil {
		return nil
	}
	if cp, err := l.journal().Latest(ctx); err != nil || cp.Size == 0 {
		return notFoundIsNil(err)
	}
	keys, err := l.cosignerKeys(t.name, l.origin(), 0)
	if err != nil {
		return err
	}
	t.mu.Lock()
	known := t.known
	t.mu.Unlock()
	client, err := l.node.witness(t.third())
	if err != nil {
		return err
	}
	did, err := courier.PushWitness(ctx, l.node.now(), l.journal(), t.name, client, keys, known)
	if parley.KindOf(err) == parley.NotFound && err != nil && l.tellWitness(ctx, client) {
		did, err = courier.PushWitness(ctx, l.node.now(), l.journal(), t.name, client, keys, known)
	}
	t.mu.Lock()
	t.known = did.Known
	t.mu.Unlock()
	return err
}

// cosigned is how far a target has cosigned our journal, and when.
func (l *Line) cosigned(ctx context.Context, t *target) (uint64, time.Time) {
	if l.journal() == nil {
		return 0, time.Time{}
	}
	return l.cosignedOf(ctx, l.journal(), t.name)
}

// cosignedOf is how far somebody has cosigned a journal of ours, and when.
func (l *Line) cosignedOf(ctx context.Context, j *journal.Journal, name string) (uint64, time.Time) {
	keys, err := l.cosignerKeys(name, j.Origin(), 0)
	if err != nil {
		return 0, time.Time{}
	}
	var size uint64
	var at time.Time
	for _, k := range keys {
		if s, stamp, err := j.Cosigned(ctx, k); err == nil && s > size {
			size, at = s, stamp
		}
	}
	return size, at
}

// cosignedBy is how far a target has cosigned the first size entries of our journal:
// what a push has heard, and what was brought back to us, by pulling or by pouch.
func (l *Line) cosignedBy(ctx context.Context, t *target, size uint64) uint64 {
	t.mu.Lock()
	heard := t.known.Cosigned
	t.mu.Unlock()
	if heard >= size {
		return heard
	}
	stored, _ := l.cosigned(ctx, t)
	return max(heard, stored)
}

// tail is our journal's size and the least that a counterpart has cosigned of it.
func (l *Line) tail(ctx context.Context) (size, least uint64, err error) {
	cp, err := l.journal().Latest(ctx)
	if err != nil {
		return 0, 0, notFoundIsNil(err)
	}
	least = cp.Size
	for _, t := range l.Targets() {
		if t.role == RoleCounterpart {
			least = min(least, l.cosignedBy(ctx, t, cp.Size))
		}
	}
	return cp.Size, least, nil
}

// measure asks a target for its clock and its software.
func (l *Line) measure(ctx context.Context, t *target, client peer.Node) error {
	before := l.node.now()
	t.mu.Lock()
	recent := before.Sub(t.heard).Abs() < heartbeat
	t.mu.Unlock()
	if recent {
		return nil
	}
	if err := l.letGo(ctx, t, client); err != nil {
		return err
	}
	s, err := client.Status(ctx, l.statusOrigin())
	if err != nil {
		if parley.KindOf(err) == parley.NotFound && t.forgot() {
			t.wake()
		}
		if _, stranger := l.strangerTo(err); stranger {
			return err
		}
		return notFoundIsNil(err)
	}
	after := l.node.now()
	offset := s.Time.Sub(before.Add(after.Sub(before) / 2))
	l.mu.RLock()
	now := l.chain.Current(t.party)
	l.mu.RUnlock()
	t.mu.Lock()
	t.status.Offset, t.status.Software, t.heard = offset.Seconds(), s.Software, after
	delete(t.returned, now) // bring them again: it may have started again, and asks
	t.mu.Unlock()
	l.compare(ctx, t, client)
	if err := l.learnStamps(ctx, t, client); err != nil && ctx.Err() == nil { // it holds back nothing else
		l.node.log.Warn("cosignatures not taken", "event", "line.cosignatures", "from", t.name, "error", err)
	}
	a, err := l.text()
	if err != nil {
		return err
	}
	return l.node.clockAlarm(ctx, t.name, offset, a.Tolerance())
}

// statusOrigin is the journal that a status is asked about: ours, or for an
// archive the first that it keeps.
func (l *Line) statusOrigin() parley.Origin {
	if l.journal() != nil {
		return l.origin()
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.chain.Origins()[0]
}

func (l *Line) dialTarget(t *target) (peer.Node, error) {
	if l.node.dial == nil {
		return nil, parley.E(parley.Unavailable, "this node calls nobody: its lines go by pouch")
	}
	address := l.addressOf(t)
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.client != nil && t.dialed == address {
		return t.client, nil
	}
	if old, ok := t.client.(interface{ Close() }); ok {
		old.Close()
	}
	t.client = nil
	if address == "" {
		return nil, parley.E(parley.Unavailable, "%s opens no port: it calls us, or the line goes by pouch", t.name)
	}
	c, err := l.node.dial(t.name, address, func() []parley.Hash { return l.pinsOf(t) })
	if err == nil {
		t.client, t.dialed = c, address
	}
	return c, err
}

func (l *Line) addressOf(t *target) string {
	if t.role != RoleCounterpart {
		return t.third()
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.chain.Address(t.party)
}

func (l *Line) pinsOf(t *target) []parley.Hash {
	a, err := l.text()
	if err != nil {
		return nil
	}
	if e, ok := a.Archive(t.name); ok {
		return e.TLS
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.chain.TLSPins(t.party)
}

// LineStatus shows every target of every agreement.
func (n *Node) LineStatus(ctx context.Context) ([]TargetStatus, error) {
	list := []TargetStatus{}
	for _, l := range n.Lines() {
		for _, t := range l.Targets() {
			t.mu.Lock()
			s := t.status
			s.Asking = !t.asked && t.role != RoleWitness
			t.mu.Unlock()
			s.Agreement, s.Title, s.Name, s.Role = l.id, l.Title(), t.name, t.role
			if s.State == "" {
				s.State = "new"
			}
			s.Cosigned, s.Signed = l.cosigned(ctx, t)
			if l.journal() != nil {
				if cp, err := l.journal().Latest(ctx); err == nil {
					s.Ours = cp.Size
				}
			}
			s.Theirs = l.heldOf(ctx, t)
			if t.role != RoleWitness {
				s.Past = l.pastStatus(ctx, t)
			}
			list = append(list, s)
		}
	}
	return list, nil
}

func (l *Line) heldOf(ctx context.Context, t *target) uint64 {
	l.mu.RLock()
	m := l.mirrors[l.chain.Current(t.party)]
	l.mu.RUnlock()
	if m == nil {
		return 0
	}
	s, err := m.Status(ctx)
	if err != nil {
		return 0
	}
	return s.Size
}

func notFoundIsNil(err error) error {
	if err != nil && parley.KindOf(err) == parley.NotFound {
		return nil
	}
	return err
}
