package sqldb

import (
	"slices"
	"sync"
)

// Topic is a kind of rows that loops look at again and again, mostly to find that
// nothing has changed.
type Topic struct {
	kind    byte
	journal int64 // 0: of all journals
}

// Outbox is what waits in any outbox.
func Outbox() Topic { return Topic{kind: 'o'} }

// Blobs is how far attachments have come.
func Blobs() Topic { return Topic{kind: 'b'} }

// Settings is all settings.
func Settings() Topic { return Topic{kind: 's'} }

// Intel is the objects of the store of intelligence.
func Intel() Topic { return Topic{kind: 'i'} }

// Journals is which journals there are, and their checkpoints and ends: while it
// stands, nothing that could be judged has come.
func Journals() Topic { return Topic{kind: 'j'} }

// Checkpoints are those of one journal, with its mirror's own lines.
func Checkpoints(journal int64) Topic { return Topic{'c', journal} }

// Cosignatures are the lines under one journal's checkpoints.
func Cosignatures(journal int64) Topic { return Topic{'l', journal} }

// versions counts the commits of this process that changed a topic. Another process
// that writes the same database is not counted: the lock of the home keeps it out.
type versions struct {
	mu sync.Mutex
	of map[Topic]uint64 // guarded by mu
}

// Version counts up after each commit that may have changed a topic, before its
// Update returns. Whoever takes it before reading, and finds the same later, would read
// the same again.
func (d *DB) Version(t Topic) uint64 {
	d.versions.mu.Lock()
	defer d.versions.mu.Unlock()
	return d.versions.of[t]
}

func (v *versions) raise(list []Topic) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.of == nil {
		v.of = map[Topic]uint64{}
	}
	for _, t := range list {
		v.of[t]++
	}
}

// touch notes that the transaction changes topics, should it be committed: each counts once.
func (t *Tx) touch(topics ...Topic) {
	for _, x := range topics {
		if !slices.Contains(t.touched, x) {
			t.touched = append(t.touched, x)
		}
	}
}

// Versioned says how often topics have changed. *DB is one.
type Versioned interface{ Version(Topic) uint64 }

// Cached is a value that is read again only when its topic has changed. The zero one
// is empty. Safe for concurrent use; what it holds is shared, and so never changed.
type Cached[T any] struct {
	mu      sync.Mutex
	held    bool   // guarded by mu, as what follows
	version uint64 // when the value was read
	value   T
}

// Put is for the only one who changes the topic, after its commit: the value is what
// Get would read.
func (c *Cached[T]) Put(v Versioned, of Topic, value T) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.held, c.version, c.value = true, v.Version(of), value
}

// Get gives the value, reading it where that is due. An error is not remembered.
func (c *Cached[T]) Get(v Versioned, of Topic, read func() (T, error)) (T, error) {
	now := v.Version(of) // before reading: a commit in between makes it be read again
	c.mu.Lock()
	if c.held && c.version == now {
		defer c.mu.Unlock()
		return c.value, nil
	}
	c.mu.Unlock()
	value, err := read()
	if err != nil {
		return value, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.held || c.version <= now { // versions only grow
		c.held, c.version, c.value = true, now, value
	}
	return value, nil
}
