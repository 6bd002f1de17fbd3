package web

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
	"parley.example/parley/internal/register"
	"parley.example/parley/seal"
)

// row says a node's row in the desk's words.
func (d *OnNode) row(r *node.Row) Row {
	row := Row{ID: r.ID, Short: r.Short, Agreement: d.title(r.Agreement), Ours: r.Ours, From: r.From, To: r.To, Kind: r.Kind,
		Precedence: r.Precedence, State: stateOf(r), Line: r.Line, At: r.Said, Held: r.Held, Files: r.Files, Exercise: r.Exercise}
	if row.At.IsZero() {
		row.At = r.Stored
	}
	for _, a := range r.With {
		if a.State == r.State && r.Ours {
			row.By, row.Proof = a.Party, d.proof(r, &a)
		}
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
func (d *OnNode) view(ctx context.Context, by officer.Officer, v *node.View) View {
	out := View{Row: d.row(&v.Row), Thread: v.Thread, Text: v.Text, Marking: v.Marking}
	if v.Subject != "" {
		out.Text = v.Subject + "\n\n" + v.Text
	}
	if !v.Readable && v.Nonce == "" {
		out.NoText, out.Why = noText(v), v.Unread
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
	return out
}

func noText(v *node.View) State {
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

// steps are the entry itself, the signatures of the addressees, and what people said.
func (d *OnNode) steps(ctx context.Context, v *node.View) []Step {
	if v.Nonce != "" {
		return []Step{{State: stateOf(&v.Row), At: v.Stored, Proofs: []Proof{{Kind: ProofOwn}}}}
	}
	verify := "parley prove " + v.Short + " -o message.evidence"
	list := []Step{{State: StateSent, By: v.From.Party(), At: v.Said, Proofs: []Proof{{Kind: ProofEntry, Ref: v.Short, ID: v.ID, Time: v.Said, Verify: verify}}}}
	for _, r := range d.Node.Delivered(ctx, v.Ref) {
		list = append(list, Step{State: StateDelivered, By: r.Party, At: r.Time,
			Proofs: []Proof{{Kind: ProofCosignature, Key: r.Key, Time: r.Time, Size: r.Size, Line: r.Line, Verify: verify}}})
	}
	for _, s := range v.Steps {
		if s.Says == string(seal.SaysHeld) {
			continue // shown beside the file
		}
		list = append(list, Step{State: State(s.Says), By: s.From.Party(), At: s.Said, Text: s.Why,
			Proofs: []Proof{{Kind: ProofReceipt, Ref: s.Ref, ID: s.Ref, Time: s.Said, Verify: verify}}})
	}
	return list
}

// may is what is open to the officer now; the node decides again when it is done.
func (d *OnNode) may(by officer.Officer, v *node.View) May {
	mine := by.ActsForAny(v.To)
	said := v.Answer == string(seal.SaysAcknowledged) || v.Answer == string(seal.SaysDeclined)
	readable := v.Readable && !seal.RunsTheLine(v.Kind)
	return May{
		Undo:        v.Nonce != "" && by.ActsFor(v.From),
		Release:     v.State == node.StateNeedsRelease && by.May(officer.Release) && by.ActsFor(v.From),
		Seen:        !v.Ours && mine && readable && v.Answer == "",
		Acknowledge: !v.Ours && mine && readable && !said,
		Decline:     !v.Ours && mine && readable && !said,
		Answer:      readable && by.May(officer.Send) && (mine || by.ActsFor(v.From)),
	}
}
