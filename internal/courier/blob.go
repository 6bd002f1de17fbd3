package courier

import (
	"context"
	"io"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
)

// Blobs is where our blobs are. *blobfile.Store is one.
type Blobs interface {
	Held(o parley.Origin, h parley.Hash, size int64) (octets int64, whole bool, err error)
	Append(o parley.Origin, h parley.Hash, size, offset int64, r io.Reader) (held int64, err error)
}

// PushBlob brings one blob to a node, from where it has it on, and returns what it
// holds now. A whole blob costs one small question. NotFound: the entry that names
// the blob is not there yet; push the journal first. open is called at most twice.
func PushBlob(ctx context.Context, to peer.Node, o parley.Origin, h parley.Hash, size int64, open func() (io.ReadSeekCloser, error)) (peer.BlobState, error) {
	st, err := to.BlobState(ctx, o, h)
	if err != nil || st.Complete() {
		return st, err
	}
	if st.Size != size {
		return st, parley.E(parley.Untrusted, "blob %s of %d octets: the other side thinks it has %d", h, size, st.Size)
	}
	for range 2 {
		var next peer.BlobState
		next, err = putBlob(ctx, to, o, h, st, open)
		if c, ok := as[*peer.OffsetConflict](err); ok && c.Held < size {
			st.Held = c.Held // somebody else brought some
			continue
		}
		return next, err
	}
	return st, err
}

func putBlob(ctx context.Context, to peer.Node, o parley.Origin, h parley.Hash, st peer.BlobState, open func() (io.ReadSeekCloser, error)) (peer.BlobState, error) {
	f, err := open()
	if err != nil {
		return st, err
	}
	defer f.Close()
	if _, err := f.Seek(st.Held, io.SeekStart); err != nil {
		return st, parley.E(parley.Internal, "read blob %s: %w", h, err)
	}
	return to.PutBlob(ctx, o, h, st.Size, st.Held, f)
}

// PullBlob fetches one blob from a node, from where we have it on. What came before
// an error is kept; the next step goes on from there.
func PullBlob(ctx context.Context, from peer.Node, o parley.Origin, h parley.Hash, size int64, into Blobs) (peer.BlobState, error) {
	held, whole, err := into.Held(o, h, size)
	if err != nil || whole {
		return peer.BlobState{Size: size, Held: held}, err
	}
	r, said, err := from.Blob(ctx, o, h, held)
	if err != nil {
		return peer.BlobState{Size: size, Held: held}, err
	}
	defer r.Close()
	if said != size {
		return peer.BlobState{Size: size, Held: held}, parley.E(parley.Untrusted, "blob %s of %d octets: the other side has one of %d", h, size, said)
	}
	held, err = into.Append(o, h, size, held, &broken{r})
	return peer.BlobState{Size: size, Held: held}, err
}

// broken says that a body that ends in an error is the line's fault.
type broken struct{ r io.Reader }

func (b *broken) Read(p []byte) (int, error) {
	n, err := b.r.Read(p)
	if err != nil && err != io.EOF {
		err = parley.E(parley.Unavailable, "the blob broke off: %w", err)
	}
	return n, err
}
