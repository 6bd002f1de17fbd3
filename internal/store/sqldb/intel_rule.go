package sqldb

import (
	"database/sql"
	"time"

	"parley.example/parley"
)

// IntelRule sends by itself what a query finds.
type IntelRule struct {
	N        int64
	Name     string
	Body     []byte // what, and to whom
	Position uint64 // objects up to this number are done
	Nonce    []byte // of the message that is being sent; nil: none is
	Upto     uint64 // up to where that goes
	Paused   bool
	Trouble  string // why the last round sent nothing; empty: it did, or there was nothing
	Made     time.Time

	Stayed    uint64 // objects that fitted and did not go, all rounds together
	StayedWhy string // the last of these, and why
}

// IntelRules lists the rules in the order in which they were made.
func (t *Tx) IntelRules() ([]IntelRule, error) {
	var list []IntelRule
	err := t.query(`SELECT rule, name, body, position, nonce, upto, paused, trouble, made_at, stayed, stayed_why FROM intel_rule ORDER BY rule`, nil, func(r *sql.Rows) error {
		var x IntelRule
		err := r.Scan(&x.N, &x.Name, &x.Body, (*int64bits)(&x.Position), &x.Nonce, (*int64bits)(&x.Upto), &x.Paused, &x.Trouble, micros{&x.Made}, (*int64bits)(&x.Stayed), &x.StayedWhy)
		list = append(list, x)
		return err
	})
	return list, err
}

// AddIntelRule adds a rule; Conflict where one has its name.
func (t *Tx) AddIntelRule(r IntelRule) error {
	n, err := t.exec(`INSERT INTO intel_rule (name, body, position, made_at) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`, r.Name, r.Body, int64(r.Position), toMicros(r.Made))
	if err == nil && n == 0 {
		err = parley.E(parley.Conflict, "there is a rule %q already", r.Name).WithHint("remove it first, or name the new one otherwise")
	}
	return err
}

// SetIntelRule stores where a rule stands.
func (t *Tx) SetIntelRule(r IntelRule) error {
	_, err := t.exec(`UPDATE intel_rule SET position = $2, nonce = $3, upto = $4, paused = $5, trouble = $6, stayed = $7, stayed_why = $8 WHERE rule = $1`,
		r.N, int64(r.Position), r.Nonce, int64(r.Upto), bit(r.Paused), r.Trouble, int64(r.Stayed), r.StayedWhy)
	return err
}

// DropIntelRule removes a rule.
func (t *Tx) DropIntelRule(n int64) error {
	_, err := t.exec(`DELETE FROM intel_rule WHERE rule = $1`, n)
	return err
}
