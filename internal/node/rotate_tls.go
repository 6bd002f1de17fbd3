package node

import (
	"context"
	"fmt"
	"os"
	"slices"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/wholefile"
)

// RotatedTLS says how far the TLS key has been replaced, and what comes next.
type RotatedTLS struct {
	Pin  parley.Hash `json:"pin"`  // of the new key
	Step string      `json:"step"` // announced, switched, done
	Next string      `json:"next"` // for people; empty when done
}

// RotateTLS replaces our TLS key in three steps, each when it is called and the
// one before has arrived: both keys are announced in every agreement; once all
// counterparts have cosigned that, the new key takes the old one's place in the
// home, for the next start; then the old one is withdrawn. No step cuts a line. KEYS-5
func (n *Node) RotateTLS(ctx context.Context) (RotatedTLS, error) {
	lines := n.written()
	if len(lines) == 0 {
		return RotatedTLS{}, parley.E(parley.NotFound, "no agreement is in force here, and a card names the key that the home has")
	}
	for _, l := range lines {
		if err := l.ready(); err != nil {
			return RotatedTLS{}, err
		}
	}
	_, own, err := n.home.TLS()
	if err != nil {
		return RotatedTLS{}, err
	}
	next, err := n.home.nextPin()
	switch {
	case err == nil:
		return n.switchTLS(ctx, lines, own, next)
	case parley.KindOf(err) != parley.NotFound:
		return RotatedTLS{}, err
	case n.announcesMore(lines, own):
		return n.withdrawTLS(ctx, lines, own)
	}
	if next, err = n.home.createNextTLS(); err != nil {
		return RotatedTLS{}, err
	}
	return n.switchTLS(ctx, lines, own, next)
}

func (n *Node) announcesMore(lines []*Line, own parley.Hash) bool {
	for _, l := range lines {
		if pins := l.ourPins(); len(pins) > 1 || !slices.Contains(pins, own) {
			return true
		}
	}
	return false
}

func (l *Line) ourPins() []parley.Hash {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.chain.TLSPins(l.us)
}

// switchTLS announces the next key where that was not done, and puts it in place
// where all counterparts know it.
func (n *Node) switchTLS(ctx context.Context, lines []*Line, own, next parley.Hash) (RotatedTLS, error) {
	announced := false
	for _, l := range lines {
		if slices.Contains(l.ourPins(), next) {
			continue
		}
		if _, err := l.announce(ctx, agreement.Change{TLS: []parley.Hash{own, next}}, nil); err != nil {
			return RotatedTLS{}, err
		}
		announced = true
	}
	if announced {
		return RotatedTLS{next, "announced", "ask again when all counterparts have cosigned it"}, nil
	}
	for _, l := range lines {
		size, least, err := l.tail(ctx)
		if err != nil {
			return RotatedTLS{}, err
		}
		if least < size {
			return RotatedTLS{}, parley.E(parley.Conflict, "not every counterpart has cosigned the announcement of the new TLS key yet").
				WithHint("`parley line status` says who; ask again when all have")
		}
	}
	return RotatedTLS{next, "switched", "restart the node, then ask again"}, n.home.takeNextTLS()
}

// withdrawTLS says that only the new key is good.
func (n *Node) withdrawTLS(ctx context.Context, lines []*Line, own parley.Hash) (RotatedTLS, error) {
	if n.pin != own {
		return RotatedTLS{}, parley.E(parley.Conflict, "the node still runs with the old TLS key").WithHint("restart it, then ask again")
	}
	for _, l := range lines {
		if pins := l.ourPins(); len(pins) == 1 && pins[0] == own {
			continue
		}
		if _, err := l.announce(ctx, agreement.Change{TLS: []parley.Hash{own}}, nil); err != nil {
			return RotatedTLS{}, err
		}
	}
	return RotatedTLS{own, "done", ""}, nil
}

func (h Home) createNextTLS() (parley.Hash, error) {
	if err := h.createTLS("keys/tls.next.key"); err != nil {
		return parley.Hash{}, err
	}
	return h.nextPin()
}

// nextPin is the pin of the key that is to follow; NotFound where there is none.
func (h Home) nextPin() (parley.Hash, error) {
	_, pin, err := h.readTLS("keys/tls.next.key")
	return pin, err
}

// takeNextTLS puts the next TLS key in place; the old one stays beside it.
func (h Home) takeNextTLS() error {
	for i := 1; ; i++ {
		old := h.Path("keys", fmt.Sprintf("tls.old%d.key", i))
		if _, err := os.Stat(old); err == nil {
			continue
		}
		if err := os.Link(h.Path("keys", "tls.key"), old); err != nil {
			return parley.E(parley.Unavailable, "keep the old TLS key: %w", err)
		}
		break
	}
	if err := os.Rename(h.Path("keys", "tls.next.key"), h.Path("keys", "tls.key")); err != nil {
		return parley.E(parley.Unavailable, "take the new TLS key: %w", err)
	}
	return wholefile.SyncFolder(h.Path("keys"))
}
