package web

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/alert"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/register"
)

// OnNode is the desk of a running node: it says in the desk's words what the node
// says in its own, and adds who is allowed. It implements Desk.
type OnNode struct {
	Node     *node.Node
	Lists    *node.Lists
	Asking   *node.Requests
	Forms    *node.Forms
	Terms    node.DoctorTerms
	Officers *officer.Officers // keep who did what
	Alerts   *alert.Alerts     // may be nil
	Now      func() time.Time
}

var _ Desk = (*OnNode)(nil)

// Overview implements Reading.
func (d *OnNode) Overview(ctx context.Context, by officer.Officer) (o Overview, err error) {
	for _, l := range d.Node.Lines() {
		if why := l.ReadOnly(); why != "" {
			o.ReadOnly = why
		}
	}
	if o.Waiting, o.Flash, err = d.Lists.CountWaitingFor(ctx, by.Bodies); err != nil {
		return o, err
	}
	alarms, err := d.Node.Alarms(ctx, false)
	if err != nil {
		return o, err
	}
	now, err := d.standing(ctx)
	if err != nil {
		return o, err
	}
	o.Alarms = len(alarms) + len(now)
	for _, s := range d.Node.TargetStates() {
		if s == "down" || s == "stopped" {
			o.LinesDown++
		}
	}
	for _, a := range alarms {
		if kindsOfNode[a.Kind] == AlarmFork {
			o.LinesDown++
		}
	}
	return o, nil
}

// Inbox implements Reading.
func (d *OnNode) Inbox(ctx context.Context, by officer.Officer, p Page) (Inbox, error) {
	rows, next, err := mine(p, func(r node.ListRequest) ([]node.Row, string, error) {
		list, err := d.Lists.Inbox(ctx, r)
		return list.Rows, list.Next, err
	}, func(r *node.Row) bool { return by.ActsForAny(r.To) })
	if err != nil {
		return Inbox{}, err
	}
	var in Inbox
	in.Next = next
	for _, r := range rows {
		row := d.row(&r)
		if r.Waits && p.After == "" {
			in.Waiting = append(in.Waiting, row)
		} else {
			in.Rows = append(in.Rows, row)
		}
	}
	return in, nil
}

// Hotline implements Reading.
func (d *OnNode) Hotline(ctx context.Context, by officer.Officer, p Page) (List, error) {
	rows, next, err := mine(p, func(r node.ListRequest) ([]node.Row, string, error) {
		list, err := d.Lists.Hotline(ctx, r)
		return list.Rows, list.Next, err
	}, func(r *node.Row) bool { return sees(by, r) })
	if err != nil {
		return List{}, err
	}
	out := List{Next: next}
	for i := range rows {
		out.Rows = append(out.Rows, d.row(&rows[i]))
	}
	return out, nil
}

// sees says whether an officer acts for one of our bodies in a message.
func sees(by officer.Officer, r *node.Row) bool {
	return by.ActsFor(r.From) || by.ActsForAny(r.To)
}

// Message implements Reading.
func (d *OnNode) Message(ctx context.Context, by officer.Officer, id string, languages ...string) (View, error) {
	v, err := d.find(ctx, by, id, languages...)
	if err != nil {
		return View{}, err
	}
	return d.view(ctx, by, v, languages...), nil
}

// find is one message that the officer may see: NotFound else.
func (d *OnNode) find(ctx context.Context, by officer.Officer, id string, languages ...string) (*node.View, error) {
	v, err := d.Lists.Show(ctx, id, languages...)
	if parley.KindOf(err) == parley.NotFound && err != nil {
		v, err = d.unfolded(ctx, id, err)
	}
	if err != nil {
		return nil, err
	}
	if !sees(by, &v.Row) {
		return nil, parley.E(parley.NotFound, "no message %q for a body that you act for", id)
	}
	return &v, nil
}

// unfolded is a message that has its place in a journal and has not been folded
// into the registers yet: a moment, but a page must not say that it is not there.
func (d *OnNode) unfolded(ctx context.Context, id string, missing error) (node.View, error) {
	m, err := d.Node.Message(ctx, id)
	if err != nil {
		return node.View{}, missing
	}
	v := node.View{Row: node.Row{ID: m.ID.String(), State: string(register.StateSequenced), Short: m.Short, Ref: m.Ref, Agreement: m.Agreement, Ours: m.Ours,
		From: m.From, To: m.To, Kind: m.Kind, Precedence: m.Precedence, Marking: m.Marking, Said: m.Time, Exercise: m.Exercise, Files: len(m.Files)},
		Text: m.Text, Subject: m.Subject, Readable: m.Readable, Unread: m.Why, Attached: m.Files}
	if !m.Thread.IsZero() {
		v.Thread = m.Thread.String()
	}
	if !m.Answers.IsZero() {
		v.Answers = m.Answers.String()
	}
	return v, nil
}

// Thread implements Reading.
func (d *OnNode) Thread(ctx context.Context, by officer.Officer, id string, languages ...string) (Thread, error) {
	list, err := d.Lists.Thread(ctx, id, languages...)
	if err != nil {
		return Thread{}, err
	}
	t := Thread{ID: id}
	for i := range list {
		if sees(by, &list[i].Row) {
			t.Messages = append(t.Messages, d.view(ctx, by, &list[i], languages...))
		}
	}
	if len(t.Messages) == 0 {
		return t, parley.E(parley.NotFound, "no thread %q for a body that you act for", id)
	}
	return t, nil
}

// File implements Reading.
func (d *OnNode) File(ctx context.Context, by officer.Officer, id string, n int) (Download, error) {
	if _, err := d.find(ctx, by, id); err != nil {
		return Download{}, err
	}
	a, r, err := d.Node.File(ctx, id, n)
	return Download{Name: a.Name, Size: a.Size, ReadCloser: r}, err
}

// Addressees implements Reading.
func (d *OnNode) Addressees(ctx context.Context, by officer.Officer) ([]Addressees, error) {
	var list []Addressees
	for _, l := range d.Node.Lines() {
		a, err := l.Text()
		if err != nil {
			return nil, err
		}
		one := Addressees{Agreement: l.ID().String(), Title: l.Title(), Markings: a.Markings(), MaxFiles: parley.MaxBlobs, MaxBytes: int64(a.Traffic.Limits.BlobBytes)}
		for i := range a.Parties {
			p := &a.Parties[i]
			for j := range p.Bodies {
				switch b := p.Bodies[j].Name; {
				case p.Name != l.Us():
					one.To = append(one.To, b)
				case by.ActsFor(b) && by.May(officer.Send):
					one.From = append(one.From, b)
				}
			}
			if p.Name == l.Us() {
				one.Languages = p.Languages
			}
		}
		for _, p := range []parley.Precedence{parley.Flash, parley.Immediate, parley.Priority, parley.Routine} {
			if owed, mayFollow := a.NeedsRelease(parley.KindHotline, p); owed && !mayFollow {
				one.Release = append(one.Release, p)
			}
		}
		if len(one.From) > 0 {
			list = append(list, one)
		}
	}
	return list, nil
}

// Lines implements Reading.
func (d *OnNode) Lines(ctx context.Context, by officer.Officer) ([]Line, error) {
	status, err := d.Node.LineStatus(ctx)
	if err != nil {
		return nil, err
	}
	alarms, err := d.Node.Alarms(ctx, false)
	if err != nil {
		return nil, err
	}
	told, err := d.Node.Attendance(ctx)
	if err != nil {
		return nil, err
	}
	var list []Line
	for _, s := range status {
		attended := slices.DeleteFunc(slices.Clone(told), func(a node.Attendance) bool { return a.Agreement != s.Agreement || string(a.Body.Party()) != s.Name })
		if forked(alarms, s.Name) {
			s.State = "stopped"
		}
		list = append(list, Line{Agreement: s.Title, Party: s.Name, Role: LineRole(s.Role), State: lineState(&s), Since: s.Since, Heard: s.Heard,
			Signed: s.Signed, Ours: s.Ours, Cosigned: s.Cosigned, Theirs: s.Theirs, Waiting: int(s.Ours - min(s.Cosigned, s.Ours)),
			Offset: time.Duration(s.Offset * float64(time.Second)), HasOffset: !s.Heard.IsZero() && s.Role != node.RoleWitness, Attended: attended, Why: s.Why})
	}
	return list, nil
}

// forked: a party showed two histories, so that we no longer sign for its journal,
// whether or not it answers.
func forked(alarms []node.Alarm, party string) bool {
	return slices.ContainsFunc(alarms, func(a node.Alarm) bool { return kindsOfNode[a.Kind] == AlarmFork && partyOf(a.Subject) == party })
}

func lineState(s *node.TargetStatus) LineState {
	switch {
	case s.State == "down":
		return LineDown
	case s.State == "stopped":
		return LineStopped
	case s.State == node.StateLeft:
		return LineLeft
	case s.Asking:
		return LineAsking
	case s.Cosigned < s.Ours:
		return LineQuiet
	}
	return LineUp
}

// kindsOfNode are the desk's words for the node's.
var kindsOfNode = map[string]AlarmKind{"fork": AlarmFork, "unexplained": AlarmUnexplained, "clock": AlarmClock, "ahead": AlarmBehind,
	"blob": AlarmBlob, "own-fork": AlarmTwin, "override": AlarmOverride, "stranded": AlarmStranded, "succession": AlarmSuccession,
	"disk": AlarmDisk, "backup": AlarmBackup, "contested": AlarmContested}

// Alarms implements Reading.
func (d *OnNode) Alarms(ctx context.Context, by officer.Officer) ([]Alarm, error) {
	rows, err := d.Node.Alarms(ctx, true)
	if err != nil {
		return nil, err
	}
	standing, err := d.standing(ctx)
	if err != nil {
		return nil, err
	}
	var over []Alarm
	for _, r := range rows {
		what, rest, _ := strings.Cut(r.Text, "; ")
		works, back, _ := strings.Cut(rest, "; ")
		a := Alarm{ID: r.Kind + " " + r.Subject + " " + strconv.FormatInt(r.First.UnixMicro(), 10), Kind: AlarmKind(r.Kind), Party: partyOf(r.Subject),
			At: r.Last, Over: r.Cleared, Detail: r.Subject, Evidence: r.Evidence, Convicts: r.Evidence != "", What: what, Works: works, Back: back,
			EndedBy: r.By, EndedWhy: r.Why, Settles: r.Cleared.IsZero() && by.May(officer.Override) && node.Settles(r.Kind)}
		if r.Kind == node.AlarmDisk || r.Kind == node.AlarmBackup || r.Kind == node.AlarmStranded {
			a.Detail = what // the subject says nothing
		}
		if k, ok := kindsOfNode[r.Kind]; ok {
			a.Kind = k
		}
		if a.Over.IsZero() {
			standing = append(standing, a)
		} else {
			over = append(over, a)
		}
	}
	return append(standing, over...), nil
}

const (
	downAfter    = time.Minute     // a line that does not answer for so long is an alarm
	unwokenAfter = 2 * time.Minute // an alert that no channel has taken for so long
)

// standing are the alarms that are true as long as they can be seen: a line that
// is down, an alert that nobody got. Nothing is kept of them.
func (d *OnNode) standing(ctx context.Context) ([]Alarm, error) {
	lines, err := d.Node.LineStatus(ctx)
	if err != nil {
		return nil, err
	}
	var list []Alarm
	now := d.Now().UTC()
	for _, s := range lines {
		if s.State == "down" && now.Sub(s.Since) >= downAfter {
			list = append(list, Alarm{ID: "line-down " + s.Name, Kind: AlarmLineDown, Agreement: s.Title, Party: s.Name, At: s.Since, Detail: s.Why})
		}
	}
	if d.Alerts == nil {
		return list, nil
	}
	failing, err := d.Alerts.Failing(ctx)
	if err != nil {
		return nil, err
	}
	for _, b := range failing {
		list = append(list, Alarm{ID: "channel " + b.Channel, Kind: AlarmChannel, At: b.Since, Detail: b.Channel + ": " + b.Error})
	}
	unwoken, err := d.Alerts.Unreached(ctx, now, unwokenAfter)
	if len(unwoken) > 0 { // one alarm, however many messages
		a := Alarm{ID: "alert", Kind: AlarmAlert, At: unwoken[0].Raised}
		for i, l := range unwoken {
			if i == 5 {
				a.Detail += " ..."
				break
			}
			a.Detail += " " + l.Thread
		}
		list = append(list, a)
	}
	return list, err
}

func partyOf(subject string) string {
	if o, err := parley.ParseOrigin(subject); err == nil {
		return string(o.Party())
	}
	return ""
}

// Doctor implements Reading.
func (d *OnNode) Doctor(ctx context.Context, by officer.Officer) ([]Finding, error) {
	rows, err := d.Node.Doctor(ctx, d.Terms)
	if err != nil {
		return nil, err
	}
	var list []Finding
	for _, r := range rows {
		list = append(list, Finding{Name: r.Name, State: FindingState(r.State), Value: r.Value, Hint: r.Hint})
	}
	return list, nil
}

// Subscribe implements Desk.
func (d *OnNode) Subscribe(ctx context.Context) (<-chan Event, error) {
	in, out := d.Node.Subscribe(ctx), make(chan Event, 16)
	_, flashes, err := d.Lists.CountWaiting(ctx)
	if err != nil {
		return nil, err
	}
	go func() { // ends with in, which the node closes when ctx ends
		defer close(out)
		for e := range in {
			event := Event{Topic: TopicAll}
			if _, n, err := d.Lists.CountWaiting(ctx); err == nil {
				event.Flash, flashes = n > flashes, n
			}
			switch e.What {
			case "message":
				event.Topic = TopicMessage
			case "line":
				event.Topic = TopicLine
			case "alarm":
				event.Topic = TopicAlarm
			case "watch":
				event.Topic = TopicWatch
			}
			select {
			case out <- event:
			case <-ctx.Done():
			}
		}
	}()
	return out, nil
}
