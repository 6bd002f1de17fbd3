package web

import (
	"cmp"
	"context"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/register"
	"parley.example/parley/seal"
)

// row says a node's row in the desk's words.
func (d *OnNode) row(r *node.Row) Row {
	row := Row{ID: r.ID, Short: r.Short, Agreement: d.title(r.Agreement), Ours: r.Ours, From: r.From, To: r.To, Kind: r.Kind,
		Precedence: r.Precedence, State: stateOf(r), Line: r.Line, At: r.Said, Held: r.Held, Files: r.Files, Exercise: r.Exercise, Unsigned: r.Unsigned}
	if row.At.IsZero() {
		row.At = r.Stored
	}
	for i := range r.With {
		if a := &r.With[i]; a.State == r.State {
			row.Proof = d.proof(r, a)
			if r.Ours {
				row.By = a.Party
			}
		}
	}
	if !r.Ours && row.State == StateNew {
		row.Proof = &Proof{Kind: ProofEntry, Ref: r.Short, Time: r.Said}
	}
	if due, err := time.Parse(time.RFC3339, r.Due); err == nil {
		row.Due = due
	}
	return row
}

func (d *OnNode) title(id parley.Hash) string {
	if l, err := d.Node.Line(id.String()); err == nil {
		return l.Title()
	}
	return ""
}

// stateOf is where a message stands for whoever looks at it here.
func stateOf(r *node.Row) State {
	switch r.State {
	case node.StateHeldBack:
		return StateHeldBack
	case node.StateNeedsRelease:
		return StateRelease
	case node.StateQueued:
		return StateQueued
	case string(register.StateSequenced):
		return StateSent
	}
	if !r.Ours && (r.State == string(register.StateOpened) || r.State == string(register.StateDelivered)) {
		return StateNew // its receipts are ours: no person has looked at it yet
	}
	return State(r.State)
}

func (d *OnNode) proof(r *node.Row, a *node.Addressee) *Proof {
	switch {
	case a.Cosigner != "":
		return &Proof{Kind: ProofCosignature, Key: a.Cosigner, Size: a.Size, Verify: "parley prove " + r.Short + " -o message.evidence"}
	case a.Ref != "":
		return &Proof{Kind: ProofReceipt, Ref: a.Ref, ID: a.Ref, Verify: "parley prove " + r.Short + " -o message.evidence"}
	}
	return nil
}

// view says one message whole, with what this officer may do about it.
func (d *OnNode) view(ctx context.Context, by officer.Officer, v *node.View, languages ...string) View {
	d.fromOutbox(ctx, v, languages...)
	out := View{Row: d.row(&v.Row), Thread: v.Thread, Text: v.Text, Marking: v.Marking}
	if out.Thread == "" {
		out.Thread = v.ID
	}
	out.Said, out.Translations, out.Corrections = v.Reading, v.Translations, v.Corrections
	if v.Subject != "" {
		out.Text = v.Subject + "\n\n" + v.Text
	}
	if !v.Readable && v.Nonce == "" {
		out.NoText, out.Why = noText(v), cmp.Or(v.Erased, v.Unread)
	}
	if v.Answers != "" {
		if a, err := d.Lists.Show(ctx, v.Answers); err == nil && sees(by, &a.Row) {
			row := d.row(&a.Row)
			out.Answers = &row
		}
	}
	out.Files = d.files(ctx, v)
	out.Steps = d.steps(ctx, v)
	out.May = d.may(by, v)
	out.May.Release = out.May.Release && d.Officers.SecondPerson(ctx, by, v.Nonce) == nil
	out.May.Countersign = out.May.Countersign && d.secondPerson(ctx, by, v.Ref)
	return out
}

// secondPerson: the officer did not write this message of ours.
func (d *OnNode) secondPerson(ctx context.Context, by officer.Officer, ref string) bool {
	m, err := d.Node.Message(ctx, ref)
	return err == nil && d.Officers.SecondPerson(ctx, by, m.Nonce().String()) == nil
}

// fromOutbox adds what a message says that still waits: whoever takes it back or
// gives the second signature must be able to read it.
func (d *OnNode) fromOutbox(ctx context.Context, v *node.View, languages ...string) {
	nonce, err := parley.ParseNonce(v.Nonce)
	if err != nil {
		return
	}
	p, err := d.Node.Pending(ctx, nonce)
	if err != nil {
		return // it has just gone: the next look shows it in its place
	}
	v.Text, v.Subject, v.Marking, v.Exercise, v.Attached = p.Text, p.Subject, p.Marking, p.Exercise, p.Files
	v.Reading = d.Node.ReadPending(ctx, &p, languages...)
	if !p.Answers.IsZero() {
		v.Answers = p.Answers.String()
	}
}

func noText(v *node.View) State {
	if v.Erased != "" {
		return StateErased
	}
	switch State(v.State) {
	case StateVoid, StateGone, StateErased:
		return State(v.State)
	}
	return StateUnreadable
}

func (d *OnNode) files(ctx context.Context, v *node.View) []File {
	have := d.Node.FilesHere(ctx, v.Ref)
	var list []File
	for i, a := range v.Attached {
		f := File{Name: a.Name, Type: a.Type, Size: a.Size, State: FileWaiting, Hash: a.Hash.String()}
		if i < len(have) && have[i] {
			f.State, f.Have = FileHere, a.Size
		}
		list = append(list, f)
	}
	return list
}

// steps are the entry itself, who has signed that they hold it, and what people said.
func (d *OnNode) steps(ctx context.Context, v *node.View) []Step {
	if v.Nonce != "" {
		return []Step{{State: stateOf(&v.Row), At: v.Stored, Proofs: []Proof{{Kind: ProofOwn, Time: v.Stored}}}}
	}
	verify := "parley prove " + v.Short + " -o message.evidence"
	sent := Step{State: StateSent, By: v.From.Party(), At: v.Said, Proofs: []Proof{{Kind: ProofEntry, Ref: v.Short, Key: string(v.From), Time: v.Said, Verify: verify}}}
	var list []Step
	for _, c := range d.cosigned(ctx, v.Ref) {
		p := Proof{Kind: ProofCosignature, Key: c.Key, Time: c.Time, Size: c.Size, Line: c.Line, Verify: verify}
		step := Step{At: c.Time, Proofs: []Proof{p}}
		switch {
		case c.Role == "" && !v.Ours:
			step.State = StateNew
		case addressed(v.To, c.Party):
			step.State, step.By = StateDelivered, c.Party
		case c.Role == node.RoleArchive && v.Ours: // of theirs it is here already
			step.State, step.By = StateTendered, parley.Party(c.Name)
		default: // a witness, or a party that it is not for: it fixes the entry's place and time
			sent.Proofs = append(sent.Proofs, p)
			continue
		}
		list = append(list, step)
	}
	list = append([]Step{sent}, list...)
	for _, s := range v.Steps {
		if s.Says == string(seal.SaysHeld) {
			continue // shown beside the file
		}
		by := s.From.Party()
		list = append(list, Step{State: State(s.Says), By: by, At: s.Said, Text: s.Why,
			Proofs: []Proof{{Kind: ProofReceipt, Ref: s.Ref, Key: string(s.From), Time: s.Said, Verify: "parley prove " + s.Ref + " -o receipt.evidence"}}})
	}
	slices.SortStableFunc(list[1:], func(a, b Step) int { return a.At.Compare(b.At) })
	return list
}

// cosigned is empty where it cannot be read: the entry is shown all the same.
func (d *OnNode) cosigned(ctx context.Context, name string) []node.Cosigned {
	ref, err := parley.ParseRef(name)
	if err != nil {
		return nil
	}
	list, err := d.Node.Cosigned(ctx, ref)
	if err != nil {
		return nil
	}
	return list
}

func addressed(to []parley.Body, p parley.Party) bool {
	return p != "" && slices.ContainsFunc(to, func(b parley.Body) bool { return b.Party() == p })
}

// may is what is open to the officer now; the node decides again when it is done.
func (d *OnNode) may(by officer.Officer, v *node.View) May {
	mine := by.ActsForAny(v.To)
	said := v.Answer == string(seal.SaysAcknowledged) || v.Answer == string(seal.SaysDeclined)
	readable := v.Readable && v.Nonce == "" && !seal.RunsTheLine(v.Kind)
	return May{
		Undo:        v.Nonce != "" && by.ActsFor(v.From),
		Release:     v.State == node.StateNeedsRelease && by.May(officer.Release) && by.ActsFor(v.From),
		Countersign: v.Ours && v.Unsigned && by.May(officer.Release) && by.ActsFor(v.From),
		Seen:        !v.Ours && mine && readable && v.Answer == "",
		Acknowledge: !v.Ours && mine && readable && !said,
		Decline:     !v.Ours && mine && readable && !said,
		Answer:      readable && by.May(officer.Send) && (mine || by.ActsFor(v.From)),
	}
}
