package node

import (
	"context"
	"slices"

	"parley.example/parley"
	"parley.example/parley/form"
)

// ReportIncident queues a stage of an incident. A stage that opens the matter needs
// addressees; a later one goes to those of the first, and only its author goes on.
// Errors are Invalid or Conflict where the stage goes back. INCIDENT-1
func (n *Node) ReportIncident(ctx context.Context, r FormRequest) (Held, error) {
	r.Kind = parley.KindIncident
	l, m, err := n.incident(ctx, r)
	if err != nil {
		return Held{}, err
	}
	return l.send(ctx, m)
}

// incident is a stage before it is sent, with the clock that it starts.
func (n *Node) incident(ctx context.Context, r FormRequest) (*Line, Outbound, error) {
	if r.Answers != "" {
		var before Message
		var err error
		if r, before, err = n.goOn(ctx, r, itsAuthor); err != nil {
			return nil, Outbound{}, err
		}
		steps, err := n.stepsOf(ctx, before)
		if err != nil {
			return nil, Outbound{}, err
		}
		if err := nextStage(before.Short, steps, r.Step); err != nil {
			return nil, Outbound{}, err
		}
	} else if r.Step == parley.StageIntermediate || r.Step == parley.StageFinal {
		return nil, Outbound{}, parley.E(parley.Invalid, "a stage %s answers one before it: want the incident", r.Step).WithHint("`parley incident list` shows ours")
	} else if len(r.To) == 0 {
		return nil, Outbound{}, parley.E(parley.Invalid, "no addressee: want a body such as borea.example/cert")
	}
	l, m, err := n.fillForm(ctx, r)
	if err != nil {
		return l, m, err
	}
	a, err := l.text()
	if err == nil {
		n.stageClock(a, l.us, &m, content[form.IncidentContent](m.Raw).Detected)
	}
	return l, m, err
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
