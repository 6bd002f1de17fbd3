package peer

import (
	"bytes"
	"encoding/binary"

	"parley.example/parley"
)

// pushMagic opens a combined push, so that no other body is taken for one. WIRE-13
const pushMagic = "parley/push/v1\n"

// FormatPush is the body of a combined push. WIRE-13
func FormatPush(p Push) []byte {
	size := len(pushMagic) + 4 + len(p.Note) + 2 + 8
	for _, part := range p.Parts {
		size += 4 + len(part)
	}
	for _, e := range p.Entries {
		size += 2 + len(e)
	}
	b := append(make([]byte, 0, size), pushMagic...)
	b = binary.BigEndian.AppendUint32(b, uint32(len(p.Note)))
	b = append(b, p.Note...)
	b = binary.BigEndian.AppendUint16(b, uint16(len(p.Parts)))
	for _, part := range p.Parts {
		b = binary.BigEndian.AppendUint32(b, uint32(len(part)))
		b = append(b, part...)
	}
	b = binary.BigEndian.AppendUint64(b, p.Start)
	return appendBundle(b, p.Entries)
}

// ParsePush reads the body of a combined push of at most MaxPush octets, and the
// origin line of its checkpoint. It checks lengths, nothing else; what it returns
// shares memory with body.
func ParsePush(body []byte) (parley.Origin, Push, error) {
	var p Push
	if len(body) > MaxPush {
		return "", p, parley.E(parley.Invalid, "push of %d octets: want at most %d", len(body), MaxPush)
	}
	rest, ok := bytes.CutPrefix(body, []byte(pushMagic))
	if !ok {
		return "", p, parley.E(parley.Invalid, "push: want it to begin with parley/push/v1")
	}
	checkpoint, rest, err := cutSection(rest, MaxCheckpoint, "checkpoint")
	if err != nil {
		return "", p, err
	}
	p.Note = checkpoint
	origin, err := NoteOrigin(checkpoint)
	if err != nil {
		return "", p, err
	}
	if len(rest) < 2 {
		return "", p, parley.E(parley.Invalid, "push: truncated before the parts")
	}
	count := binary.BigEndian.Uint16(rest)
	rest = rest[2:]
	if count > MaxPushParts {
		return "", p, parley.E(parley.Invalid, "push: %d parts: want at most %d", count, MaxPushParts)
	}
	for range count {
		var part []byte
		if part, rest, err = cutSection(rest, parley.MaxSealed, "part"); err != nil {
			return "", p, err
		}
		p.Parts = append(p.Parts, part)
	}
	if len(rest) < 8 {
		return "", p, parley.E(parley.Invalid, "push: truncated before the entries")
	}
	p.Start = binary.BigEndian.Uint64(rest)
	if p.Start >= 1<<62 {
		return "", p, parley.E(parley.Invalid, "push: entries from %d: want a start below 2^62", p.Start)
	}
	p.Entries, err = cutEntries(rest[8:], MaxPushEntries, "push")
	return origin, p, err
}

// cutEntries splits length-prefixed entries up to the end of b.
func cutEntries(b []byte, most int, what string) ([][]byte, error) {
	var list [][]byte
	for len(b) > 0 {
		if len(list) == most {
			return nil, parley.E(parley.Invalid, "%s: want at most %d entries", what, most)
		}
		if len(b) < 2 || len(b)-2 < int(binary.BigEndian.Uint16(b)) {
			return nil, parley.E(parley.Invalid, "%s: truncated within entry %d", what, len(list))
		}
		end := 2 + int(binary.BigEndian.Uint16(b))
		if end-2 > parley.MaxEntry {
			return nil, parley.E(parley.Invalid, "%s: an entry of %d octets: want at most %d", what, end-2, parley.MaxEntry)
		}
		list = append(list, b[2:end:end])
		b = b[end:]
	}
	return list, nil
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
