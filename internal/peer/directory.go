package peer

import (
	"context"
	"io"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// Directory is who may speak with us. The node fills it from its agreements.
type Directory interface {
	// Caller finds the owner of a TLS key. False: a stranger.
	Caller(pin parley.Hash) (Caller, bool)
}

// Caller is one counterpart and what it may see and do. WIRE-2
type Caller interface {
	// Limits is what it may use of us.
	Limits() Limits
	// Room is the journal with that origin hash, as this caller may use it. False:
	// no such journal, or not for this caller; the two are not told apart.
	Room(originHash string) (Room, bool)
}

// Room is one journal as one caller may use it. What is nil is not there for it.
type Room struct {
	Origin  parley.Origin
	Reads   Reader   // parties of the agreement, archives
	Writes  Writer   // the journal's author, where we are a mirror or archive of it
	Witness Cosigner // the journal's author, where we only cosign
	Returns Returner // mirrors of our own journal
	Ends    Ender    // the journal's author, where we are a mirror or archive of it
	Blobs   Blobs    // whoever may hold attachments
}

// Reader serves a journal of ours or the mirrored copy of another.
type Reader interface {
	// Status fills Size, Pending and Next. Nothing above Size is served.
	Status(ctx context.Context) (Status, error)
	// Checkpoint is the note of size Status.Size with all lines held; NotFound
	// while there is none. A mirror's must carry its own cosignature.
	Checkpoint(ctx context.Context) ([]byte, error)
	// Entries are those of [start, end), at most 256.
	Entries(ctx context.Context, start, end uint64) ([][]byte, error)
	// Hashes reads the stored hashes of the tree.
	Hashes(ctx context.Context) tlog.HashReader
	// Part is a part that this caller may hold: clear, or of an entry that its
	// party wrote or is addressed by. NotFound else.
	Part(ctx context.Context, h parley.Hash) ([]byte, error)
}

// Writer is a mirror of the caller's journal.
//
// AddCheckpoint returns Forbidden where a signature of a known key is missing or
// wrong, Invalid where old is larger than the size, *SizeConflict, and Untrusted
// where a proof or root does not hold. AddEntries calls Next until io.EOF or an
// error; what was saved before an error stays, and is answered with an Info;
// when nothing was saved it returns the error of Next. Push is all or nothing.
type Writer interface {
	Cosigner
	AddEntries(ctx context.Context, u Upload) (Result, error)
	Push(ctx context.Context, p Push) (lines []byte, err error)
	// PutPart stores a part whose SHA-256 is h.
	PutPart(ctx context.Context, h parley.Hash, part []byte) error
}

// Returner takes cosignatures that others made on our journal. WIRE-15
type Returner interface {
	Return(ctx context.Context, note []byte) error
}

// Ender takes the note that closes a journal. WIRE-16
type Ender interface {
	Succeed(ctx context.Context, note []byte) error
}

// Blobs are the attachments of one journal's entries, as one caller may hold them.
type Blobs interface {
	// State is NotFound unless an entry that concerns the caller names the blob.
	State(ctx context.Context, h parley.Hash) (BlobState, error)
	// Write appends octets that begin at offset; *OffsetConflict where another
	// number is held. Octets read before an error are kept. Untrusted where the
	// whole has another hash; then nothing is held.
	Write(ctx context.Context, h parley.Hash, offset int64, r io.Reader) (BlobState, error)
	// Open reads a complete blob.
	Open(ctx context.Context, h parley.Hash) (io.ReadSeekCloser, error)
}
