package node

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"regexp"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/store/sqldb"
)

// IntelRule sends by itself what a query finds, as it comes.
type IntelRule struct {
	Name    string     `json:"name"`
	Query   IntelQuery `json:"query"`
	To      []string   `json:"to"`
	Marking string     `json:"marking,omitempty"`
	From    string     `json:"from,omitempty"`
	About   string     `json:"about,omitempty"`
	Every   Seconds    `json:"every,omitempty"` // at most one message in so many seconds; 0: at once
	Past    bool       `json:"past,omitempty"`  // also what is in the store already
	Yes     bool       `json:"yes,omitempty"`   // also what a warninglist names

	Paused  bool      `json:"paused"`
	Done    uint64    `json:"done"`              // objects up to this number were looked at
	Behind  uint64    `json:"behind"`            // objects of the store that were not looked at yet
	Trouble string    `json:"trouble,omitempty"` // why the last round sent nothing
	Made    time.Time `json:"made"`

	Stayed    uint64 `json:"stayed,omitempty"`     // objects that fitted and did not go, all rounds together
	StayedWhy string `json:"stayed_why,omitempty"` // the last of these, and why
}

// Seconds is a length in whole seconds.
type Seconds int64

// leastEvery is the least IntelRule.Every but for 0.
const leastEvery Seconds = 10

// ruleObjects is how many objects one message of a rule has at most.
const ruleObjects = 20_000

var ruleName = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// AddIntelRule makes a rule. Invalid where its query, its addressees or its marking are
// not; Conflict where one has its name.
func (n *Node) AddIntelRule(ctx context.Context, r IntelRule) (IntelRule, error) {
	if !ruleName.MatchString(r.Name) {
		return r, parley.E(parley.Invalid, "rule %.80q: want a name of lower-case letters, digits and hyphens, at most 63", r.Name)
	}
	if len(r.Query.Versions) > 0 || r.Query.After > 0 || r.Query.Newest || r.Query.Limit > 0 {
		return r, parley.E(parley.Invalid, "a rule sends each object as it comes: its query names no version, place or order")
	}
	if !r.Query.narrows() {
		return r, errEverything()
	}
	if r.Query.Direction == string(intel.Out) {
		return r, errCopies()
	}
	if r.Every < 0 || r.Every > 0 && r.Every < leastEvery {
		return r, parley.E(parley.Invalid, "a message every %d s: want at least %d s, or none for at once", r.Every, leastEvery)
	}
	if _, err := r.Query.parse(); err != nil {
		return r, err
	}
	l, m, err := n.outbound(ctx, SendRequest{To: r.To, From: r.From, Marking: r.Marking}, parley.KindIntel)
	if err != nil {
		return r, err
	}
	if _, _, err := l.permitted(&m); err != nil {
		return r, err
	}
	if err := l.toOthers(m.To); err != nil {
		return r, err
	}
	r.Paused, r.Done, r.Behind, r.Trouble, r.Made = false, 0, 0, "", n.now().UTC()
	r.Stayed, r.StayedWhy = 0, ""
	body, err := json.Marshal(r)
	if err != nil {
		return r, parley.E(parley.Internal, "rule: %w", err)
	}
	if !r.Past {
		if r.Done, err = n.intel.Newest(ctx); err != nil {
			return r, err
		}
	}
	err = n.db.Update(ctx, func(tx *sqldb.Tx) error {
		return tx.AddIntelRule(sqldb.IntelRule{Name: r.Name, Body: body, Position: r.Done, Made: r.Made})
	})
	n.wake()
	return r, err
}

// IntelRules lists the rules.
func (n *Node) IntelRules(ctx context.Context) ([]IntelRule, error) {
	rows, err := sqldb.Read(ctx, n.db, (*sqldb.Tx).IntelRules)
	if err != nil {
		return nil, err
	}
	newest, err := n.intel.Newest(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]IntelRule, 0, len(rows))
	for _, row := range rows {
		r, err := readRule(row)
		if err != nil {
			return nil, err
		}
		r.Behind = newest - min(newest, r.Done)
		list = append(list, r)
	}
	return list, nil
}

func readRule(row sqldb.IntelRule) (r IntelRule, err error) {
	if err := json.Unmarshal(row.Body, &r); err != nil {
		return r, parley.E(parley.Internal, "rule %s: %w", row.Name, err)
	}
	r.Paused, r.Done, r.Trouble, r.Made = row.Paused, row.Position, row.Trouble, row.Made
	r.Stayed, r.StayedWhy = row.Stayed, row.StayedWhy
	return r, nil
}

// RemoveIntelRule removes a rule: what it sent stays sent.
func (n *Node) RemoveIntelRule(ctx context.Context, name string) error {
	return n.withRule(ctx, name, func(tx *sqldb.Tx, r sqldb.IntelRule) error { return tx.DropIntelRule(r.N) })
}

// PauseIntelRule stops a rule, or lets it go on from where it stopped.
func (n *Node) PauseIntelRule(ctx context.Context, name string, paused bool) error {
	err := n.withRule(ctx, name, func(tx *sqldb.Tx, r sqldb.IntelRule) error {
		r.Paused = paused
		return tx.SetIntelRule(r)
	})
	n.wake()
	return err
}

func (n *Node) withRule(ctx context.Context, name string, f func(*sqldb.Tx, sqldb.IntelRule) error) error {
	n.ruling.Lock()
	defer n.ruling.Unlock()
	return n.db.Update(ctx, func(tx *sqldb.Tx) error {
		rows, err := tx.IntelRules()
		if err != nil {
			return err
		}
		for _, r := range rows {
			if r.Name == name {
				return f(tx, r)
			}
		}
		return parley.E(parley.NotFound, "no rule %q", name).WithHint("`parley intel rule list` shows all")
	})
}

// RunRules lets every rule send what has come since its last round: one message for
// each. A rule's nonce is durable before its message is, so that a crash in between
// sends nothing twice, and its position moves after it, so that none is lost. A rule
// that cannot send now says why, and tries again.
func (n *Node) RunRules(ctx context.Context) error {
	n.ruling.Lock()
	defer n.ruling.Unlock()
	rows, err := sqldb.Read(ctx, n.db, (*sqldb.Tx).IntelRules)
	if err != nil || len(rows) == 0 {
		return err
	}
	newest, err := n.intel.Newest(ctx)
	if err != nil {
		return err
	}
	for _, row := range rows {
		if row.Paused || row.Position >= newest && row.Nonce == nil {
			continue
		}
		if err := n.runRule(ctx, row, newest); err != nil {
			return err
		}
	}
	return nil
}

func (n *Node) runRule(ctx context.Context, row sqldb.IntelRule, newest uint64) error {
	r, err := readRule(row)
	if err != nil {
		return err
	}
	if every := time.Duration(r.Every) * time.Second; every > 0 && n.now().Sub(n.ruled[r.Name]) < every && row.Nonce == nil {
		return nil
	}
	save := func() error {
		return n.db.Update(ctx, func(tx *sqldb.Tx) error { return tx.SetIntelRule(row) })
	}
	if row.Nonce == nil {
		row.Nonce, row.Upto = make([]byte, 16), newest
		rand.Read(row.Nonce)
		if err := save(); err != nil {
			return err
		}
	}
	sent, err := n.SendIntel(ctx, IntelSend{SendRequest: SendRequest{To: r.To, From: r.From, Marking: r.Marking, Text: r.About, Nonce: parley.Nonce(row.Nonce).String()},
		Query: r.Query, Yes: r.Yes, since: row.Position, until: row.Upto, most: ruleObjects})
	nothing := err != nil && (parley.KindOf(err) == parley.NotFound || parley.KindOf(err) == parley.Forbidden) && sent.Objects == 0 && sent.searched
	if err != nil && !nothing {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if why := err.Error(); why != row.Trouble {
			n.log.Warn("a rule could not send", "event", "intel.rule", "rule", r.Name)
			row.Trouble = why
			return save()
		}
		return nil
	}
	if row.Position = row.Upto; sent.upto > 0 && sent.full {
		row.Position = sent.upto
	}
	row.Nonce, row.Upto, row.Trouble = nil, 0, ""
	if len(sent.Held) > 0 { // what stayed is told of after the rounds that follow, too
		last := sent.Held[len(sent.Held)-1]
		row.Stayed += uint64(len(sent.Held) + sent.HeldMore)
		row.StayedWhy = last.ID + ": " + last.Reason
		if sent.Objects == 0 {
			row.Trouble = "nothing went: " + row.StayedWhy
		}
	}
	if n.ruled == nil {
		n.ruled = map[string]time.Time{}
	}
	n.ruled[r.Name] = n.now()
	return save()
}
