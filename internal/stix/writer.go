package stix

import (
	"bufio"
	"crypto/sha256"
	"fmt"
	"hash"
	"io"

	"parley.example/parley"
)

// BundleWriter writes a bundle whose objects are the octets given, unchanged.
// OASIS STIX 2.1 §8
type BundleWriter struct {
	w      *bufio.Writer
	id     string
	sum    hash.Hash
	count  int
	closed bool
}

// NewBundle begins a bundle on w, which it does not close. The identifier is
// "bundle--" and a UUID; where it is empty, one is made of the objects, the same
// for the same objects in the same order.
func NewBundle(w io.Writer, id string) *BundleWriter {
	return &BundleWriter{w: bufio.NewWriterSize(w, 64<<10), id: id, sum: sha256.New()}
}

// Add writes one object, which the caller has parsed. An error of the writer stays.
func (b *BundleWriter) Add(raw []byte) error {
	if b.closed {
		return parley.E(parley.Internal, "an object is added to a bundle that is closed")
	}
	if b.count == 0 {
		b.w.WriteString(`{"type":"bundle",`)
		if b.id != "" {
			fmt.Fprintf(b.w, `"id":%q,`, b.id)
		}
		b.w.WriteString(`"objects":[`)
	} else {
		b.w.WriteByte(',')
	}
	b.w.WriteByte('\n')
	b.count++
	if b.id == "" {
		b.sum.Write(raw)
	}
	_, err := b.w.Write(raw)
	return err
}

// Close ends the bundle and flushes. A bundle without objects has no list of them,
// which STIX does not allow to be empty.
func (b *BundleWriter) Close() error {
	if b.closed {
		return nil
	}
	b.closed = true
	id := b.id
	if id == "" {
		// A hash is as good as random octets; version 8 would say what it is, but STIX
		// knows the versions of RFC 4122 alone.
		u := b.sum.Sum(nil)[:16]
		u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
		id = fmt.Sprintf("bundle--%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
	}
	switch {
	case b.count == 0:
		fmt.Fprintf(b.w, `{"type":"bundle","id":%q}`, id)
	case b.id == "":
		fmt.Fprintf(b.w, "\n],\"id\":%q}", id)
	default:
		b.w.WriteString("\n]}")
	}
	b.w.WriteByte('\n')
	return b.w.Flush()
}
