package register

import (
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// place is a row's key.
type place struct {
	journal int64
	index   uint64
}

// loaded is everything that folding some threads needs.
type loaded struct {
	*world
	statements map[parley.Hash][]sqldb.Statement // by what they are about
	sources    map[place]*sqldb.Message          // the entries that make them
	senders    map[parley.MessageID]parley.Body
	blobs      map[place][]sqldb.MessageBlob
}

// Sender finds who wrote a message that is held, in any journal of any agreement:
// the id commits to the journal. JUDGE-18
func (l *loaded) Sender(id parley.MessageID) (parley.Body, bool) {
	b, ok := l.senders[id]
	return b, ok
}

// refold folds the threads noted and writes what changed.
func (f *folding) refold() error {
	delete(f.threads, parley.Hash{})
	names := make([]parley.Hash, 0, len(f.threads))
	for t := range f.threads {
		names = append(names, t)
	}
	slices.SortFunc(names, func(a, b parley.Hash) int { return slices.Compare(a[:], b[:]) })
	rows, err := f.tx.MessagesBy(sqldb.ByThread, names)
	if err != nil {
		return err
	}
	l, err := f.load(rows)
	if err != nil {
		return err
	}
	for _, thread := range f.group(rows) {
		before := make(map[place]sqldb.Folded, len(thread))
		for _, m := range thread {
			before[place{m.Journal, m.Index}] = m.Folded
		}
		for _, one := range l.fold(thread) {
			if err := f.write(one, before[place{one.message.Journal, one.message.Index}]); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *folding) write(one folded, before sqldb.Folded) error {
	m := one.message
	if m.Folded != before {
		if err := f.tx.SetFolded(*m); err != nil {
			return err
		}
	}
	if before.Seq == 0 && len(one.steps) == 0 {
		return nil
	}
	old, err := f.tx.Steps(m.Journal, m.Index)
	if err != nil || slices.Equal(old, one.steps) {
		return err
	}
	return f.tx.SetSteps(m.Journal, m.Index, one.steps)
}

// group splits rows into threads; two agreements never share one, whatever their
// entries say.
func (f *folding) group(rows []sqldb.Message) [][]*sqldb.Message {
	type key struct{ agreement, thread parley.Hash }
	at := map[key]int{}
	var threads [][]*sqldb.Message
	for i := range rows {
		k := key{f.agreement(rows[i].Journal), rows[i].Thread}
		n, ok := at[k]
		if !ok {
			n = len(threads)
			at[k], threads = n, append(threads, nil)
		}
		threads[n] = append(threads[n], &rows[i])
	}
	return threads
}

func (f *folding) load(rows []sqldb.Message) (*loaded, error) {
	l := &loaded{world: f.world, statements: map[parley.Hash][]sqldb.Statement{}, sources: map[place]*sqldb.Message{},
		senders: map[parley.MessageID]parley.Body{}, blobs: map[place][]sqldb.MessageBlob{}}
	names := map[parley.Hash]bool{}
	ask := map[parley.Hash]bool{}
	for i := range rows {
		m := &rows[i]
		l.sources[place{m.Journal, m.Index}] = m
		for _, n := range []parley.Hash{parley.Hash(m.ID), m.Part, name(f.ref(m.Journal, m.Index))} {
			names[n] = !n.IsZero()
		}
		ask[parley.Hash(asked(m))] = true
	}
	if err := f.loadStatements(l, keys(names)); err != nil {
		return nil, err
	}
	for i := range rows {
		m := &rows[i]
		if m.Blobs == 0 || m.Kind == "" {
			continue
		}
		var err error
		if l.blobs[place{m.Journal, m.Index}], err = f.tx.MessageBlobs(m.Journal, m.Index); err != nil {
			return nil, err
		}
	}
	questions, err := f.tx.MessagesBy(sqldb.ByID, keys(ask))
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

func (f *folding) loadStatements(l *loaded, names []parley.Hash) error {
	list, err := f.tx.StatementsAbout(names)
	if err != nil {
		return err
	}
	for _, s := range list {
		l.statements[s.About] = append(l.statements[s.About], s)
		p := place{s.Journal, s.Index}
		if l.sources[p] != nil {
			continue
		}
		m, ok, err := f.tx.MessageAt(s.Journal, s.Index)
		if err != nil {
			return err
		}
		if ok {
			l.sources[p] = &m
		}
	}
	return nil
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
