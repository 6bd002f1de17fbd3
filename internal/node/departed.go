package node

import (
	"fmt"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// StateLeft is the state of a target that answers us as a stranger, because we take part
// in the agreement no more.
const StateLeft = "left"

// leftAgain is how soon such a target is called again: a new text may have brought us
// back without a word to us.
const leftAgain = 24 * time.Hour

// departed says in a sentence why we take part in the agreement no more: an amendment
// that all have signed does not name us, or our notice has run out. Empty: we do.
// AGREEMENT-22
func (l *Line) departed() string {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.role == sqldb.Archived {
		return ""
	}
	for _, a := range append(l.terms(l.lead()), l.chain.Newest()) {
		if _, in := a.Party(l.us); !in {
			return fmt.Sprintf("the amendment %.8s, which all its parties have signed, leaves us out: what was signed stays, nothing new goes over this line", a.Hash())
		}
	}
	if l.chain.Left(l.us, l.node.now()) {
		return "our notice has run out: what was signed stays, nothing new goes over this line"
	}
	return ""
}

// strangerTo says whether a target that answers so takes us for a stranger, and why it
// may: it answers NotFound to everything then. WIRE-2
func (l *Line) strangerTo(err error) (why string, is bool) {
	if err == nil || parley.KindOf(err) != parley.NotFound {
		return "", false
	}
	why = l.departed()
	return why, why != ""
}
