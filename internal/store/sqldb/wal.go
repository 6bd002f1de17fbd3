package sqldb

import (
	"context"
	"sync"
	"sync/atomic"
)

// commitsBetween is how many commits there are between two moves of the write-ahead log
// into the file. A message leaves some twenty pages in the log, so that a thousand wait
// at most, and the commit that would have to move them itself (wal_autocheckpoint) comes
// only in bulk.
const commitsBetween = 64

// mover moves the write-ahead log into the file beside the writer, on a connection of
// its own: a commit then waits for its own pages alone.
type mover struct {
	on      *pool // nil: nobody does
	commits atomic.Int64
	moving  sync.Mutex     // one checkpoint at a time: SQLite refuses the second
	running sync.WaitGroup // added to within a write transaction only
}

// committed counts a commit; the caller holds the writer's connection.
func (m *mover) committed() {
	if m.on == nil || m.commits.Add(1)%commitsBetween != 0 || !m.moving.TryLock() {
		return
	}
	m.running.Go(func() {
		defer m.moving.Unlock()
		ctx := context.Background() // no longer than some thousand pages take
		c, err := m.on.take(ctx)
		if err != nil {
			return
		}
		defer m.on.put(c)
		// What readers still need stays for the next time; so does what fails.
		if _, err := c.c.ExecContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`); err != nil {
			c.broken = true
		}
	})
}

// close waits for a move; no write transaction runs any more.
func (m *mover) close() error {
	m.running.Wait()
	if m.on == nil {
		return nil
	}
	return m.on.close()
}
