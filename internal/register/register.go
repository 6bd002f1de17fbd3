package register

import (
	"context"
	"sync"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// Store is where the registers are kept; *sqldb.DB is one.
type Store interface {
	Update(ctx context.Context, f func(*sqldb.Tx) error) error
	UpdateLazily(ctx context.Context, f func(*sqldb.Tx) error) error // what can be folded again
	View(ctx context.Context, f func(*sqldb.Tx) error) error
}

// Register folds and answers. Safe for concurrent use; folds of one agreement run
// one after the other, those of different agreements beside each other.
type Register struct {
	store Store

	mu    sync.RWMutex
	terms map[parley.Hash]Terms       // guarded by mu
	folds map[parley.Hash]*sync.Mutex // guarded by mu; held while an agreement is folded
}

// Terms is what an agreement says that decides how a state is shown.
type Terms struct {
	Archives []string // key names of the mirrors of archives that all parties named
	Quantum  bool     // delivered needs the ML-DSA-44 cosignature too
}

// rules is the version of the rules of folding: a change of what any row says
// counts it up. Rows of another version are dropped when the store is opened, and
// folded again from the log.
const rules = "6"

// rulesSetting is where a store keeps the version that its rows were folded by.
const rulesSetting = "register.rules"

// New makes a register on a store. Rows that were folded by other rules are
// dropped: every position is at the beginning then. Where a crash has cut a fold
// in two, it is finished first.
func New(s Store) (*Register, error) {
	r := &Register{store: s, terms: map[parley.Hash]Terms{}, folds: map[parley.Hash]*sync.Mutex{}}
	ctx := context.Background() // no longer than one fold
	if err := r.applyRules(ctx); err != nil {
		return nil, err
	}
	var agreements []parley.Hash
	err := s.View(ctx, func(tx *sqldb.Tx) (err error) {
		agreements, err = tx.DirtyAgreements()
		return err
	})
	for _, a := range agreements {
		if err == nil {
			unlock := r.lock(a)
			err = r.settle(ctx, a)
			unlock()
		}
	}
	return r, err
}

func (r *Register) applyRules(ctx context.Context) error {
	var same bool
	err := r.store.View(ctx, func(tx *sqldb.Tx) error {
		v, _, err := tx.Setting(rulesSetting)
		same = string(v) == rules
		return err
	})
	if err != nil || same {
		return err
	}
	return r.store.Update(ctx, func(tx *sqldb.Tx) error {
		if err := tx.DropRegisters(); err != nil {
			return err
		}
		return tx.SetSetting(rulesSetting, []byte(rules))
	})
}

// SetTerms tells what the agreement with this identifier says.
func (r *Register) SetTerms(agreement parley.Hash, t Terms) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.terms[agreement] = t
}

func (r *Register) termsOf(agreement parley.Hash) Terms {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.terms[agreement]
}

// Position is the first index of a journal that is not folded. A journal that is
// not held here is NotFound.
func (r *Register) Position(ctx context.Context, o parley.Origin) (next uint64, err error) {
	err = r.store.View(ctx, func(tx *sqldb.Tx) error {
		j, err := tx.Journal(o)
		if err != nil {
			return err
		}
		p, err := tx.FoldPosition(j.ID)
		next = p.Next
		return err
	})
	return next, err
}

// world is the journals that are held, as one transaction sees them.
type world struct {
	byID     map[int64]sqldb.Journal
	byOrigin map[parley.Origin]sqldb.Journal
	us       map[parley.Hash]parley.Party // who we are in each agreement
}

func readWorld(tx *sqldb.Tx) (*world, error) {
	all, err := tx.Journals()
	if err != nil {
		return nil, err
	}
	w := &world{map[int64]sqldb.Journal{}, map[parley.Origin]sqldb.Journal{}, map[parley.Hash]parley.Party{}}
	for _, j := range all {
		w.byID[j.ID], w.byOrigin[j.Origin] = j, j
		if j.Role == sqldb.Ours {
			w.us[j.Agreement] = j.Party
		}
	}
	return w, nil
}

func (w *world) ref(journal int64, index uint64) parley.Ref {
	return parley.Ref{Origin: w.byID[journal].Origin, Index: index}
}

func (w *world) agreement(journal int64) parley.Hash { return w.byID[journal].Agreement }

// ours is our party in the agreement of a journal.
func (w *world) ours(journal int64) parley.Party { return w.us[w.agreement(journal)] }

// name stands for an entry that is named by its place.
func name(ref parley.Ref) parley.Hash { return parley.Sum([]byte(ref.String())) }
