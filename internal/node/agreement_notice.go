package node

import (
	"context"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
)

// NoticeIn is a notice to all other parties.
type NoticeIn struct {
	Agreement string `json:"agreement"`
	Notice    string `json:"notice"` // suspend, resume, denounce, revoke
	Effect    string `json:"effect"` // RFC 3339, UTC; empty: as soon as the text allows
	Reason    string `json:"reason"`
}

// NoticeOut says when the notice takes effect.
type NoticeOut struct {
	Effect string `json:"effect"`
}

// GiveNotice puts a notice into our journal. Where the effect that is asked for
// comes before the length of notice has run, it is Invalid. AGREEMENT-23
func (n *Node) GiveNotice(ctx context.Context, in NoticeIn) (NoticeOut, error) {
	l, err := n.Line(in.Agreement)
	if err != nil {
		return NoticeOut{}, err
	}
	if err := l.writable(); err != nil {
		return NoticeOut{}, err
	}
	a, err := l.text()
	if err != nil {
		return NoticeOut{}, err
	}
	earliest, err := a.Earliest(in.Notice, n.now(), l.us)
	if err != nil {
		return NoticeOut{}, err
	}
	effect := earliest.UTC().Truncate(time.Second)
	if in.Effect != "" {
		if effect, err = time.Parse(time.RFC3339, in.Effect); err != nil {
			return NoticeOut{}, parley.E(parley.Invalid, "effect %q: want an instant such as 2027-01-31T00:00:00Z", in.Effect)
		}
		if effect.Before(earliest.Truncate(time.Second)) {
			return NoticeOut{}, parley.E(parley.Invalid, "effect %s: the agreement asks for notice until %s", in.Effect, earliest.UTC().Format(time.RFC3339))
		}
	}
	out := NoticeOut{Effect: effect.UTC().Format(time.RFC3339)}
	c := agreement.NoticeContent{Notice: in.Notice, Effect: out.Effect, Reason: in.Reason}
	if err := a.CheckNotice(c); err != nil {
		return NoticeOut{}, err
	}
	content, err := agreement.FormatContent(c)
	if err != nil {
		return NoticeOut{}, err
	}
	m, err := l.toEverybody(parley.KindAgreement, content)
	if err != nil {
		return NoticeOut{}, err
	}
	if _, err := l.send(ctx, m); err != nil {
		return NoticeOut{}, err
	}
	_, err = l.Sequence(ctx)
	return out, err
}

// passes is Forbidden where the agreement's state lets no message of the kind out. AGREEMENT-11
func (l *Line) passes(a *agreement.Agreement, kind parley.Kind) error {
	l.mu.RLock()
	state := l.chain.State(l.node.now(), true)
	l.mu.RUnlock()
	if a.Passes(state, kind) {
		return nil
	}
	err := parley.E(parley.Forbidden, "the agreement is %s: no message of kind %s passes", state, kind)
	if state == agreement.Suspended && len(a.Legal.Suspension.Continues) > 0 {
		var goes []string
		for _, k := range a.Legal.Suspension.Continues {
			goes = append(goes, string(k))
		}
		return err.WithHint("these go on: %s", strings.Join(goes, ", "))
	}
	return err
}
