package register

import (
	"context"
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// loaded is everything that folding some threads needs.
type loaded struct {
	*world
	statements map[parley.Hash][]sqldb.Statement // by what they are about
	sources    map[sqldb.Place]*sqldb.Message    // the entries that make them
	senders    map[parley.MessageID]parley.Body
	blobs      map[sqldb.Place][]sqldb.MessageBlob
}

// Sender finds who wrote a message that is held, in any journal of any agreement:
// the id commits to the journal. JUDGE-18
func (l *loaded) Sender(id parley.MessageID) (parley.Body, bool) {
	b, ok := l.senders[id]
	return b, ok
}

// settleBatch is how many threads are folded before their rows are written.
const settleBatch = 512

// settle folds the threads that are noted in an agreement, until none is. The
// caller holds the agreement's lock, so that nobody else changes its rows.
func (r *Register) settle(ctx context.Context, agreement parley.Hash) error {
	for {
		var threads []parley.Hash
		var changes []folded
		err := r.store.View(ctx, func(tx *sqldb.Tx) (err error) {
			if threads, err = tx.Dirty(agreement, settleBatch); err != nil || len(threads) == 0 {
				return err
			}
			w, err := readWorld(tx)
			if err != nil {
				return err
			}
			changes, err = refold(tx, w, agreement, threads)
			return err
		})
		if err != nil || len(threads) == 0 {
			return err
		}
		err = r.store.UpdateLazily(ctx, func(tx *sqldb.Tx) error {
			for i := range changes {
				if err := changes[i].write(tx); err != nil {
					return err
				}
			}
			return tx.DropDirty(agreement, threads)
		})
		if err != nil {
			return err
		}
	}
}

func (c *folded) write(tx *sqldb.Tx) error {
	if c.moved {
		if err := tx.SetFolded(*c.message); err != nil {
			return err
		}
	}
	if c.stepped {
		return tx.SetSteps(c.message.Journal, c.message.Index, c.steps)
	}
	return nil
}

// refold folds threads of one agreement and returns the rows that change.
func refold(tx *sqldb.Tx, w *world, agreement parley.Hash, threads []parley.Hash) ([]folded, error) {
	rows, err := tx.MessagesBy(sqldb.ByThread, threads)
	if err != nil {
		return nil, err
	}
	// Two agreements never share a thread, whatever their entries say.
	rows = slices.DeleteFunc(rows, func(m sqldb.Message) bool { return w.agreement(m.Journal) != agreement })
	l, err := load(tx, w, rows)
	if err != nil {
		return nil, err
	}
	before := make(map[sqldb.Place]sqldb.Folded, len(rows))
	group := map[parley.Hash][]*sqldb.Message{}
	var stepped []sqldb.Place // rows that may have steps already
	for i := range rows {
		m := &rows[i]
		before[at(m)] = m.Folded
		group[m.Thread] = append(group[m.Thread], m)
		if m.Seq > 0 {
			stepped = append(stepped, at(m))
		}
	}
	old, err := tx.StepsAt(stepped)
	if err != nil {
		return nil, err
	}
	var changes []folded
	for _, t := range threads {
		for _, one := range l.fold(group[t]) {
			p := at(one.message)
			one.moved, one.stepped = one.message.Folded != before[p], !slices.Equal(old[p], one.steps)
			if one.moved || one.stepped {
				changes = append(changes, one)
			}
		}
	}
	return changes, nil
}

func at(m *sqldb.Message) sqldb.Place { return sqldb.Place{Journal: m.Journal, Index: m.Index} }

func load(tx *sqldb.Tx, w *world, rows []sqldb.Message) (*loaded, error) {
	l := &loaded{world: w, statements: map[parley.Hash][]sqldb.Statement{}, sources: map[sqldb.Place]*sqldb.Message{}, senders: map[parley.MessageID]parley.Body{}}
	names := map[parley.Hash]bool{}
	ask := map[parley.Hash]bool{}
	var files []sqldb.Place
	for i := range rows {
		m := &rows[i]
		l.sources[at(m)] = m
		for _, n := range []parley.Hash{parley.Hash(m.ID), m.Part, name(w.ref(m.Journal, m.Index))} {
			names[n] = true
		}
		ask[parley.Hash(asked(m))] = true
		if m.Blobs > 0 && m.Kind != "" {
			files = append(files, at(m))
		}
	}
	err := l.loadStatements(tx, keys(names))
	if err != nil {
		return nil, err
	}
	if l.blobs, err = tx.BlobsAt(files); err != nil {
		return nil, err
	}
	questions, err := tx.MessagesBy(sqldb.ByID, keys(ask))
	for i := range questions {
		l.senders[questions[i].ID] = questions[i].From
	}
	return l, err
}

// asked is the message whose author an answer has to name; zero where it is none. JUDGE-18
func asked(m *sqldb.Message) parley.MessageID {
	switch {
	case m.Kind == "" || m.Thread.IsZero() || m.Thread == parley.Hash(m.ID):
		return parley.MessageID{}
	case !m.Answers.IsZero():
		return m.Answers
	}
	return parley.MessageID(m.Thread)
}

// loadStatements finds what is said about the names, and the entries that say it.
func (l *loaded) loadStatements(tx *sqldb.Tx, names []parley.Hash) error {
	list, err := tx.StatementsAbout(names)
	if err != nil {
		return err
	}
	missing := map[sqldb.Place]bool{}
	var places []sqldb.Place
	for _, s := range list {
		l.statements[s.About] = append(l.statements[s.About], s)
		p := sqldb.Place{Journal: s.Journal, Index: s.Index}
		if l.sources[p] == nil && !missing[p] {
			missing[p] = true
			places = append(places, p)
		}
	}
	sources, err := tx.MessagesAt(places)
	for i := range sources {
		l.sources[at(&sources[i])] = &sources[i]
	}
	return err
}

func keys(set map[parley.Hash]bool) []parley.Hash {
	list := make([]parley.Hash, 0, len(set))
	for h := range set {
		if !h.IsZero() {
			list = append(list, h)
		}
	}
	slices.SortFunc(list, func(a, b parley.Hash) int { return slices.Compare(a[:], b[:]) })
	return list
}
