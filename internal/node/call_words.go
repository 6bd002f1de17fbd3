package node

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"time"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/callwords"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
)

// Bounds of a secret's life. CALL-8
const (
	secretLife    = 180 * 24 * time.Hour // where nothing else is asked for
	secretMaximum = 400 * 24 * time.Hour
	secretsAhead  = 8 // so many of each side are looked at
)

// WordsRequest is about the call words of a body of ours and one of theirs.
type WordsRequest struct {
	Agreement string `json:"agreement,omitempty"`
	Ours      string `json:"ours,omitempty"` // empty: our first body
	Theirs    string `json:"theirs"`
	Until     string `json:"until,omitempty"` // of a new secret; empty: in 180 days
	Heard     string `json:"heard,omitempty"` // what the caller has said
}

// NewCallWords makes a secret and sends it, sealed, to one body of the other side.
// It can be said with once that side has opened it. CALL-8
func (n *Node) NewCallWords(ctx context.Context, r WordsRequest) (Held, error) {
	l, m, err := n.outbound(ctx, SendRequest{Agreement: r.Agreement, From: r.Ours, To: []string{r.Theirs}, Now: true}, parley.KindCall)
	if err != nil {
		return Held{}, err
	}
	if m.To[0].Party() == l.us {
		return Held{}, parley.E(parley.Invalid, "%s is a body of ours: want one of the other side", m.To[0])
	}
	until := n.now().UTC().Add(secretLife).Truncate(time.Second)
	if r.Until != "" {
		if until, err = time.Parse(time.RFC3339, r.Until); err != nil || !until.After(n.now()) || until.After(n.now().Add(secretMaximum)) {
			return Held{}, parley.E(parley.Invalid, "until %.40q: want an instant within the next 400 days, such as 2027-01-31T00:00:00Z", r.Until)
		}
	}
	secret, err := callwords.New(rand.Reader)
	if err != nil {
		return Held{}, parley.E(parley.Internal, "make a secret: %w", err)
	}
	a, err := l.text()
	if err != nil {
		return Held{}, err
	}
	f, _ := form.Find(parley.KindCall, parley.CallWords, 1)
	if m.Raw, err = f.Fill(map[string]any{"secret": secret.Text(), "until": until.UTC().Format("2006-01-02T15:04:05Z")}, a); err != nil {
		return Held{}, err
	}
	m.Step, m.Precedence = parley.CallWords, parley.Priority
	return l.send(ctx, m)
}

// CallWords is what is known of the words between two bodies.
type CallWords struct {
	Ours    parley.Body         `json:"ours"`
	Theirs  parley.Body         `json:"theirs"`
	Secrets []CallSecret        `json:"secrets"`           // the newest first
	Calling *callwords.Exchange `json:"calling,omitempty"` // the next slot, where we call: not taken by looking
	Called  *callwords.Exchange `json:"called,omitempty"`  // the next slot, where they call
	Next    time.Time           `json:"next,omitzero"`     // when an hour with free slots begins, where this one has none
}

// CallSecret is one secret; what it is stays inside.
type CallSecret struct {
	Ref    string      `json:"ref"` // the message that carried it
	By     parley.Body `json:"by"`
	Made   time.Time   `json:"made"`
	Until  time.Time   `json:"until"`
	Usable bool        `json:"usable"`
	Why    string      `json:"why,omitempty"` // why it is not

	secret callwords.Secret
	ours   bool
}

// name identifies a secret in the table of used slots.
func (c *CallSecret) name() parley.Hash { return parley.Sum(c.secret[:]) }

// CallWordsOf shows the secrets of a pair and the next slot of each direction. It
// takes none.
func (n *Node) CallWordsOf(ctx context.Context, r WordsRequest) (out CallWords, err error) {
	l, ours, theirs, err := n.wordsPair(r)
	if err != nil {
		return out, err
	}
	out = CallWords{Ours: ours, Theirs: theirs, Secrets: []CallSecret{}}
	if out.Secrets, err = n.callSecrets(ctx, l, ours, theirs); err != nil {
		return out, err
	}
	for i := range out.Secrets {
		s := &out.Secrets[i]
		if !s.Usable {
			continue
		}
		for _, x := range []struct {
			pair callwords.Pair
			to   **callwords.Exchange
		}{{callwords.Pair{Agreement: l.id, Caller: ours, Called: theirs}, &out.Calling}, {callwords.Pair{Agreement: l.id, Caller: theirs, Called: ours}, &out.Called}} {
			slot, free, err := n.nextSlot(ctx, s, x.pair)
			if err != nil {
				return out, err
			}
			if free {
				e := s.secret.At(x.pair, slot)
				*x.to = &e
			} else {
				out.Next = callwords.Slot{Hour: slot.Hour + 1}.Start()
			}
		}
		break // the newest that can be used
	}
	return out, nil
}

// SayCallWords takes the next slot of this hour for a call of ours: what we say,
// and what they must answer. Unavailable where no secret can be used, or the hour
// has no slot left. CALL-11, CALL-12
func (n *Node) SayCallWords(ctx context.Context, r WordsRequest) (callwords.Exchange, error) {
	l, ours, theirs, err := n.wordsPair(r)
	if err != nil {
		return callwords.Exchange{}, err
	}
	secrets, err := n.callSecrets(ctx, l, ours, theirs)
	if err != nil {
		return callwords.Exchange{}, err
	}
	pair := callwords.Pair{Agreement: l.id, Caller: ours, Called: theirs}
	for i := range secrets {
		s := &secrets[i]
		for range callwords.PerHour { // another officer may take one meanwhile
			slot, free, err := n.nextSlot(ctx, s, pair)
			if err != nil {
				return callwords.Exchange{}, err
			}
			if !s.Usable {
				break
			}
			if !free {
				return callwords.Exchange{}, parley.E(parley.Unavailable, "all %d calls of this hour to %s have had their words: the next are free at %s", callwords.PerHour, theirs,
					callwords.Slot{Hour: slot.Hour + 1}.Start().Format(time.RFC3339))
			}
			if _, taken, err := n.takeSlot(ctx, s, pair, slot, "said"); err != nil || taken {
				return s.secret.At(pair, slot), err
			}
		}
	}
	if len(secrets) > 0 {
		return callwords.Exchange{}, parley.E(parley.Unavailable, "no secret of %s and %s can be used: %s", ours, theirs, secrets[0].Why)
	}
	return callwords.Exchange{}, parley.E(parley.Unavailable, "%s and %s have no secret for call words", ours, theirs).WithHint("`parley call words %s --new` makes one", theirs)
}

// HearCallWords says whether the words of a caller are theirs, and what to answer.
// It takes their slot. Untrusted where the words belong to no slot that may be heard
// now, or to one that was used: then the voice may be anybody's. CALL-11, CALL-12
func (n *Node) HearCallWords(ctx context.Context, r WordsRequest) (callwords.Exchange, error) {
	l, ours, theirs, err := n.wordsPair(r)
	if err != nil {
		return callwords.Exchange{}, err
	}
	if _, ok := callwords.Normal(r.Heard); !ok {
		return callwords.Exchange{}, parley.E(parley.Invalid, "%.60q: want three words of the list, or eight digits", r.Heard).WithHint("ask the caller to say them again, slowly")
	}
	secrets, err := n.callSecrets(ctx, l, ours, theirs)
	if err != nil {
		return callwords.Exchange{}, err
	}
	pair := callwords.Pair{Agreement: l.id, Caller: theirs, Called: ours}
	for i := range secrets {
		s := &secrets[i]
		if !s.Until.After(n.now()) { // CALL-8; that we have opened it is enough to hear
			continue
		}
		e, ok := s.secret.Find(pair, r.Heard, n.now())
		if !ok {
			continue
		}
		was, taken, err := n.takeSlot(ctx, s, pair, e.Slot, "heard")
		if err != nil {
			return callwords.Exchange{}, err
		}
		if !taken {
			return callwords.Exchange{}, parley.E(parley.Untrusted, "these words were used at %s: they open no second call", was.At.UTC().Format(time.RFC3339)).
				WithHint("end the call, and call back on a number that you know")
		}
		return e, nil
	}
	return callwords.Exchange{}, parley.E(parley.Untrusted, "these are not the words of %s now: the voice is not theirs, or it was misheard", theirs).
		WithHint("ask once more; then end the call, and call back on a number that you know")
}

// CallCard is what a printed card for a body of theirs has: lines for calls of ours,
// and lines for calls of theirs. Unavailable where no secret can be used.
func (n *Node) CallCard(ctx context.Context, r WordsRequest, lines int) (calling, called []callwords.Exchange, until time.Time, err error) {
	l, ours, theirs, err := n.wordsPair(r)
	if err != nil {
		return nil, nil, until, err
	}
	secrets, err := n.callSecrets(ctx, l, ours, theirs)
	for i := range secrets {
		if s := &secrets[i]; s.Usable && err == nil {
			return s.secret.Card(callwords.Pair{Agreement: l.id, Caller: ours, Called: theirs}, lines),
				s.secret.Card(callwords.Pair{Agreement: l.id, Caller: theirs, Called: ours}, lines), s.Until, nil
		}
	}
	if err == nil {
		err = parley.E(parley.Unavailable, "%s and %s have no secret for call words that can be used", ours, theirs).WithHint("`parley call words %s --new` makes one", theirs)
	}
	return nil, nil, until, err
}

func (n *Node) wordsPair(r WordsRequest) (l *Line, ours, theirs parley.Body, err error) {
	if theirs, err = parley.ParseBody(r.Theirs); err != nil {
		return nil, "", "", err
	}
	if l, err = n.lineTo(r.Agreement, []parley.Body{theirs}); err != nil {
		return nil, "", "", err
	}
	if ours, err = l.speaker(parley.Body(r.Ours)); err != nil {
		return nil, "", "", err
	}
	a, err := l.text()
	if err != nil {
		return nil, "", "", err
	}
	if _, ok := a.Body(ours); !ok || ours.Party() != l.us {
		return nil, "", "", parley.E(parley.Forbidden, "%s is not a body of ours under this agreement", ours)
	}
	if theirs.Party() == l.us {
		return nil, "", "", parley.E(parley.Invalid, "%s is a body of ours: want one of the other side", theirs)
	}
	return l, ours, theirs, nil
}

// callSecrets are those between two bodies, the newest first.
func (n *Node) callSecrets(ctx context.Context, l *Line, ours, theirs parley.Body) ([]CallSecret, error) {
	folded, err := n.checks()
	if err != nil {
		return nil, err
	}
	var list []CallSecret
	for _, from := range []parley.Body{ours, theirs} {
		found, err := folded.CallSecrets(ctx, from, secretsAhead)
		if err != nil {
			return nil, err
		}
		for i := range found {
			m := &found[i]
			if m.Agreement != l.id || m.Void != "" || len(m.To) != 1 || m.To[0] != ours && m.To[0] != theirs { // CALL-8
				continue
			}
			if s, ok := n.callSecret(ctx, m, from == ours); ok {
				list = append(list, s)
			}
		}
	}
	for i := range list { // few: insertion keeps the newest first
		for j := i; j > 0 && list[j].Made.After(list[j-1].Made); j-- {
			list[j], list[j-1] = list[j-1], list[j]
		}
	}
	return list, nil
}

func (n *Node) callSecret(ctx context.Context, f *register.Message, ours bool) (s CallSecret, ok bool) {
	m, err := n.MessageAt(ctx, f.Ref)
	if err != nil || !m.Readable {
		return s, false
	}
	var c form.CallSecret
	if json.Unmarshal(m.Content, &c) != nil {
		return s, false
	}
	s = CallSecret{Ref: n.Name(f.Ref), By: f.From, Made: f.Said, Usable: true, ours: ours}
	if s.Until, err = time.Parse(time.RFC3339, c.Until); err != nil {
		return s, false
	}
	if s.secret, err = callwords.ParseSecret(c.Secret); err != nil {
		return s, false
	}
	opened := !ours // ours only once they have said that they opened it
	for _, st := range f.Steps {
		opened = opened || st.From.Party() != f.From.Party() && st.Says == "opened"
	}
	switch now := n.now(); {
	case !s.Until.After(now):
		s.Usable, s.Why = false, "its time has run out"
	case s.Until.After(s.Made.Add(secretMaximum + 24*time.Hour)):
		s.Usable, s.Why = false, "it would last longer than 400 days"
	case !opened:
		s.Usable, s.Why = false, "the other side has not opened it yet"
	}
	return s, true
}

// nextSlot is the first slot of this hour after those that were taken.
func (n *Node) nextSlot(ctx context.Context, s *CallSecret, p callwords.Pair) (slot callwords.Slot, free bool, err error) {
	slot.Hour = callwords.HourOf(n.now())
	used, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) ([]sqldb.CallWord, error) {
		return tx.CallWords(s.name(), p.Caller, p.Called, slot.Hour)
	})
	for _, u := range used {
		slot.N = max(slot.N, u.N)
	}
	slot.N++
	return slot, slot.N <= callwords.PerHour, err
}

// takeSlot takes a slot for ever; ok is false, and was is what took it, where it or a
// later one of its hour is taken. CALL-12
func (n *Node) takeSlot(ctx context.Context, s *CallSecret, p callwords.Pair, slot callwords.Slot, how string) (was sqldb.CallWord, ok bool, err error) {
	err = n.db.Update(ctx, func(tx *sqldb.Tx) error {
		used, err := tx.CallWords(s.name(), p.Caller, p.Called, slot.Hour)
		if err != nil {
			return err
		}
		for _, u := range used {
			if u.N == slot.N || slot.Hour != 0 && u.N > slot.N {
				was = u
				return nil
			}
		}
		was, ok, err = tx.PutCallWord(sqldb.CallWord{Secret: s.name(), Caller: p.Caller, Called: p.Called, Hour: slot.Hour, N: slot.N, How: how, At: n.now()})
		return err
	})
	return was, ok, err
}
