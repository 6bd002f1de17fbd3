package node

import (
	"context"
	"runtime"

	"golang.org/x/sync/errgroup"

	"parley.example/parley"
	"parley.example/parley/seal"
)

// manyAtOnce bounds the messages of one transaction of SendMany: those of one append.
const manyAtOnce = sequenceBatch

// SendMany queues messages of one kind that carry a text: sealed on all cores,
// and durable together, some hundred in one transaction. What was queued before an
// error stays queued; the same nonces again are the same messages.
func (n *Node) SendMany(ctx context.Context, kind parley.Kind, list []SendRequest) ([]Held, error) {
	out := make([]Held, 0, len(list))
	for len(list) > 0 {
		batch := list[:min(manyAtOnce, len(list))]
		list = list[len(batch):]
		held, err := n.sendBatch(ctx, kind, batch)
		out = append(out, held...)
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func (n *Node) sendBatch(ctx context.Context, kind parley.Kind, batch []SendRequest) ([]Held, error) {
	rows := make([]queued, len(batch))
	lines := make([]*Line, len(batch))
	g, gctx := errgroup.WithContext(ctx)
	g.SetLimit(runtime.GOMAXPROCS(0))
	for i := range batch {
		g.Go(func() error {
			l, m, err := n.outbound(gctx, batch[i], kind)
			if err != nil {
				return err
			}
			if m.Content, err = short(kind, batch[i]); err != nil {
				return err
			}
			lines[i] = l
			if rows[i], err = l.prepare(gctx, m); err != nil || rows[i].message.Precedence == parley.Flash {
				return err // which hardly ever needs its row
			}
			return l.fill(&rows[i])
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	for i := range lines {
		if lines[i] != lines[0] {
			return nil, parley.E(parley.Invalid, "many messages at once: want all under one agreement")
		}
	}
	if rest := rows[lines[0].sayAtOnce(ctx, rows...):]; len(rest) > 0 {
		if _, err := lines[0].enqueue(ctx, rest...); err != nil {
			return nil, err
		}
	}
	out := make([]Held, len(rows))
	for i := range rows {
		out[i] = held(rows[i].row, rows[i].message, n.now())
	}
	return out, nil
}

// short is the content of a message whose text needs no attachment.
func short(kind parley.Kind, r SendRequest) (seal.Content, error) {
	text, cut := seal.Beginning(r.Text)
	switch {
	case cut:
		return nil, parley.E(parley.Invalid, "a text of %d octets: want at most %d where many are sent at once", len(r.Text), parley.MaxText)
	case kind == parley.KindMemo:
		return &seal.Memo{Subject: r.Subject, Text: text}, nil
	}
	return &seal.Hotline{Text: text}, nil
}
