package node

import (
	"context"

	"parley.example/parley"
	"parley.example/parley/internal/register"
)

// WaitRequest asks to be told when a message of ours has come far enough.
type WaitRequest struct {
	Nonce parley.Nonce `json:"nonce"`
	State string       `json:"state,omitempty"` // opened, acknowledged, declined, ...; empty: delivered or beyond
}

// Wait returns when every addressee's node has signed for a message of ours (or
// when it has come to the state that is asked for), or when ctx ends: Unavailable.
func (l *Lists) Wait(ctx context.Context, r WaitRequest) (Row, error) {
	ctx, stop := context.WithCancel(ctx)
	defer stop() // ends the subscription
	changed := l.node.Subscribe(ctx)
	var ref parley.Ref // once it has a place, it keeps it
	for {
		var err error
		if ref.Origin == "" {
			ref, err = l.node.Find(ctx, r.Nonce.String())
		}
		if err == nil {
			m, err := l.folded.At(ctx, ref)
			switch {
			case err == nil && (string(m.State) == r.State || r.State == "" && signedFor(m.State)):
				return l.foldedRow(&m), nil
			case err != nil && parley.KindOf(err) != parley.NotFound:
				return Row{}, err
			case m.State == register.StateGone:
				ref = parley.Ref{} // unless it is said again in another place
			}
		}
		_, ok := <-changed
		for len(changed) > 0 { // all that came while we looked is one reason to look again
			<-changed
		}
		if !ok {
			return Row{}, parley.E(parley.Unavailable, "message %s has not come so far yet", r.Nonce).
				WithHint("it goes on by itself; `parley hotline show %s` says how far it is", r.Nonce)
		}
	}
}

// signedFor says that the addressees' nodes have signed that they hold a message.
func signedFor(s register.State) bool {
	switch s {
	case register.StateSequenced, register.StateTendered, register.StateVoid, register.StateGone:
		return false
	}
	return true
}
