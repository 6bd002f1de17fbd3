package node

import (
	"context"

	"parley.example/parley"
)

// Forms sends messages of every kind with a form, each by the use case of its kind:
// what a clock, an order of steps or an addressee owes is not passed by.
type Forms struct {
	node     *Node
	requests *Requests
}

// NewForms puts the forms of a node on its registers.
func NewForms(n *Node, f RequestRegister) *Forms { return &Forms{n, NewRequests(n, f)} }

// Send queues a message. Invalid names what does not fit; Forbidden where a kind is
// not for whoever fills in a form, or not now.
func (s *Forms) Send(ctx context.Context, r FormRequest) (Held, error) {
	switch r.Kind {
	case parley.KindRequest:
		return s.requests.Ask(ctx, r)
	case parley.KindResponse, parley.KindContest:
		return s.requests.Respond(ctx, r)
	case parley.KindWithdraw:
		return s.requests.Withdraw(ctx, r)
	case parley.KindIncident:
		return s.node.ReportIncident(ctx, r)
	case parley.KindNotice:
		return s.node.SendNotice(ctx, r)
	case parley.KindVulnerability:
		return s.node.SendVulnerability(ctx, r)
	case parley.KindRecall:
		return s.node.Recall(ctx, r)
	case parley.KindTranslation, parley.KindCorrect:
		return s.about(ctx, r)
	}
	if Bare(r.Kind) {
		return Held{}, parley.E(parley.Forbidden, "a %s is not sent as a bare form: what it says follows from what this node knows", r.Kind).
			WithHint("`parley %s --help` shows how", commandOf[r.Kind])
	}
	return s.node.SendForm(ctx, r)
}

// Bare reports whether a kind is none to fill in by hand, because a node makes its
// content from what it knows.
func Bare(kind parley.Kind) bool { return commandOf[kind] != "" }

// commandOf is the command of the kinds whose content a node makes.
var commandOf = map[parley.Kind]string{parley.KindContact: "contact", parley.KindCall: "call", parley.KindWatch: "watch", parley.KindRemark: "review",
	parley.KindIntel: "intel send", parley.KindSighting: "intel sighting"}

// about sends a translation or a correction that was filled in as a form, under the
// same checks as the commands for them.
func (s *Forms) about(ctx context.Context, r FormRequest) (Held, error) {
	m, err := s.node.concerned(ctx, &r.SendRequest)
	switch {
	case err != nil:
		return Held{}, err
	case r.Kind == parley.KindCorrect && !m.Ours:
		return Held{}, parley.E(parley.Forbidden, "%s is a message of %s: a correction is for a message of one's own", m.Short, m.From.Party()).
			WithHint("answer it and say what you see otherwise")
	}
	return s.node.SendForm(ctx, r)
}
