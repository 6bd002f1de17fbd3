package node

import (
	"context"
	"strconv"

	"parley.example/parley"
	"parley.example/parley/form"
)

// Recall sends a step of a recall. Only who gave something recalls it, and only who was
// addressed answers; what is recalled by its id was in the message. Where the answer does not say how many objects are out of use, it is
// as many as the store took out. INTEL-8, INTEL-9
func (n *Node) Recall(ctx context.Context, r FormRequest) (Held, error) {
	m, err := n.concerned(ctx, &r.SendRequest)
	if err != nil {
		return Held{}, err
	}
	if r.Step == parley.RecallAsk {
		switch {
		case !m.Ours:
			return Held{}, parley.E(parley.Forbidden, "%s is a message of %s: only who gave something recalls it", m.Short, m.From.Party())
		case m.Kind != parley.KindIntel && m.Kind != parley.KindSighting:
			return Held{}, parley.E(parley.Invalid, "%s is a %s: what is recalled is an intel or a sighting", m.Short, m.Kind)
		}
		l, out, err := n.fillForm(ctx, r)
		if err != nil {
			return Held{}, err
		}
		lacks, err := n.intel.Lacks(ctx, m.ref, content[form.RecallContent](out.Raw).Objects)
		if err != nil {
			return Held{}, err
		}
		if len(lacks) > 0 {
			return Held{}, parley.E(parley.Invalid, "%s did not give %.80q: want the id of an object that is in it", m.Short, lacks[0]).WithHint("`parley intel search --direction out` shows what was given, and in which message")
		}
		return l.send(ctx, out)
	}
	switch {
	case m.Kind != parley.KindRecall || m.Step != parley.RecallAsk:
		return Held{}, parley.E(parley.Invalid, "%s is no recall: want the message that asks for it", m.Short)
	case m.Ours:
		return Held{}, parley.E(parley.Forbidden, "%s is a recall of ours: its addressees answer it", m.Short)
	}
	if _, said := r.Fields["objects"]; !said && r.Step == parley.RecallDone {
		given, err := n.given(ctx, m)
		if err != nil {
			return Held{}, err
		}
		count, err := n.intel.CountRecalled(ctx, given.ref)
		if err != nil {
			return Held{}, err
		}
		if r.Fields == nil {
			r.Fields = map[string]any{}
		}
		r.Fields["objects"] = strconv.Itoa(count)
	}
	return n.SendForm(ctx, r)
}
