package agreement

import "parley.example/parley"

// AnswerOwed is the commitment by which one of the parties owes an answer to a
// message: the first one in the order of the text that fits. REQUEST-3
func (a *Agreement) AnswerOwed(kind parley.Kind, step string, p parley.Precedence, by ...parley.Party) (*Commitment, bool) {
	for i := range a.Promises.Commitments {
		c := &a.Promises.Commitments[i]
		if c.Sort != "answer" || len(c.Next) > 0 || !contains(c.Kinds, kind) || !fits(c.Steps, step) || !fits(c.Precedences, p) {
			continue
		}
		for _, party := range by {
			if fits(c.Owed, party) {
				return c, true
			}
		}
	}
	return nil, false
}
