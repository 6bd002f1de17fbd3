package peer

import (
	"bytes"
	"encoding/binary"
	"io"

	"parley.example/parley"
)

// pushMagic opens a combined push, so that no other body is taken for one. WIRE-13
const pushMagic = "parley/push/v1\n"

// Format is the body of a combined push for a journal. WIRE-13
func (p Push) Format(o parley.Origin) []byte {
	c := p.AddCheckpoint.Format()
	b := binary.BigEndian.AppendUint32([]byte(pushMagic), uint32(len(c)))
	b = append(b, c...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(p.Parts)))
	for _, part := range p.Parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	b = append(b, EntriesHeader{Origin: o, Start: p.Start, End: p.End}.Format()...)
	for _, k := range p.Packages {
		b = AppendPackage(b, k)
	}
	return b
}

// ParsePush reads the body of a combined push of at most MaxPush octets. The
// origin is that of both the checkpoint and the entries.
func ParsePush(body []byte) (parley.Origin, Push, error) {
	var p Push
	if len(body) > MaxPush {
		return "", p, parley.E(parley.Invalid, "push of %d octets: want at most %d", len(body), MaxPush)
	}
	rest, ok := bytes.CutPrefix(body, []byte(pushMagic))
	if !ok {
		return "", p, parley.E(parley.Invalid, "push: want it to begin with parley/push/v1")
	}
	c, rest, err := cutSection(rest, MaxCheckpoint, "checkpoint")
	if err != nil {
		return "", p, err
	}
	if p.AddCheckpoint, err = ParseAddCheckpoint(c); err != nil {
		return "", p, err
	}
	origin, err := NoteOrigin(p.Note)
	if err != nil {
		return "", p, err
	}
	if len(rest) < 2 {
		return "", p, parley.E(parley.Invalid, "push: truncated before the sealed parts")
	}
	count := binary.BigEndian.Uint16(rest)
	rest = rest[2:]
	if count > MaxPushParts {
		return "", p, parley.E(parley.Invalid, "push: %d sealed parts: want at most %d", count, MaxPushParts)
	}
	for range count {
		var part []byte
		if part, rest, err = cutSection(rest, parley.MaxSealed, "sealed part"); err != nil {
			return "", p, err
		}
		p.Parts = append(p.Parts, part)
	}
	return origin, p, p.parseEntries(origin, rest)
}

func (p *Push) parseEntries(origin parley.Origin, body []byte) error {
	r, err := ReadEntries(bytes.NewReader(body))
	if err != nil {
		return err
	}
	p.Start, p.End = r.Start, r.End
	switch {
	case r.Origin != origin:
		return parley.E(parley.Invalid, "push: entries of %s after a checkpoint of %s: want one journal", r.Origin, origin)
	case len(r.Ticket) != 0:
		return parley.E(parley.Invalid, "push: want an empty ticket")
	case p.End-p.Start > MaxPushEntries:
		return parley.E(parley.Invalid, "push: %d entries: want at most %d; use add-entries for more", p.End-p.Start, MaxPushEntries)
	}
	for {
		k, err := r.Next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return err
		}
		p.Packages = append(p.Packages, k)
	}
	if r.next != p.End {
		return parley.E(parley.Invalid, "push: entries end at %d: want all up to %d", r.next, p.End)
	}
	return nil
}

// cutSection cuts a section with a 32-bit length before it.
func cutSection(b []byte, most uint32, what string) (section, rest []byte, err error) {
	if len(b) < 4 {
		return nil, nil, parley.E(parley.Invalid, "push: truncated before a %s", what)
	}
	n := binary.BigEndian.Uint32(b)
	if n > most {
		return nil, nil, parley.E(parley.Invalid, "push: %s of %d octets: want at most %d", what, n, most)
	}
	if uint64(len(b)-4) < uint64(n) {
		return nil, nil, parley.E(parley.Invalid, "push: truncated within a %s", what)
	}
	return b[4 : 4+n : 4+n], b[4+n:], nil
}
