package peer

import (
	"context"
	"io"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// Cosigner answers add-checkpoint: a mirror, or any C2SP witness.
type Cosigner interface {
	// AddCheckpoint offers a checkpoint signed by its log, with the consistency
	// proof from the size that the other side holds. A witness answers with
	// cosignature lines, a mirror with none. When Old is not what the other side
	// holds the error is a *SizeConflict that says what it holds. Nothing in the
	// answer is verified. c2sp.org/tlog-witness, add-checkpoint
	AddCheckpoint(ctx context.Context, c AddCheckpoint) (lines []byte, err error)
}

// Node is what a counterpart's node can be asked. Client has it.
//
// All methods may be called concurrently and repeated: each is idempotent.
// Everything that comes back is unverified bytes from somebody who may lie; the
// caller verifies. Errors carry a kind of package parley; Unavailable means that
// the same call may succeed later.
type Node interface {
	Cosigner

	// Status says what the node holds of the journal, its clock and its software.
	Status(ctx context.Context, o parley.Origin) (Status, error)

	// AddEntries uploads a prefix of the canonical sequence of entry packages.
	// The error is an *InfoConflict where the node wants another start or end, a
	// *Missing where it lacks sealed parts. c2sp.org/tlog-mirror, add-entries
	AddEntries(ctx context.Context, o parley.Origin, u Upload) (Result, error)

	// Push is a checkpoint, parts and the entries up to it in one round trip and one
	// transaction; it returns cosignature lines. The entries prove themselves: with
	// those held they make the checkpoint's root. Errors as for AddEntries. WIRE-13
	Push(ctx context.Context, p Push) (lines []byte, err error)

	// PutPart stores a sealed or clear part for entries that follow. WIRE-11
	PutPart(ctx context.Context, o parley.Origin, part []byte) error

	// Return brings the caller's mirror's cosignatures on a journal of the node:
	// a note with the checkpoint's text and their lines. WIRE-15
	Return(ctx context.Context, o parley.Origin, note []byte) error

	// Cosigned is what the node holds of one cosigner's lines on a journal, on sizes
	// above one, by size. WIRE-17
	Cosigned(ctx context.Context, o parley.Origin, by string, above uint64) ([]Cosigned, error)

	// Succeed brings the note by which a journal's party closes it and opens the
	// next. Repeating it changes nothing. WIRE-16
	Succeed(ctx context.Context, closed parley.Origin, note []byte) error

	// Checkpoint is the latest checkpoint the node vouches for, with the log's
	// signatures and all cosignatures it holds. c2sp.org/tlog-tiles
	Checkpoint(ctx context.Context, o parley.Origin) ([]byte, error)

	// Tile is a hash tile (L >= 0) or an entry bundle (L == -1), H being 8. For a
	// bundle the octets are those of c2sp.org/tlog-tiles, Log entries.
	Tile(ctx context.Context, o parley.Origin, t tlog.Tile) ([]byte, error)

	// Part is a sealed part addressed to (or written by) the caller, or a clear one.
	Part(ctx context.Context, o parley.Origin, h parley.Hash) ([]byte, error)

	// BlobState says how much of a blob the node holds. WIRE-12
	BlobState(ctx context.Context, o parley.Origin, h parley.Hash) (BlobState, error)

	// PutBlob sends octets of a blob of the given whole size from offset on; the
	// error is an *OffsetConflict where the node holds another number. Octets
	// that arrived before an interruption are kept.
	PutBlob(ctx context.Context, o parley.Origin, h parley.Hash, size, offset int64, r io.Reader) (BlobState, error)

	// Blob reads a blob from offset on; the caller closes it. size is the whole
	// blob's. The octets are at most size-offset.
	Blob(ctx context.Context, o parley.Origin, h parley.Hash, offset int64) (r io.ReadCloser, size int64, err error)
}

// AddCheckpoint is the body of an add-checkpoint request. c2sp.org/tlog-witness
type AddCheckpoint struct {
	Old   uint64      // the size that the other side holds
	Proof []tlog.Hash // RFC 6962 §2.1.2, empty where Old is 0 or the size itself
	Note  []byte      // the signed checkpoint
}

// Upload is an add-entries request. Next yields the packages of [Start, End) in
// order and io.EOF when the prefix that is to be sent ends; it is called by one
// goroutine.
type Upload struct {
	Start, End uint64
	Ticket     []byte
	Next       func() (Package, error)
}

// Status is what a node says of itself and of one journal.
type Status struct {
	Software string    `json:"software"` // such as "parley/1.0.0"
	Time     time.Time `json:"time"`     // the node's clock when it answered
	Size     uint64    `json:"size"`     // of the checkpoint it vouches for (cosigned, or signed where the journal is its own)
	Pending  uint64    `json:"pending"`  // of its pending checkpoint, at least Size
	Next     uint64    `json:"next"`     // the first entry it lacks

	// Signed, for the author alone, is the pending checkpoint as it came, where it
	// is larger than Size: it proves that the author signed it. JOURNAL-24
	Signed []byte `json:"signed,omitempty"`
	// Yours is the newest checkpoint of the journal here that the caller's mirror
	// has cosigned, with its lines: what it learns again after a restore. JOURNAL-51
	Yours []byte `json:"yours,omitempty"`
}

// BlobState is how many of a blob's octets are durable at a node.
type BlobState struct {
	Size, Held int64
}

// Complete says that the whole blob is held and its hash was checked.
func (b BlobState) Complete() bool { return b.Held == b.Size }
