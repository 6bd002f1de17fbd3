package courier

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// pouchMagic opens the plaintext of every volume. POUCH-3
const pouchMagic = "parley/pouch/v1"

// PouchHeader says what a volume is, signed by a body of the sender. What it says is
// believed for routing, and everything in the volume proves itself; only a record
// that says "nothing" counts just where the signature holds. POUCH-4
type PouchHeader struct {
	Agreement parley.Hash
	From, To  parley.Party
	Number    uint64 // counts the pouches of one direction, from 1
	Volume    int    // counts the volumes of one pouch, from 1
	Time      time.Time

	Note []byte // the header as a signed note; not verified here
}

// The kinds of records. POUCH-5
const (
	recReturn      = 1  // cosignatures on a journal of the addressee: a note
	recCheckpoint  = 2  // of a journal of the sender: a note
	recConsistency = 3  // old size, hashes: that checkpoint continues the tree of the old size
	recPackage     = 4  // start, then a package as in add-entries, up to that checkpoint's size
	recPart        = 5  // of an entry of a package before it in the same volume
	recBlob        = 6  // origin, hash, size, offset, octets
	recEnd         = 7  // the pouch ends here: how many volumes it has
	recHeld        = 8  // a checkpoint of the sender that the addressee's mirror has cosigned: a note with its lines
	recNothing     = 9  // an origin: of it the sender holds nothing, or nothing came back cosigned
	recAsk         = 10 // empty: the sender waits to be told what it signed last
	recSuccession  = 11 // the note that closes a journal of the sender and opens the next
)

const (
	maxRecord  = 4 << 20
	maxHeader  = 1 << 10
	blobRecord = 1 << 20 // octets of a blob in one record
)

func (h PouchHeader) format() []byte {
	return []byte(pouchMagic + "\nagreement " + h.Agreement.String() + "\nfrom " + string(h.From) + "\nto " + string(h.To) +
		"\nnumber " + strconv.FormatUint(h.Number, 10) + "\nvolume " + strconv.Itoa(h.Volume) +
		"\ntime " + h.Time.UTC().Format("2006-01-02T15:04:05Z") + "\n")
}

// readHeader reads a signed note of one signature line, and accepts the one spelling
// of its text. It verifies nothing.
func readHeader(r *bufio.Reader) (h PouchHeader, err error) {
	var text []byte
	for !bytes.HasSuffix(text, []byte("\n\n")) {
		line, err := r.ReadSlice('\n')
		if err != nil || len(text)+len(line) > maxHeader {
			return h, parley.E(parley.Invalid, "pouch: want a header that ends with an empty line: %w", err)
		}
		text = append(text, line...)
	}
	line, err := r.ReadSlice('\n')
	if err != nil || len(line) > maxHeader || !bytes.HasPrefix(line, []byte("— ")) {
		return h, parley.E(parley.Invalid, "pouch: want a signature line after the header: %w", err)
	}
	signature := bytes.Clone(line)
	text = text[:len(text)-1]
	f := map[string]string{}
	for l := range strings.Lines(string(text)) {
		key, value, _ := strings.Cut(strings.TrimSuffix(l, "\n"), " ")
		f[key] = value
	}
	var volume uint64
	for _, step := range []func() error{
		func() error { h.Agreement, err = parley.ParseHash(f["agreement"]); return err },
		func() error { h.From, err = parley.ParseParty(f["from"]); return err },
		func() error { h.To, err = parley.ParseParty(f["to"]); return err },
		func() error { h.Number, err = parley.ParseSize(f["number"]); return err },
		func() error { volume, err = parley.ParseSize(f["volume"]); return err },
		func() error { h.Time, err = time.Parse("2006-01-02T15:04:05Z", f["time"]); return err },
	} {
		if err := step(); err != nil {
			return h, parley.E(parley.Invalid, "pouch header: %w", err)
		}
	}
	h.Volume = int(min(volume, 1<<20))
	if !bytes.Equal(h.format(), text) {
		return h, parley.E(parley.Invalid, "pouch header: want %s and its six lines, in their one spelling", pouchMagic)
	}
	h.Note = append(append(text, '\n'), signature...)
	return h, nil
}

type record struct {
	kind byte
	body []byte
}

func (r record) size() int64 { return 5 + int64(len(r.body)) }

func (r record) write(w io.Writer) error {
	head := binary.BigEndian.AppendUint32([]byte{r.kind}, uint32(len(r.body)))
	if _, err := w.Write(head); err != nil {
		return err
	}
	_, err := w.Write(r.body)
	return err
}

// readRecord is io.EOF at the end of a volume. Memory grows with what has come.
func readRecord(r io.Reader) (record, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		if err == io.ErrUnexpectedEOF {
			err = parley.E(parley.Invalid, "pouch: truncated within a record's head")
		}
		return record{}, err
	}
	n := binary.BigEndian.Uint32(head[1:])
	if n > maxRecord {
		return record{}, parley.E(parley.Invalid, "pouch: a record of %d octets: want at most %d", n, maxRecord)
	}
	var b bytes.Buffer
	if _, err := io.CopyN(&b, r, int64(n)); err != nil {
		if err == io.EOF {
			err = parley.E(parley.Invalid, "pouch: truncated within a record")
		}
		return record{}, err
	}
	return record{head[0], b.Bytes()}, nil
}

func formatConsistency(old uint64, path []tlog.Hash) []byte {
	b := binary.BigEndian.AppendUint64(nil, old)
	for _, h := range path {
		b = append(b, h[:]...)
	}
	return b
}

func parseConsistency(b []byte) (old uint64, path []tlog.Hash, err error) {
	if len(b) < 8 || (len(b)-8)%tlog.HashSize != 0 || (len(b)-8)/tlog.HashSize > 63 {
		return 0, nil, parley.E(parley.Invalid, "pouch: want a size and at most 63 hashes")
	}
	old, b = binary.BigEndian.Uint64(b), b[8:]
	for ; len(b) > 0; b = b[tlog.HashSize:] {
		path = append(path, tlog.Hash(b[:tlog.HashSize]))
	}
	return old, path, nil
}

// blobRange is some octets of a blob.
type blobRange struct {
	origin       parley.Origin
	hash         parley.Hash
	size, offset int64
	octets       []byte
}

func (b blobRange) format() []byte {
	out := append([]byte{byte(len(b.origin))}, b.origin...)
	out = append(out, b.hash[:]...)
	out = binary.BigEndian.AppendUint64(out, uint64(b.size))
	out = binary.BigEndian.AppendUint64(out, uint64(b.offset))
	return append(out, b.octets...)
}

func parseBlobRange(b []byte) (r blobRange, err error) {
	bad := parley.E(parley.Invalid, "pouch: want an origin, a hash, a size, an offset and octets within the size")
	if len(b) < 1 || len(b) < 1+int(b[0])+32+16 {
		return r, bad
	}
	n := 1 + int(b[0])
	if r.origin, err = parley.ParseOrigin(string(b[1:n])); err != nil {
		return r, err
	}
	r.hash = parley.Hash(b[n : n+32])
	size, offset := binary.BigEndian.Uint64(b[n+32:]), binary.BigEndian.Uint64(b[n+40:])
	r.octets = b[n+48:]
	if size > parley.MaxSealedBlob || offset > size || uint64(len(r.octets)) > size-offset {
		return r, bad
	}
	r.size, r.offset = int64(size), int64(offset)
	return r, nil
}
