package node

import (
	"context"
	"time"

	"parley.example/parley/internal/store/sqldb"
)

// stepIntel takes in what has come and lets the rules send what is new: nothing of it
// holds back a line.
func (n *Node) stepIntel(ctx context.Context) (more bool, err error) {
	if more, err = n.TakeIntel(ctx); err != nil {
		return false, err
	}
	return more, n.RunRules(ctx)
}

// rulesAgain is how often rules look again that wait for their time, or could not send.
const rulesAgain = 5 * time.Second

// runIntel does so until ctx ends, beside the lines.
func (n *Node) runIntel(ctx context.Context) {
	seen := [2]uint64{}
	heard := n.Subscribe(ctx)
	rested := false
	var last time.Time
	for {
		now := [2]uint64{n.db.Version(sqldb.Blobs()), n.db.Version(sqldb.Intel())}
		if at := n.now(); !rested || now != seen || at.Sub(last) > rulesAgain || at.Before(last) {
			last = at
			more, err := n.stepIntel(ctx)
			if err != nil && ctx.Err() == nil {
				n.log.Error("taking in intelligence failed", "event", "intel.step", "error", err)
			}
			seen, rested = now, !more && err == nil
			if more {
				continue
			}
		}
		t := time.NewTimer(time.Second)
		select {
		case <-ctx.Done():
			t.Stop()
			return
		case <-heard:
		case <-t.C:
		}
		t.Stop()
	}
}
