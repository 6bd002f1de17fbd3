package node

import (
	"context"
	"slices"

	"parley.example/parley"
)

// ReportIncident queues a stage of an incident. A stage that opens the matter needs
// addressees; a later one goes to those of the first, and only its author goes on.
// Errors are Invalid or Conflict where the stage goes back. INCIDENT-1
func (n *Node) ReportIncident(ctx context.Context, r FormRequest) (Held, error) {
	r.Kind = parley.KindIncident
	agreementID := r.Agreement
	if r.Answers != "" {
		var m Message
		var err error
		if r, m, err = n.goOn(ctx, r, itsAuthor); err != nil {
			return Held{}, err
		}
		steps, err := n.stepsOf(ctx, m)
		if err != nil {
			return Held{}, err
		}
		if err := nextStage(m.Short, steps, r.Step); err != nil {
			return Held{}, err
		}
		agreementID = m.Agreement.String()
	} else if r.Step == parley.StageIntermediate || r.Step == parley.StageFinal {
		return Held{}, parley.E(parley.Invalid, "a stage %s answers one before it: want the incident", r.Step).WithHint("`parley incident list` shows ours")
	}
	l, err := n.lineOf(agreementID, r.To)
	if err != nil {
		return Held{}, err
	}
	a, err := l.text()
	if err != nil {
		return Held{}, err
	}
	n.stageClock(a, l.us, &r, oneOf(r.Fields, "detected"))
	return n.SendForm(ctx, r)
}

// lineOf is the line of an agreement, or the one that names all addressees.
func (n *Node) lineOf(id string, to []string) (*Line, error) {
	bodies := make([]parley.Body, 0, len(to))
	for _, s := range to {
		b, err := parley.ParseBody(s)
		if err != nil {
			return nil, err
		}
		bodies = append(bodies, b)
	}
	if id == "" && len(bodies) == 0 {
		return nil, parley.E(parley.Invalid, "no addressee: want a body such as borea.example/cert")
	}
	return n.lineTo(id, bodies)
}

var stages = []string{parley.StageEarly, parley.StageFull, parley.StageIntermediate, parley.StageFinal}

// stageRank orders stages; -1 for what is none.
func stageRank(step string) int { return slices.Index(stages, step) }

// nextStage refuses a stage that goes back: one may be left out, and only the
// intermediate one may come again.
func nextStage(name string, taken []string, step string) error {
	reached := -1
	for _, s := range taken {
		reached = max(reached, stageRank(s))
	}
	at := stageRank(step)
	switch {
	case reached == len(stages)-1:
		return parley.E(parley.Conflict, "%s has its final report already", name).WithHint("`parley correct` mends what was wrong in it")
	case at < reached, at == reached && step != parley.StageIntermediate:
		return parley.E(parley.Conflict, "%s is at the stage %s already: want one that follows", name, stages[reached])
	}
	return nil
}
