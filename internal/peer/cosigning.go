package peer

import (
	"bytes"
	"context"
	"net/http"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/proof"
)

// Cosigning is a witness: it sees checkpoints, never entries, and signs that a
// journal grew without contradiction. Whoever writes the journal can at most make it
// refuse. c2sp.org/tlog-witness
//
// The largest checkpoint that it has signed is in the store before anybody has the
// signature, compared and replaced in one write transaction.
type Cosigning struct {
	Store interface {
		Update(ctx context.Context, f func(*sqldb.Tx) error) error
		View(ctx context.Context, f func(*sqldb.Tx) error) error
	}
	// Log finds the keys of a journal that it witnesses: all of them must sign.
	Log func(o parley.Origin) (keys []proof.Key, ok bool)
	// Closed says where a succession ended a journal; nil: none ever does.
	Closed func(o parley.Origin) (size uint64, root tlog.Hash, ok bool)
	// Succeed takes the note that ends a journal, verified by the identity key that an
	// agreement names; nil: successions are not taken. held is the size last cosigned.
	Succeed func(ctx context.Context, note []byte, held func(parley.Origin) (uint64, error)) error
	Signers []proof.Signer // types 4 and 6, named as the witness
	Now     func() time.Time
}

var _ Cosigner = (*Cosigning)(nil)

// AddCheckpoint implements Cosigner with the answers of c2sp.org/tlog-witness:
// NotFound for an unknown journal, Forbidden for a signature that is missing or
// wrong, Invalid for an old size above the size, *SizeConflict, Untrusted for a
// proof or root that does not hold.
func (w *Cosigning) AddCheckpoint(ctx context.Context, c AddCheckpoint) (lines []byte, err error) {
	origin, err := NoteOrigin(c.Note)
	if err != nil {
		return nil, err
	}
	log, ok := w.Log(origin)
	if !ok {
		return nil, errStranger
	}
	cp, err := proof.OpenCheckpoint(c.Note, log...)
	switch {
	case parley.KindOf(err) == parley.Untrusted:
		return nil, parley.E(parley.Forbidden, "%w", err)
	case err != nil:
		return nil, err
	case c.Old > cp.Size:
		return nil, parley.E(parley.Invalid, "add-checkpoint: old size %d above the size %d", c.Old, cp.Size)
	}
	if w.Closed != nil {
		if size, root, closed := w.Closed(origin); closed && (cp.Size > size || cp.Size == size && cp.Root != root) {
			return nil, parley.E(parley.Forbidden, "journal %s was closed at size %d", origin, size) // SUCCESSION-3
		}
	}
	err = w.Store.Update(ctx, func(tx *sqldb.Tx) error {
		size, root, err := w.held(tx, origin)
		if err != nil {
			return err
		}
		if c.Old != size {
			return &SizeConflict{Size: size}
		}
		if err := proof.CheckConsistency(c.Proof, size, root, cp.Size, cp.Root); err != nil {
			return err
		}
		list, err := proof.Cosign(cp, w.Now(), w.Signers...)
		if err != nil {
			return err
		}
		for _, s := range list {
			lines = append(lines, s.Line...)
		}
		return tx.SetSetting(witnessed(origin), cp.WithCosignatures(list...))
	})
	if err != nil {
		return nil, err
	}
	return lines, nil
}

func witnessed(o parley.Origin) string { return "witness/" + string(o) }

// held is the tree that was signed last; the empty one where none was.
func (w *Cosigning) held(tx *sqldb.Tx, o parley.Origin) (uint64, tlog.Hash, error) {
	note, ok, err := tx.Setting(witnessed(o))
	if err != nil || !ok {
		return 0, proof.EmptyRoot(), err
	}
	n, err := proof.ParseNote(note)
	if err != nil {
		return 0, tlog.Hash{}, parley.E(parley.Internal, "stored checkpoint: %w", err)
	}
	f := strings.Split(n.Text, "\n")
	if len(f) != 4 {
		return 0, tlog.Hash{}, parley.E(parley.Internal, "stored checkpoint of %s: not three lines", o)
	}
	size, err := parley.ParseSize(f[1])
	if err != nil {
		return 0, tlog.Hash{}, parley.E(parley.Internal, "stored checkpoint: %w", err)
	}
	root, err := proof.ParseTreeHash(f[2])
	return size, root, err
}

// Checkpoint is the latest that it has signed, with the log's lines and its own.
func (w *Cosigning) Checkpoint(ctx context.Context, o parley.Origin) (note []byte, err error) {
	err = w.Store.View(ctx, func(tx *sqldb.Tx) error {
		b, ok, err := tx.Setting(witnessed(o))
		if err == nil && !ok {
			err = errStranger
		}
		note = bytes.Clone(b)
		return err
	})
	return note, err
}

// Handler serves the witness as c2sp.org/tlog-witness has it, to everybody: POST
// add-checkpoint and GET <origin hash>/checkpoint of the origins given; and, where
// successions are taken, POST <origin hash>/succession, which is Parley's own (WIRE-16).
// There is no authentication but the journal's own signature and the identity key's. At most 16 requests run at a time.
func (w *Cosigning) Handler(origins func() []parley.Origin) http.Handler {
	mux, slots := http.NewServeMux(), make(chan struct{}, 16)
	serve := func(pattern string, h func(http.ResponseWriter, *http.Request) ([]byte, error)) {
		mux.HandleFunc(pattern, func(rw http.ResponseWriter, r *http.Request) {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			default:
				refuse(rw, busy(time.Second, "too many requests at a time"), "")
				return
			}
			b, err := h(rw, r)
			if err != nil {
				refuse(rw, err, "")
				return
			}
			answer(rw, http.StatusOK, typeText, b)
		})
	}
	serve("POST /add-checkpoint", func(rw http.ResponseWriter, r *http.Request) ([]byte, error) {
		in := &body{r: r.Body, control: http.NewResponseController(rw), pace: DefaultPace, gate: newGate(DefaultLimits),
			now: w.Now, began: time.Now(), what: "add-checkpoint", most: MaxCheckpoint}
		b, err := in.all()
		if err != nil {
			return nil, err
		}
		c, err := ParseAddCheckpoint(b)
		if err != nil {
			return nil, err
		}
		return w.AddCheckpoint(r.Context(), c)
	})
	serve("POST /{origin}/succession", func(rw http.ResponseWriter, r *http.Request) ([]byte, error) {
		if w.Succeed == nil {
			return nil, errStranger
		}
		in := &body{r: r.Body, control: http.NewResponseController(rw), pace: DefaultPace, gate: newGate(DefaultLimits),
			now: w.Now, began: time.Now(), what: "succession", most: MaxCheckpoint}
		note, err := in.all()
		if err != nil {
			return nil, err
		}
		return nil, w.Succeed(r.Context(), note, func(o parley.Origin) (uint64, error) {
			var size uint64
			err := w.Store.View(r.Context(), func(tx *sqldb.Tx) (err error) { size, _, err = w.held(tx, o); return err })
			return size, err
		})
	})
	serve("GET /{origin}/checkpoint", func(_ http.ResponseWriter, r *http.Request) ([]byte, error) {
		for _, o := range origins() {
			if o.PathHash() == r.PathValue("origin") {
				return w.Checkpoint(r.Context(), o)
			}
		}
		return nil, errStranger
	})
	return mux
}
