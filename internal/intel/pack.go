package intel

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/stix"
)

// A pack holds at most packObjects objects and, but for one larger object, at most
// packOctets octets.
const (
	packObjects = 64
	packOctets  = 64 << 10
)

// head is what filters need of an object without reading it.
type head struct {
	id      string
	typ     string   // the id up to its "--", where it is that
	digest  [16]byte // the first half of the SHA-256 of its octets
	version int64    // microseconds; 0: none
	added   int64    // milliseconds
	tlp     stix.TLP
	bits    byte
	off, n  int // of its octets in the pack
}

// Bits of a head. They are in the database.
const (
	headRevoked byte = 1 << iota
	headSpec20
	headType  // the type is not what the id begins with
	headWas20 // it was made of STIX 2.0, and what came is kept beside it
)

func digestOf(raw []byte) [16]byte {
	sum := sha256.Sum256(raw)
	return [16]byte(sum[:16])
}

// appendHead writes a head: id, digest, version, added, tlp and bits, length of the octets.
func appendHead(b []byte, h *head) []byte {
	b = binary.AppendUvarint(b, uint64(len(h.id)))
	b = append(b, h.id...)
	if h.bits&headType != 0 {
		b = binary.AppendUvarint(b, uint64(len(h.typ)))
		b = append(b, h.typ...)
	}
	b = append(b, h.digest[:]...)
	b = binary.AppendVarint(b, h.version)
	b = binary.AppendVarint(b, h.added)
	b = append(b, byte(h.tlp))
	return binary.AppendUvarint(b, uint64(h.n))
}

func encodeHeads(list []head) []byte {
	b := make([]byte, 0, 96*len(list))
	for i := range list {
		b = append(b, list[i].bits)
		b = appendHead(b, &list[i])
	}
	return b
}

// decodeHeads reads the heads of a pack; a count of -1 is as many as there are.
func decodeHeads(b []byte, count int64) ([]head, error) {
	list := make([]head, 0, packObjects)
	off, bad := 0, false
	number := func() uint64 {
		v, k := binary.Uvarint(b)
		if k <= 0 {
			bad = true
			return 0
		}
		b = b[k:]
		return v
	}
	signed := func() int64 {
		v, k := binary.Varint(b)
		if k <= 0 {
			bad = true
			return 0
		}
		b = b[k:]
		return v
	}
	octets := func(n uint64) []byte {
		if n > uint64(len(b)) {
			bad = true
			return nil
		}
		var v []byte
		v, b = b[:n], b[n:]
		return v
	}
	for count < 0 && len(b) > 0 || int64(len(list)) < count {
		var h head
		first := octets(1)
		if bad {
			break
		}
		h.bits = first[0]
		id := octets(number())
		h.id = string(id)
		if h.bits&headType != 0 {
			h.typ = string(octets(number()))
		} else if i := bytes.Index(id, []byte("--")); i >= 0 {
			h.typ = h.id[:i]
		}
		copy(h.digest[:], octets(16))
		h.version, h.added = signed(), signed()
		if t := octets(1); t != nil {
			h.tlp = stix.TLP(t[0])
		}
		h.off, h.n = off, int(number())
		off += h.n
		if bad {
			break
		}
		list = append(list, h)
	}
	if bad || len(b) > 0 {
		return nil, parley.E(parley.Internal, "a pack of the store of intelligence is damaged").WithHint("`parley check` looks at the whole file; a backup can be restored")
	}
	return list, nil
}

// headOf makes the head of an object that was judged.
func headOf(o *stix.Object, tlp stix.TLP) head {
	h := head{id: o.ID, typ: o.Type, digest: digestOf(o.Raw), tlp: tlp, n: len(o.Raw)}
	if !o.Version.IsZero() {
		h.version = o.Version.UnixMicro()
	}
	if o.Revoked {
		h.bits |= headRevoked
	}
	if o.SpecVersion == "2.0" {
		h.bits |= headSpec20
	}
	if len(h.id) < len(h.typ)+2 || h.id[:len(h.typ)] != h.typ || h.id[len(h.typ):len(h.typ)+2] != "--" {
		h.bits |= headType
	}
	return h
}

func (h *head) versionTime() time.Time {
	if h.version == 0 {
		return time.Time{}
	}
	return time.UnixMicro(h.version).UTC()
}

// spec says as which version of STIX an object goes out to who asks for some: the newest of
// these that there is of it; ok is false where there is none. OASIS TAXII 2.1 §3.4.1
func (h *head) spec(wanted []string) (version string, ok bool) {
	version = h.specVersion()
	switch {
	case len(wanted) == 0 || slices.Contains(wanted, version):
		return version, true
	case h.bits&headWas20 != 0 && slices.Contains(wanted, "2.0"):
		return "2.0", true
	}
	return version, false
}

func (h *head) specVersion() string {
	if h.bits&headSpec20 != 0 {
		return "2.0"
	}
	return "2.1"
}
