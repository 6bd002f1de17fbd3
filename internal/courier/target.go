package courier

import (
	"context"
	"errors"
	"fmt"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/journal"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Journal is what the courier needs of a journal of ours. *journal.Journal is one.
type Journal interface {
	Origin() parley.Origin
	Latest(ctx context.Context) (proof.Checkpoint, error)
	CheckpointAt(ctx context.Context, size uint64) (proof.Checkpoint, error)
	CheckpointFrom(ctx context.Context, size uint64) (proof.Checkpoint, error)
	Tail(ctx context.Context, start, least uint64, room journal.Room, wanted func(uint64, *seal.Envelope) bool) (journal.Tail, bool, error)
	Entries(ctx context.Context, start, end uint64) ([][]byte, error)
	HashReader(ctx context.Context) tlog.HashReader
	Part(ctx context.Context, h parley.Hash) ([]byte, error)
	AddCosignatures(ctx context.Context, at time.Time, cp proof.Checkpoint, list []proof.Cosignature) error
}

// Target is a mirror that our journal is pushed to: a counterpart's or an archive's.
type Target struct {
	Name string // for messages to people
	Node peer.Node
	// Keys are the mirror keys that count for a cosignature of that size.
	Keys func(size uint64) ([]proof.Key, error)
	// Holds says whether the target keeps the part of an entry: see ForParty and
	// ForArchive. A part that it does not hold is never sent, even when asked for.
	Holds func(index uint64, e *seal.Envelope) bool
	// Stored is called when cosignatures have been stored, also in the middle of a long
	// tail; nil: nobody wants to know.
	Stored func()
	// AtOnce bounds the parts on their way at one time; 0: 4.
	AtOnce int
}

// ForParty is the rule of a counterpart: what is addressed to it, and what is in clear.
func ForParty(p parley.Party) func(uint64, *seal.Envelope) bool {
	return func(_ uint64, e *seal.Envelope) bool { return e.Clear || e.ToParty(p) }
}

// ForArchive is the rule of an archive, which keeps every part until its addressees
// have cosigned, and cannot open it.
func ForArchive(uint64, *seal.Envelope) bool { return true }

// Known is what we believe a target to hold of our journal. The zero value is a
// good beginning; a wrong one costs a round trip. Not believed for anything else.
type Known struct {
	Asked    bool   // the target has told its sizes since we started
	Pending  uint64 // the size that add-checkpoint proves from
	Next     uint64 // the first entry that it lacks
	Ticket   []byte
	Cosigned uint64 // the largest size whose cosignatures are verified and stored

	put map[parley.Hash]bool // parts that it has taken, of entries that it has not cosigned
}

// Ahead is a target that holds more of our journal than we do: a restored backup
// or a second node with our key. Nothing may be appended before it is explained. JOURNAL-24
type Ahead struct {
	Who  string
	Size uint64
}

func (e *Ahead) Error() string {
	return fmt.Sprintf("%s holds our journal up to %d, and we hold less: ask it before writing on", e.Who, e.Size)
}
func (e *Ahead) Unwrap() error { return parley.E(parley.Conflict, "others hold more of our journal") }

// PartsGone is a target that waits for parts which we have no more: only an entry
// of kind gone lets the line go on.
type PartsGone struct{ Parts []parley.Hash }

func (e *PartsGone) Error() string {
	return fmt.Sprintf("%d sealed parts are wanted and not here any more: the first is %s", len(e.Parts), e.Parts[0])
}
func (e *PartsGone) Unwrap() error { return parley.E(parley.Conflict, "parts are gone") }

// Backoff is when to try a target again after its n-th failure in a row (n >= 1):
// 1 s, doubling to 5 minutes, or what the target asked for where that is longer;
// spread by jitter, which is in [0, 1). Repeats that a person can mend (a wrong key, a
// refusal) begin at a minute.
func Backoff(n int, err error, jitter float64) time.Duration {
	const longest = 5 * time.Minute
	wait := time.Second << min(max(n, 1)-1, 9)
	switch parley.KindOf(err) {
	case parley.Unavailable, parley.Conflict:
	default:
		wait = max(wait, time.Minute)
	}
	wait = min(wait, longest)
	wait = wait/2 + time.Duration(float64(wait/2)*jitter)
	return max(wait, peer.RetryAfter(err))
}

// as finds a typed error in a chain.
func as[E error](err error) (e E, ok bool) { ok = errors.As(err, &e); return e, ok }
