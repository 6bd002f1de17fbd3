package node

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/mirror"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Line is one agreement at this node: the law, our journal, the mirrors of the
// others. Nothing is shared between two lines but the disk.
type Line struct {
	node *Node
	id   parley.Hash // of the founding text
	us   parley.Party
	role sqldb.Role // Ours: we are a party; Archived: we keep it for others

	current atomic.Pointer[journal.Journal] // the one that we write; nil where we are an archive

	// mu guards what follows. It may be taken within a transaction, and so nobody
	// waits for the database or the network with it.
	mu         sync.RWMutex
	chain      *agreement.Chain
	mirrors    map[parley.Origin]*mirror.Mirror
	signers    map[parley.Body][]proof.Signer // all that ever signed, the newest first
	identities map[parley.Body][]age.Identity
	targets    []*target               // counterparts, archives, witnesses
	answers    map[string]journal.Held // what they hold of our journal, by name
	past       []*journal.Past         // our closed journals, the oldest first
	buried     map[parley.Origin]grave // what of them nobody else took
	unended    atomic.Bool             // a succession of ours may not be over with everybody

	follow sync.Mutex // one Follow at a time
	rested struct {   // guarded by follow
		ok   bool
		seen uint64 // the version of the journals at which everything was judged
	}
	append  sync.Mutex             // one Sequence at a time: who may sign is known for each entry
	idle    idle                   // guarded by append
	window  window                 // guarded by append
	waits   atomic.Bool            // a message waits for a window
	blobs   sync.Map               // of a name to a list: see lookedUp
	sealsTo sync.Map               // of an age recipient's text to its seal.Recipient
	ended   sqldb.Cached[[][]byte] // the successions of ours
	runs    atomic.Bool            // its loop was started
	carry   time.Time              // guarded by append; when something could not be carried over yet; zero: nothing waits
	begun   atomic.Value           // origin of the journal whose entry 0 is known to be there, or on its way
	strays  atomic.Bool            // a message came into the outbox of a closed journal
	bell    chan struct{}          // one place: there is work for Step
	insides insides                // of entries that we have just appended
	erasing atomic.Bool            // something that an `erased` entry of ours names may still be here
	looked  atomic.Int64           // when the facts were asked about alarms, microseconds
	owes    atomic.Bool            // something was folded, or a blob came, since nothing was owed
}

// journal is the one that we write now; a succession replaces it. Nil at an archive.
func (l *Line) journal() *journal.Journal { return l.current.Load() }

// ID identifies the agreement: the hash of its founding text.
func (l *Line) ID() parley.Hash { return l.id }

// Us is our party in it.
func (l *Line) Us() parley.Party { return l.us }

func (l *Line) origin() parley.Origin {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.chain.Current(l.us)
}

// text is the text in force at the next index of our journal; at an archive, of
// the one that has come furthest.
func (l *Line) text() (*agreement.Agreement, error) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.chain.At(parley.Ref{Origin: l.lead(), Index: 1 << 61})
}

// writable is Unavailable until others have said what they hold of our journal.
func (l *Line) writable() error {
	if l.journal() == nil {
		return parley.E(parley.Forbidden, "this node is an archive of the agreement: it writes nothing")
	}
	return nil
}

func (l *Line) bodies(a *agreement.Agreement) []string {
	var names []string
	for i := range a.Parties {
		if a.Parties[i].Name == l.us {
			continue
		}
		for j := range a.Parties[i].Bodies {
			names = append(names, string(a.Parties[i].Bodies[j].Name))
		}
	}
	return names
}

// Title is the agreement's title in English, or in its first language.
func (l *Line) Title() string {
	a, err := l.text()
	if err != nil {
		return l.id.String()[:8]
	}
	return a.Title.In("en")
}

// whoWeAre finds our side of an agreement by the keys of the home.
func (n *Node) whoWeAre(a *agreement.Agreement) (parley.Party, sqldb.Role, error) {
	_, pin, err := n.home.TLS()
	if err != nil {
		return "", "", err
	}
	for i := range a.Parties {
		if _, err := n.home.JournalSigners(a.Parties[i].Origin); err == nil {
			return a.Parties[i].Name, sqldb.Ours, nil
		}
	}
	for i := range a.Eyes.Archives {
		for _, p := range a.Eyes.Archives[i].TLS {
			if p == pin {
				return parley.Party(a.Eyes.Archives[i].Name), sqldb.Archived, nil
			}
		}
	}
	return "", "", parley.E(parley.Forbidden, "this agreement names no party or archive whose keys are in %s", n.home.Dir)
}

// addLine opens the journals and mirrors of a complete agreement and replays its
// law. The complete amendments, in order, are known beforehand: one of them may
// have brought us in, and others whose journals are replayed.
func (n *Node) addLine(ctx context.Context, founding *agreement.Signed, amendments ...*agreement.Signed) error {
	a := founding.Agreement
	us, role, err := n.whoWeAre(a)
	chain, bad := agreement.NewChain(founding)
	if bad != nil {
		return bad
	}
	for _, s := range amendments {
		if bad := chain.Recall(s); bad != nil {
			return bad
		}
		if err != nil {
			us, role, err = n.whoWeAre(s.Agreement)
		}
	}
	if err != nil {
		return err
	}
	l := &Line{node: n, id: a.ID(), us: us, role: role, chain: chain, mirrors: map[parley.Origin]*mirror.Mirror{},
		signers: map[parley.Body][]proof.Signer{}, identities: map[parley.Body][]age.Identity{}, answers: map[string]journal.Held{},
		bell: make(chan struct{}, 1)}
	l.owes.Store(true) // nobody knows after a start
	l.erasing.Store(true)
	if err := l.loadKeys(a); err != nil {
		return err
	}
	if err := l.loadGraves(ctx); err != nil {
		return err
	}
	if err := l.replayLaw(ctx); err != nil {
		return err
	}
	if err := l.replaySuccessions(ctx); err != nil { // those whose entry 0 is not here yet; the law may have replaced the key that signed them
		return err
	}
	if err := l.openJournals(ctx); err != nil {
		return err
	}
	l.follow.Lock()
	err = l.adopt(ctx)
	l.follow.Unlock()
	if err != nil {
		return err
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if _, ok := n.lines[l.id]; !ok {
		n.lines[l.id] = l
		n.order = append(n.order, l)
	}
	return nil
}

// setTerms tells the registers what decides how a state is shown. An archive that
// has left still proves what it held.
func (l *Line) setTerms(a *agreement.Agreement) {
	t := register.Terms{Quantum: a.Traffic.Quantum}
	l.mu.RLock()
	for _, s := range l.chain.Texts() {
		for _, e := range s.Agreement.Eyes.Archives {
			if name := e.Mirror[0].Name; !slices.Contains(t.Archives, name) {
				t.Archives = append(t.Archives, name)
			}
		}
	}
	l.mu.RUnlock()
	slices.Sort(t.Archives)
	l.node.register.SetTerms(l.id, t)
}

// loadKeys reads the keys of the bodies of ours that a text names. The caller holds
// l.mu, or nobody else has the line yet.
func (l *Line) loadKeys(a *agreement.Agreement) error {
	if l.role == sqldb.Archived {
		return nil
	}
	p, ok := a.Party(l.us)
	if !ok {
		return nil
	}
	for i := range p.Bodies {
		b := p.Bodies[i].Name
		s, err := l.node.home.BodySigners(b)
		if err != nil {
			return err
		}
		ids, err := l.node.home.AgeIdentities(b)
		if err != nil {
			return err
		}
		l.signers[b], l.identities[b] = s, ids
	}
	return nil
}

// ourIdentities are the age identities of those of our bodies that are addressed
// (or that sent): the others cannot open the part.
func (l *Line) ourIdentities(bodies ...parley.Body) []age.Identity {
	l.mu.RLock()
	defer l.mu.RUnlock()
	var ids []age.Identity
	for _, b := range bodies {
		ids = append(ids, l.identities[b]...)
	}
	return ids
}

// replayLaw applies the entries that changed the law before this start.
func (l *Line) replayLaw(ctx context.Context) error {
	return l.node.db.View(ctx, func(tx *sqldb.Tx) error {
		refs, err := tx.Law(l.id)
		if err != nil {
			return err
		}
		for _, ref := range refs {
			if l.dead(ref) {
				continue
			}
			j, err := tx.Journal(ref.Origin)
			if err != nil {
				return err
			}
			list, err := tx.Entries(j.ID, ref.Index, ref.Index+1)
			if err != nil || len(list) != 1 {
				return parley.E(parley.Internal, "entry %s, which changed the law, is not held", ref)
			}
			env, err := seal.ParseEntry(list[0].Raw)
			if err != nil {
				return err
			}
			part, err := tx.Part(j.ID, env.Part)
			if err != nil {
				return err
			}
			o, err := seal.OpenClear(env, part)
			if err != nil {
				return err
			}
			if o.Facts.Kind == parley.KindSuccession {
				if err := l.leadTo(tx, ref.Origin); err != nil {
					return err
				}
			}
			if err := l.chain.Apply(ref, o.Facts.Kind, o.Content); err != nil {
				return err
			}
		}
		return nil
	})
}

// openOrCreate opens our journal; one that was never there cannot be held by
// anybody, so that it may speak at once.
func openOrCreate(ctx context.Context, l *Line, o parley.Origin, keys []proof.Signer) (*journal.Journal, error) {
	cfg := journal.Config{Origin: o, Agreement: l.id, Keys: keys, Keep: l.node.keep, Continues: l.node.continues}
	j, err := journal.Open(ctx, l.node.db, cfg)
	if err == nil || parley.KindOf(err) != parley.NotFound {
		return j, err
	}
	fresh, err := l.node.home.FirstUse(o)
	if err != nil {
		return nil, err
	}
	if j, err = journal.Create(ctx, l.node.db, cfg, l.node.now()); err == nil && !fresh {
		j.Silence() // the database is older than the keys' first use: ask before speaking
	}
	return j, err
}
