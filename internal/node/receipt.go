package node

import (
	"context"
	"crypto/sha256"
	"errors"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// AnswerRequest is a person's receipt for a message of a counterpart.
type AnswerRequest struct {
	Message string `json:"message"`
	Reason  string `json:"reason,omitempty"` // why it is declined; a note to what is acknowledged
	Nonce   string `json:"nonce,omitempty"`
}

// Acknowledge says, signed, that a person has read the message. It admits nothing. RECEIPT-8
func (n *Node) Acknowledge(ctx context.Context, r AnswerRequest) (Held, error) {
	return n.personal(ctx, r, seal.SaysAcknowledged)
}

// Decline says, signed, that a person declines, and why. RECEIPT-7
func (n *Node) Decline(ctx context.Context, r AnswerRequest) (Held, error) {
	return n.personal(ctx, r, seal.SaysDeclined)
}

// Seen says, signed, that a person has seen the message: a deliberate act.
func (n *Node) Seen(ctx context.Context, r AnswerRequest) (Held, error) {
	return n.personal(ctx, r, seal.SaysSeen)
}

func (n *Node) personal(ctx context.Context, r AnswerRequest, says seal.Says) (Held, error) {
	m, err := n.Message(ctx, r.Message)
	if err != nil {
		return Held{}, err
	}
	l, err := n.Line(m.Agreement.String())
	if err != nil {
		return Held{}, err
	}
	from := l.bodyAmong(m.To)
	switch {
	case m.Ours:
		return Held{}, parley.E(parley.Invalid, "%s is a message of ours: its addressee answers it", m.Short)
	case from == "":
		return Held{}, parley.E(parley.Forbidden, "%s is not addressed to a body of ours", m.Short)
	case !m.Readable:
		return Held{}, parley.E(parley.Conflict, "%s cannot be read here: %s", m.Short, m.Why)
	case seal.RunsTheLine(m.Kind) && m.Kind != parley.KindCheck:
		return Held{}, parley.E(parley.Invalid, "%s is a %s: nothing is owed to it", m.Short, m.Kind)
	}
	if err := n.unanswered(ctx, m, says); err != nil {
		return Held{}, err
	}
	out := Outbound{From: from, To: []parley.Body{m.From}, Kind: parley.KindReceipt, Precedence: m.Precedence,
		Content: &seal.Receipt{Says: says, About: []parley.MessageID{m.ID}, Why: r.Reason}}
	if says.NamesThread() {
		out.Thread, out.Answers = m.Thread, m.ID
	}
	if r.Nonce != "" {
		if out.Nonce, err = parley.ParseNonce(r.Nonce); err != nil {
			return Held{}, err
		}
	}
	h, err := l.send(ctx, out)
	if err != nil {
		return h, err
	}
	if n.alerts != nil {
		err = n.alerts.Quiet(ctx, m.ID)
	}
	return h, err
}

// unanswered is Conflict where a person of ours has already said what the new
// receipt says, or something final: a second word would contradict the first.
func (n *Node) unanswered(ctx context.Context, m Message, says seal.Says) error {
	return n.db.View(ctx, func(tx *sqldb.Tx) error {
		said, err := tx.StatementsAbout([]parley.Hash{parley.Hash(m.ID)})
		if err != nil {
			return err
		}
		for _, s := range said {
			if old := seal.Says(s.Says); old.Person() && (old == says || old != seal.SaysSeen) {
				return parley.E(parley.Conflict, "%s is %s already", m.Short, old).WithHint("answer in the thread if there is more to say")
			}
		}
		return nil
	})
}

// receiptBatch bounds the messages that one node's receipt is about.
const receiptBatch = 256

// Receipts answers, by the node itself, for what was judged and owes a receipt:
// opened, unreadable or void, and held for attachments. A receipt is named by the
// first entry that it is about: until it has been sequenced and folded the same
// one is made again, which is no second message. It says whether anything was owed.
func (l *Line) Receipts(ctx context.Context) (answered bool, err error) {
	l.mu.RLock()
	origins := l.chain.Origins()
	l.mu.RUnlock()
	for _, o := range origins {
		if o.Party() == l.us {
			continue
		}
		told, failed := l.tellHeld(ctx, o)
		owed, unread := l.node.register.Owed(ctx, o, receiptBatch)
		// A receipt that cannot be said, as to a party that has left, holds back no other.
		err = errors.Join(err, failed, unread, l.answer(ctx, owed))
		answered = answered || told || len(owed) > 0
	}
	return answered, err
}

// answer makes one receipt for all messages that get the same from the same body.
func (l *Line) answer(ctx context.Context, owed []register.Owed) error {
	type heading struct {
		to, from parley.Body
		says     seal.Says
		why      string
	}
	var order []heading
	batches := map[heading]*seal.Receipt{}
	names := map[heading]string{}
	var failed error
	for _, o := range owed {
		h := heading{to: o.From, from: l.bodyAmong(o.To), says: o.Says, why: string(o.Why)}
		if err := l.complete(&h.to, &h.from, o.Ref.Origin); err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		r := batches[h]
		if r == nil {
			r = &seal.Receipt{Says: o.Says, Why: string(o.Why)}
			batches[h], order = r, append(order, h)
			names[h] = "receipt " + string(o.Says) + " " + o.Ref.String()
		}
		if o.Says == seal.SaysVoid { // by its place alone: RECEIPT-6
			r.Refs = append(r.Refs, o.Ref.String())
		} else {
			r.About = append(r.About, o.ID)
		}
	}
	for _, h := range order {
		m := Outbound{From: h.from, To: []parley.Body{h.to}, Kind: parley.KindReceipt, Precedence: parley.Routine, Content: batches[h]}
		failed = errors.Join(failed, l.sendNamed(ctx, names[h], m))
	}
	return failed
}

// sendNamed sends a receipt whose nonce follows from its name. Where one of that
// name stands in our journal and is owed still, it did not count, and another takes
// its place.
func (l *Line) sendNamed(ctx context.Context, name string, m Outbound) error {
	for n := range 8 {
		h := sha256.Sum256([]byte(name + strings.Repeat(" again", n)))
		m.Nonce = parley.Nonce(h[:16])
		old, now, ok, err := l.sent(ctx, m)
		if err != nil || ok && old.State != "sequenced" {
			return err
		}
		if m.Nonce = now; !ok {
			_, err := l.sendNew(ctx, m)
			return err
		}
	}
	return nil
}

// complete fills in bodies that a void entry does not name: the first of each side.
func (l *Line) complete(to, from *parley.Body, of parley.Origin) error {
	a, err := l.text()
	if err != nil {
		return err
	}
	if _, ok := a.Body(*to); !ok || to.Party() == l.us {
		p, ok := a.Party(of.Party())
		if !ok {
			return parley.E(parley.NotFound, "journal %s: no party of this agreement writes it", of)
		}
		*to = p.Bodies[0].Name
	}
	if *from == "" {
		p, _ := a.Party(l.us)
		*from = p.Bodies[0].Name
	}
	return nil
}
