package node

import (
	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// judgeCountersign finds the message that a second signature is about, earlier in
// the same journal, and checks it against the release key of that place. The
// caller holds l.mu. JUDGE-22
func (l *Line) judgeCountersign(tx *sqldb.Tx, j sqldb.Journal, env seal.Envelope, o seal.Opened, ref parley.Ref) (seal.Verdict, error) {
	var about seal.Envelope
	aboutRef := parley.Ref{Origin: j.Origin}
	index, ok, err := tx.FirstID(j.ID, o.Facts.Answers)
	if err != nil {
		return seal.Verdict{}, err
	}
	if ok {
		aboutRef.Index = index
		list, err := tx.Entries(j.ID, index, index+1)
		if err != nil {
			return seal.Verdict{}, err
		}
		if len(list) == 1 {
			about, _ = seal.ParseEntry(list[0].Raw) // an id stands only where it parses
		}
	}
	return seal.JudgeCountersign(env, o, ref, about, aboutRef, l.chain), nil
}
