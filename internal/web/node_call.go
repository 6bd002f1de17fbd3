package web

import (
	"context"
	"crypto/rand"
	"slices"

	"parley.example/parley"
	"parley.example/parley/internal/callwords"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// Calls implements Calling.
func (d *OnNode) Calls(ctx context.Context, by officer.Officer, p Page) (node.CallList, error) {
	rows, next, err := mine(p, func(r node.ListRequest) ([]node.Call, string, error) {
		list, err := d.Lists.Calls().List(ctx, r)
		return list.Calls, list.Next, err
	}, func(c *node.Call) bool { return sees(by, &c.Row) })
	return node.CallList{Calls: rows, Next: next}, err
}

// SendCall implements Calling.
func (d *OnNode) SendCall(ctx context.Context, by officer.Officer, m FormDraft) error {
	m.Kind = parley.KindCall
	r := m.request(m.From)
	if m.Answers != "" {
		c, err := d.Lists.Calls().Show(ctx, m.Answers)
		if err != nil {
			return err
		}
		if r.From == "" {
			r.From = string(first(by, c.To))
		}
	}
	if r.From == "" && len(by.Bodies) > 0 {
		r.From = string(by.Bodies[0])
	}
	if err := d.speaks(by, parley.Body(r.From)); err != nil {
		return err
	}
	if err := d.Officers.Record(ctx, by, "send", m.Nonce.String()); err != nil {
		return err
	}
	send := d.Node.RecordCall
	switch m.Step {
	case parley.CallConfirm:
		send = d.Node.ConfirmCall
	case parley.CallDeny:
		send = d.Node.DenyCall
	}
	_, err := send(ctx, r)
	return err
}

// speaks is Forbidden where the officer does not speak for the body.
func (d *OnNode) speaks(by officer.Officer, b parley.Body) error {
	if !by.May(officer.Send) || !by.ActsFor(b) {
		return parley.E(parley.Forbidden, "you may not send for %s", b)
	}
	return nil
}

// first is the first of the bodies that the officer acts for.
func first(by officer.Officer, list []parley.Body) parley.Body {
	i := slices.IndexFunc(list, by.ActsFor)
	if i < 0 {
		return ""
	}
	return list[i]
}

// Words implements Calling.
func (d *OnNode) Words(ctx context.Context, by officer.Officer, r node.WordsRequest) (node.CallWords, error) {
	if !by.ActsFor(parley.Body(r.Ours)) {
		return node.CallWords{}, parley.E(parley.Forbidden, "you do not act for %s", r.Ours)
	}
	return d.Node.CallWordsOf(ctx, r)
}

// NewWords implements Calling.
func (d *OnNode) NewWords(ctx context.Context, by officer.Officer, r node.WordsRequest) error {
	if err := d.speaks(by, parley.Body(r.Ours)); err != nil {
		return err
	}
	_, err := d.Node.NewCallWords(ctx, r)
	return err
}

// SayWords implements Calling.
func (d *OnNode) SayWords(ctx context.Context, by officer.Officer, r node.WordsRequest) (callwords.Exchange, error) {
	if !by.ActsFor(parley.Body(r.Ours)) {
		return callwords.Exchange{}, parley.E(parley.Forbidden, "you do not act for %s", r.Ours)
	}
	return d.Node.SayCallWords(ctx, r)
}

// HearWords implements Calling.
func (d *OnNode) HearWords(ctx context.Context, by officer.Officer, r node.WordsRequest) (callwords.Exchange, error) {
	if !by.ActsFor(parley.Body(r.Ours)) {
		return callwords.Exchange{}, parley.E(parley.Forbidden, "you do not act for %s", r.Ours)
	}
	return d.Node.HearCallWords(ctx, r)
}

// Checks implements Calling.
func (d *OnNode) Checks(ctx context.Context, by officer.Officer, q node.RouteHistoryRequest) (c Checks, err error) {
	if c.Due, err = d.Node.DueChecks(ctx); err != nil {
		return c, err
	}
	if c.Open, err = d.Node.OpenTests(ctx); err != nil {
		return c, err
	}
	ours := func(t *node.RouteTest) bool { return by.ActsFor(t.From) || by.ActsFor(t.Body) }
	c.Open = slices.DeleteFunc(c.Open, func(t node.RouteTest) bool { return !ours(&t) })
	c.History.Tests, c.History.Next, err = mine(Page{After: q.After, Limit: q.Limit}, func(r node.ListRequest) ([]node.RouteTest, string, error) {
		q.After, q.Limit = r.After, r.Limit
		h, err := d.Node.RouteHistory(ctx, q)
		return h.Tests, h.Next, err
	}, ours)
	return c, err
}

// PingRoute implements Calling.
func (d *OnNode) PingRoute(ctx context.Context, by officer.Officer, r node.PingRequest) error {
	if r.From == "" && len(by.Bodies) > 0 {
		r.From = string(by.Bodies[0])
	}
	if err := d.speaks(by, parley.Body(r.From)); err != nil {
		return err
	}
	if err := d.Officers.Record(ctx, by, "send", r.Nonce); err != nil {
		return err
	}
	_, err := d.Node.PingRoute(ctx, r)
	return err
}

// FollowCheck implements Calling.
func (d *OnNode) FollowCheck(ctx context.Context, by officer.Officer, r node.RouteReply, tried bool) error {
	m, err := d.Node.Message(ctx, r.Ping)
	if err != nil {
		return err
	}
	speaker := m.From
	if !tried {
		if speaker = parley.Body(r.From); speaker == "" {
			speaker = first(by, m.To)
		}
		r.From = string(speaker)
	}
	if err := d.speaks(by, speaker); err != nil {
		return err
	}
	if err := d.Officers.Record(ctx, by, "send", m.ID.String()); err != nil {
		return err
	}
	if tried {
		_, err = d.Node.TriedRoute(ctx, r)
		return err
	}
	_, err = d.Node.ReplyRoute(ctx, r)
	return err
}

// Attendance implements Calling.
func (d *OnNode) Attendance(ctx context.Context, by officer.Officer) ([]node.Attendance, error) {
	return d.Node.Attendance(ctx)
}

// Attend implements Calling: under every agreement in which the officer's body can
// say it.
func (d *OnNode) Attend(ctx context.Context, by officer.Officer, r node.AttendRequest, ended bool) error {
	if err := d.speaks(by, parley.Body(r.From)); err != nil {
		return err
	}
	all, err := d.Addressees(ctx, by)
	if err != nil {
		return err
	}
	said := false
	for _, a := range all {
		if !slices.Contains(a.From, parley.Body(r.From)) {
			continue
		}
		r.Agreement = a.Agreement
		say := d.Node.Attend
		if ended {
			say = d.Node.EndAttended
		}
		if _, err := say(ctx, r); err != nil {
			return err
		}
		said = true
	}
	if !said {
		return parley.E(parley.NotFound, "no agreement here has %s", r.From)
	}
	return nil
}

func newNonce() (n parley.Nonce) {
	rand.Read(n[:])
	return n
}
