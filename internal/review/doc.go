// Package review computes the account of commitments of an agreement between two
// of its parties: what was due, met, late, disputed, undelivered, open.
//
// It is trusted with one thing: that whoever holds the same journals up to the
// same cut gets the same bytes, whether a node or an auditor with a public bundle.
// So it reads facts and signatures only, never a text, and has no opinion: a lapse
// is a fact about a record, not a finding of breach. Whoever wrote the entries can
// at most make a row about themselves disputed.
//
// It is a fold over what it is given: no I/O, no clock, no goroutine. It judges no
// signature; what it is given was verified. spec/review.md has the rules.
package review
