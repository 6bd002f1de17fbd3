package node

import (
	"context"
	"fmt"
	"time"

	"parley.example/parley/internal/store/sqldb"
)

// upkeepEvery is how often the node looks at its own house.
const upkeepEvery = 20 * time.Second

// Upkeep raises and ends the alarms about the node itself: a disk that fills, a
// backup that is old. Safe at any time.
func (n *Node) Upkeep(ctx context.Context) error {
	disk := ""
	switch f := n.diskFinding(); {
	case f.State == FindingBad:
		disk = f.Value + ": only flash is sent and taken now; nothing is lost, and the rest goes on by itself when there is room; make room: `parley help operate`, chapter 12"
	case f.State == FindingWarn:
		disk = f.Value + ": attachments are refused now, theirs and ours; messages go on, and what was refused waits at its sender; make room: `parley help operate`, chapter 12"
	}
	if err := n.stands(ctx, AlarmDisk, disk, "there is room again"); err != nil {
		return err
	}
	backup, err := n.backupIsOld(ctx)
	if err != nil {
		return err
	}
	return n.stands(ctx, AlarmBackup, backup, "a backup was made")
}

// backupIsOld says so in the words of an alarm; empty: it is not, or nobody asked.
// A node that never made one counts from its first journal.
func (n *Node) backupIsOld(ctx context.Context) (string, error) {
	if n.backupWarn <= 0 {
		return "", nil
	}
	at, err := n.LastBackup(ctx)
	if err != nil {
		return "", err
	}
	what := "the last backup was made"
	if at.IsZero() {
		what = "no backup was ever made, and the first journal was opened"
		journals, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) ([]sqldb.Journal, error) { return tx.Journals() })
		if err != nil || len(journals) == 0 {
			return "", err
		}
		for _, j := range journals {
			if at.IsZero() || j.Opened.Before(at) {
				at = j.Opened
			}
		}
	}
	if n.now().Sub(at) <= n.backupWarn {
		return "", nil
	}
	return fmt.Sprintf("%s on %s; everything goes on; `parley backup` makes one while the node runs", what, at.UTC().Format(time.DateOnly)), nil
}

// stands raises an alarm of the node itself where there is a text for it, once while
// the text is the same, and ends it where there is none.
func (n *Node) stands(ctx context.Context, kind, text, over string) error {
	changed, err := sqldb.Read(ctx, n.db, func(tx *sqldb.Tx) (bool, error) {
		list, err := tx.Alarms(false)
		for _, a := range list {
			if a.Kind == kind {
				return a.Text != text, err
			}
		}
		return text != "", err
	})
	if err != nil || !changed {
		return err
	}
	err = n.db.Update(ctx, func(tx *sqldb.Tx) error {
		if text == "" {
			_, err := tx.EndAlarm(kind, kind, "", over, n.now())
			return err
		}
		return tx.RaiseAlarm(kind, kind, text, n.now())
	})
	n.publish(Event{What: "alarm"})
	return err
}

// upkeep looks until ctx ends.
func (n *Node) upkeep(ctx context.Context) {
	for never := make(chan struct{}); ; {
		if err := n.Upkeep(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("upkeep failed", "event", "line.step", "error", err)
		}
		if err := n.RemindRequests(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("reminding of requests failed", "event", "request.remind", "error", err)
		}
		if err := n.RemindMatters(ctx); err != nil && ctx.Err() == nil {
			n.log.Error("reminding of matters failed", "event", "matter.remind", "error", err)
		}
		if !wait(ctx, never, upkeepEvery) {
			return
		}
	}
}
