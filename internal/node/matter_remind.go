package node

import (
	"context"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/register"
)

// When an officer is woken for an instant of a matter: the end of an embargo a day
// ahead and when it has come, the next stage of our own incident in the last
// quarter of its clock and when that has lapsed. What lies back further than
// matterPast wakes nobody: a node that was stopped does not wake for old ends.
const (
	embargoAhead = 24 * time.Hour
	matterPast   = 7 * 24 * time.Hour
)

// matterKinds are those with instants that people wait for.
var matterKinds = [2]parley.Kind{parley.KindIncident, parley.KindVulnerability}

// RemindMatters wakes officers for what is due in an incident of ours, and for the
// end of an embargo that binds or concerns a body of ours; once each. It looks at a
// page of matters at a time and repeats itself harmlessly. Called by one goroutine.
// INCIDENT-2, INCIDENT-10
func (n *Node) RemindMatters(ctx context.Context) error {
	if n.alerts == nil {
		return nil
	}
	lists := NewLists(n, n.register)
	for i, kind := range matterKinds {
		page, err := n.register.List(ctx, register.Query{Kind: kind, Opens: true, After: n.mattered[i], Limit: remindPage})
		if err != nil {
			n.mattered[i] = ""
			return err
		}
		n.mattered[i] = page.Next
		for j := range page.Messages {
			if !mayRemind(&page.Messages[j]) {
				continue
			}
			o, err := lists.openMatter(ctx, &page.Messages[j])
			if err != nil {
				return err
			}
			if kind == parley.KindIncident {
				err = n.remindStage(ctx, &o)
			} else {
				err = n.remindEmbargo(ctx, lists, &o)
			}
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// mayRemind tells by what is folded whether a matter can have an instant to be woken
// for: only then its steps are opened.
func mayRemind(m *register.Message) bool {
	taken := m.Taken()
	took := func(step string) bool {
		return slices.ContainsFunc(taken, func(t register.Taken) bool {
			return t.Step == step && (t.From.Party() == m.From.Party() || step == parley.VulnerabilityMove)
		})
	}
	if m.Kind == parley.KindIncident {
		return m.Box == register.BoxOut && !took(parley.StageFinal)
	}
	return (m.Due != "" || took(parley.VulnerabilityMove)) && !took(parley.VulnerabilityLift)
}

// remindStage wakes the body of ours that owes the next stage of its own incident.
func (n *Node) remindStage(ctx context.Context, o *openedMatter) error {
	i := incidentOf(o)
	due, err := time.Parse(time.RFC3339, i.NextDue)
	if !i.Ours || err != nil {
		return nil
	}
	said := o.first.Said
	for _, s := range o.steps {
		if s.Due == i.NextDue {
			said = s.Said
		}
	}
	when := phase(n.now(), due, due.Sub(said)/4)
	if when == "" {
		return nil
	}
	return n.alerts.Urge(ctx, matterKey(o.first.ID, i.NextDue, when), i.From, []parley.Body{i.From}, i.Precedence, i.Short, "/incident/"+i.ID)
}

// remindEmbargo wakes both sides for the end of an embargo.
func (n *Node) remindEmbargo(ctx context.Context, lists *Lists, o *openedMatter) error {
	v := lists.vulnerabilityOf(o)
	end, err := time.Parse(time.RFC3339, v.Embargo)
	if err != nil || v.Standing == EmbargoLifted {
		return nil
	}
	when := phase(n.now(), end, embargoAhead)
	if when == "" {
		return nil
	}
	to := ourBodies(v.To, o.line.us)
	if v.Ours {
		to = []parley.Body{v.From}
	}
	if len(to) == 0 {
		return nil
	}
	return n.alerts.Urge(ctx, matterKey(o.first.ID, v.Embargo, when), v.From, to, v.Precedence, v.Short, "/vulnerability/"+v.ID)
}

// phase is how an instant stands to now: near, over, or neither.
func phase(now, at time.Time, ahead time.Duration) string {
	switch {
	case now.Sub(at) > matterPast:
	case !now.Before(at):
		return lapseOver
	case !now.Before(at.Add(-ahead)):
		return lapseNear
	}
	return ""
}

// matterKey names an alert about an instant of a matter.
func matterKey(id parley.MessageID, at, when string) parley.MessageID {
	return parley.MessageID(parley.Sum([]byte("matter clock\n" + id.String() + "\n" + at + "\n" + when)))
}
