package courier

import (
	"context"
	"encoding/binary"
	"io"
	"slices"
	"time"

	"filippo.io/age"
	"golang.org/x/mod/sumdb/note"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// MinVolume is the smallest medium that a pouch is split to: every volume holds at
// least one package of entries. POUCH-2
const MinVolume = 4 << 20

// maxLadder is how many earlier sizes a pouch proves from.
const maxLadder = 16

// Pack is what goes into a pouch for one counterpart.
type Pack struct {
	Agreement  parley.Hash
	From, To   parley.Party
	Number     uint64 // one more than the last pouch of this direction
	Time       time.Time
	Signer     note.Signer // of a body of ours; signs each header
	Recipients []string    // age1pq1...: the counterpart's bodies, or its node
	Volume     int64       // octets of the medium, at least MinVolume; 0: one volume

	Journal  Journal // of ours; nil: none
	Holds    func(uint64, *seal.Envelope) bool
	Cosigned uint64   // the size that came back cosigned: what is before it stays at home
	Packed   []uint64 // sizes of checkpoints in pouches since then: the other side may hold any of them

	// Held is the note of size Cosigned with the lines of the addressee's mirror: what
	// it may need to hear before it signs again after a restart. nil: none came back.
	Held []byte

	// Ask says that we wait to be told what we signed last; Answer that we were asked:
	// either is a reason for a pouch.
	Ask, Answer bool

	// Successions are the notes that closed journals of ours, the oldest first.
	Successions [][]byte

	// Nothing are the origins of which there is nothing to show: a journal of theirs
	// that our mirror has cosigned nothing of, one of ours that nothing came back of.
	Nothing []parley.Origin

	Returns [][]byte // notes: checkpoints of journals of theirs, with our mirror's lines
	Blobs   []PackedBlob
}

// PackedBlob is an attachment that the other side has not said it holds.
type PackedBlob struct {
	Origin parley.Origin
	Hash   parley.Hash
	Size   int64
	Open   func() (io.ReadCloser, error)
}

// Packed says what was packed.
type Packed struct {
	Volumes int    // 0: there was nothing to pack, and nothing was made
	Size    uint64 // of the checkpoint inside; append it to Pack.Packed for the next pouch
	Entries int
	Parts   int
	Octets  int64 // plaintext
}

// PackPouch seals a pouch, volume by volume. create opens a volume for writing,
// durable when its Close returns nil; volumes are made in order and one at a time.
// What it packs is what the other side has not returned cosigned, so that a pouch
// that is lost costs nothing but the next one's size. POUCH-1, POUCH-6
func PackPouch(ctx context.Context, p Pack, create func(volume int) (io.WriteCloser, error)) (Packed, error) {
	if p.Volume != 0 && p.Volume < MinVolume {
		return Packed{}, parley.E(parley.Invalid, "a medium of %d octets: want at least %d", p.Volume, MinVolume)
	}
	k := &packer{ctx: ctx, Pack: p, create: create}
	for _, s := range p.Recipients {
		r, err := age.ParseHybridRecipient(s)
		if err != nil {
			return Packed{}, parley.E(parley.Invalid, "pouch: want age hybrid recipients, age1pq1...: %w", err)
		}
		k.recipients = append(k.recipients, r)
	}
	err := k.pack()
	if err != nil && k.out != nil {
		drop(k.out)
	}
	return k.done, err
}

type packer struct {
	Pack
	ctx        context.Context
	create     func(int) (io.WriteCloser, error)
	recipients []age.Recipient
	done       Packed

	out   io.WriteCloser // the open volume; nil between volumes
	in    io.WriteCloser // its plaintext
	used  int64
	again []record // what each volume begins with again
}

func (k *packer) pack() error {
	for _, n := range k.Returns {
		if err := k.put(record{recReturn, n}); err != nil {
			return err
		}
	}
	tail, err := k.hasTail()
	if err != nil {
		return err
	}
	if k.Ask {
		if err := k.put(record{recAsk, nil}); err != nil {
			return err
		}
	}
	if tail || k.Ask || k.Answer || len(k.Returns)+len(k.Blobs) > 0 { // else these are no reason for a pouch
		if err := k.told(); err != nil {
			return err
		}
	}
	if err := k.journal(); err != nil {
		return err
	}
	k.again = nil
	for _, b := range k.Blobs {
		if err := k.blob(b); err != nil {
			return err
		}
	}
	if k.in == nil {
		return nil
	}
	if err := k.put(record{recEnd, binary.BigEndian.AppendUint32(nil, uint32(k.done.Volumes))}); err != nil {
		return err
	}
	return k.closeVolume()
}

// room is how many octets of plaintext fit on the medium: age adds a header with a
// stanza for each recipient and 16 octets to each 64 KiB.
func (k *packer) room() int64 {
	if k.Volume == 0 {
		return 1 << 62
	}
	return k.Volume - k.Volume/4096 - 1024 - int64(len(k.recipients))*2048
}

// put writes a record, in a new volume where it does not fit. One that does not fit
// even there (after what each volume begins with) is refused.
func (k *packer) put(r record) error {
	if k.in != nil && k.used+r.size() > k.room()-9 { // 9: the end record
		if err := k.closeVolume(); err != nil {
			return err
		}
	}
	if k.in == nil {
		if err := k.openVolume(); err != nil {
			return err
		}
		for _, a := range k.again {
			if err := k.write(a); err != nil {
				return err
			}
		}
		if k.used+r.size() > k.room() {
			return parley.E(parley.Invalid, "a medium of %d octets is too small: want twice that", k.Volume)
		}
	}
	return k.write(r)
}

func (k *packer) write(r record) error {
	k.used += r.size()
	k.done.Octets += r.size()
	return r.write(k.in)
}

func (k *packer) openVolume() (err error) {
	if k.out, err = k.create(k.done.Volumes + 1); err != nil {
		return err
	}
	k.done.Volumes++
	if k.in, err = age.Encrypt(k.out, k.recipients...); err != nil {
		return parley.E(parley.Internal, "seal pouch: %w", err)
	}
	text := PouchHeader{Agreement: k.Agreement, From: k.From, To: k.To, Number: k.Number, Volume: k.done.Volumes, Time: k.Time}.format()
	head, err := note.Sign(&note.Note{Text: string(text)}, k.Signer)
	if err != nil {
		return parley.E(parley.Internal, "sign pouch: %w", err)
	}
	k.used = int64(len(head))
	_, err = k.in.Write(head)
	return err
}

func (k *packer) closeVolume() error {
	in, out := k.in, k.out
	k.in, k.out = nil, nil
	if err := in.Close(); err != nil {
		drop(out)
		return err
	}
	return out.Close()
}

// drop closes a volume that is not whole, so that it does not appear where it can be
// kept from that.
func drop(volume io.WriteCloser) {
	if v, ok := volume.(interface{ Abort() }); ok {
		v.Abort()
		return
	}
	volume.Close()
}

// told packs what a restarted node needs to hear before it signs. POUCH-11
func (k *packer) told() error {
	for _, n := range k.Successions {
		if err := k.put(record{recSuccession, n}); err != nil {
			return err
		}
	}
	if k.Held != nil {
		if err := k.put(record{recHeld, k.Held}); err != nil {
			return err
		}
	}
	for _, o := range k.Nothing {
		if err := k.put(record{recNothing, []byte(o)}); err != nil {
			return err
		}
	}
	return nil
}

// hasTail says whether our journal has more than came back cosigned.
func (k *packer) hasTail() (bool, error) {
	if k.Journal == nil {
		return false, nil
	}
	cp, err := k.Journal.Latest(k.ctx)
	if err != nil && parley.KindOf(err) == parley.NotFound {
		return false, nil
	}
	return cp.Size > k.Cosigned, err
}

// journal packs the tail of ours: checkpoint, proofs, packages, each followed by
// its parts.
func (k *packer) journal() error {
	if k.Journal == nil {
		return nil
	}
	cp, err := k.Journal.Latest(k.ctx)
	if err != nil || cp.Size <= k.Cosigned {
		if err != nil && parley.KindOf(err) == parley.NotFound {
			err = nil
		}
		return err
	}
	k.done.Size = cp.Size
	if err := k.begin(cp); err != nil {
		return err
	}
	for from := k.Cosigned - k.Cosigned%entriesOfBundle; from < cp.Size; {
		if err := k.ctx.Err(); err != nil {
			return err
		}
		p, to, err := pack(k.ctx, k.Journal, cp.Size, from)
		if err != nil {
			return err
		}
		if err := k.packPackage(p, from); err != nil {
			return err
		}
		k.done.Entries += len(p.Entries)
		from = to
	}
	return nil
}

// begin puts the checkpoint and its ladder of proofs, in every volume. POUCH-7
func (k *packer) begin(cp proof.Checkpoint) error {
	list := []record{{recCheckpoint, cp.Note}}
	olds := append([]uint64{k.Cosigned, 0}, k.Packed[max(0, len(k.Packed)-maxLadder):]...)
	slices.Sort(olds)
	for _, old := range slices.Compact(olds) {
		if old >= cp.Size {
			continue
		}
		path, err := proof.ProveConsistency(k.Journal.HashReader(k.ctx), old, cp.Size)
		if err != nil {
			return err
		}
		list = append(list, record{recConsistency, formatConsistency(old, path)})
	}
	for _, r := range list {
		if err := k.put(r); err != nil {
			return err
		}
	}
	k.again = list
	return nil
}

func (k *packer) packPackage(p peer.Package, from uint64) error {
	r := record{recPackage, peer.AppendPackage(binary.BigEndian.AppendUint64(nil, from), p)}
	if err := k.put(r); err != nil {
		return err
	}
	outer := k.again
	k.again = append(slices.Clip(outer), r)
	defer func() { k.again = outer }()
	for i, raw := range p.Entries {
		e, err := seal.ParseEntry(raw)
		if err != nil || from+uint64(i) < k.Cosigned || !k.Holds(from+uint64(i), &e) {
			continue
		}
		part, err := k.Journal.Part(k.ctx, e.Part)
		if err != nil && parley.KindOf(err) == parley.NotFound {
			continue // an entry of kind gone says so
		}
		if err != nil {
			return err
		}
		if err := k.put(record{recPart, part}); err != nil {
			return err
		}
		k.done.Parts++
	}
	return nil
}

func (k *packer) blob(b PackedBlob) error {
	f, err := b.Open()
	if err != nil {
		return err
	}
	defer f.Close()
	buf := make([]byte, blobRecord)
	for at := int64(0); at < b.Size; {
		if err := k.ctx.Err(); err != nil {
			return err
		}
		n, err := io.ReadFull(f, buf[:min(blobRecord, b.Size-at)])
		if err != nil {
			return parley.E(parley.Internal, "read blob %s: %w", b.Hash, err)
		}
		if err := k.put(record{recBlob, blobRange{b.Origin, b.Hash, b.Size, at, buf[:n]}.format()}); err != nil {
			return err
		}
		at += int64(n)
	}
	return nil
}
