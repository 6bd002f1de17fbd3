package node

import (
	"context"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/register"
)

// OpenMatters lists what whoever takes the watch for bodies of ours has to know of:
// what waits for a person (flash first), requests whose clocks run, messages that are
// held back or wait for a second signature, and promised checks that are due. It has
// names and times, and no text. At most 200 of what waits, and of open requests.
func (s *Lists) OpenMatters(ctx context.Context, bodies []parley.Body) ([]officer.Matter, error) {
	ours := func(list []parley.Body) parley.Body {
		i := slices.IndexFunc(list, func(b parley.Body) bool { return slices.Contains(bodies, b) })
		if i < 0 {
			return ""
		}
		return list[i]
	}
	list := []officer.Matter{}
	seen := map[parley.MessageID]bool{}
	put := func(what string, m *register.Message) {
		b := ours(m.To)
		if b == "" || seen[m.ID] {
			return
		}
		seen[m.ID] = true
		list = append(list, officer.Matter{What: what, Name: s.node.Name(m.Ref), Body: b, With: m.From, Kind: m.Kind, Precedence: m.Precedence, Since: m.Said,
			Due: signedDue(m.Due)})
	}
	waiting, err := s.folded.Waiting(ctx, 200)
	if err != nil {
		return nil, err
	}
	for i := range waiting {
		put(officer.MatterWaits, &waiting[i])
	}
	folded, err := s.node.checks()
	if err != nil {
		return nil, err
	}
	requests, err := folded.Requests(ctx, register.RequestQuery{Box: register.BoxIn, Open: true, Limit: 200})
	if err != nil {
		return nil, err
	}
	for i := range requests.Requests {
		put(officer.MatterClock, &requests.Requests[i].Message)
	}
	for _, l := range s.node.Lines() {
		some, err := l.unsent(ctx, bodies)
		if err != nil {
			return nil, err
		}
		list = append(list, some...)
		due, err := l.dueChecks(ctx)
		if err != nil {
			return nil, err
		}
		for i := range due {
			if d := &due[i]; d.State != CheckDone {
				list = append(list, officer.Matter{What: officer.MatterCheck, Name: d.Series, Body: bodies[0], With: d.Body, Due: d.Next})
			}
		}
	}
	return list, nil
}

// unsent are messages of bodies of ours that still wait in the outbox.
func (l *Line) unsent(ctx context.Context, bodies []parley.Body) (list []officer.Matter, err error) {
	held, err := l.Outbox(ctx)
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		what := officer.MatterHeld
		switch h.State {
		case StateNeedsRelease:
			what = officer.MatterRelease
		case StateHeldBack:
		default:
			continue
		}
		if slices.Contains(bodies, h.From) {
			m := officer.Matter{What: what, Name: h.Nonce.String(), Body: h.From, Kind: h.Kind, Precedence: h.Precedence, Since: h.Queued}
			if len(h.To) > 0 {
				m.With = h.To[0]
			}
			list = append(list, m)
		}
	}
	return list, nil
}

func signedDue(s string) time.Time {
	t, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}
	}
	return t
}
