package peer

import (
	"bytes"
	"encoding/base64"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// Format is the add-checkpoint request body. c2sp.org/tlog-witness, add-checkpoint
func (c AddCheckpoint) Format() []byte {
	var b bytes.Buffer
	b.WriteString("old " + strconv.FormatUint(c.Old, 10) + "\n")
	for _, h := range c.Proof {
		b.WriteString(base64.StdEncoding.EncodeToString(h[:]) + "\n")
	}
	b.WriteByte('\n')
	b.Write(c.Note)
	return b.Bytes()
}

// ParseAddCheckpoint reads an add-checkpoint request body of at most
// MaxCheckpoint octets. It checks the lines, not the checkpoint.
func ParseAddCheckpoint(body []byte) (AddCheckpoint, error) {
	var c AddCheckpoint
	if len(body) > MaxCheckpoint {
		return c, parley.E(parley.Invalid, "add-checkpoint of %d octets: want at most %d", len(body), MaxCheckpoint)
	}
	line, rest, ok := bytes.Cut(body, []byte("\n"))
	number, isOld := strings.CutPrefix(string(line), "old ")
	if !ok || !isOld {
		return c, parley.E(parley.Invalid, "add-checkpoint: want a first line such as: old 118")
	}
	old, err := parley.ParseSize(number)
	if err != nil {
		return c, err
	}
	c.Old = old
	for {
		line, rest, ok = bytes.Cut(rest, []byte("\n"))
		if !ok {
			return c, parley.E(parley.Invalid, "add-checkpoint: want proof lines, an empty line and a checkpoint")
		}
		if len(line) == 0 {
			break
		}
		if len(c.Proof) == MaxProofLines {
			return c, parley.E(parley.Invalid, "add-checkpoint: want at most %d proof lines", MaxProofLines)
		}
		h, err := parseHashLine(line)
		if err != nil {
			return c, err
		}
		c.Proof = append(c.Proof, h)
	}
	if len(rest) == 0 {
		return c, parley.E(parley.Invalid, "add-checkpoint: want a checkpoint after the empty line")
	}
	c.Note = rest
	return c, nil
}

func parseHashLine(line []byte) (h tlog.Hash, err error) {
	b, err := decodeLine(string(line))
	if err != nil || len(b) != len(h) {
		return h, parley.E(parley.Invalid, "add-checkpoint: want each proof line to be 32 octets in base64")
	}
	copy(h[:], b)
	return h, nil
}

// decodeLine accepts the one canonical spelling: encoding/base64 skips line breaks.
func decodeLine(s string) ([]byte, error) {
	b, err := base64.StdEncoding.Strict().DecodeString(s)
	if err == nil && base64.StdEncoding.EncodeToString(b) != s {
		return nil, base64.CorruptInputError(0)
	}
	return b, err
}

// NoteOrigin is the first line of a checkpoint that has not been verified.
func NoteOrigin(note []byte) (parley.Origin, error) {
	line, _, ok := bytes.Cut(note, []byte("\n"))
	if !ok || len(line) > 255 {
		return "", parley.E(parley.Invalid, "checkpoint: want an origin line of at most 255 octets")
	}
	return parley.ParseOrigin(string(line))
}

// FormatInfo is a text/x.tlog.mirror-info body. c2sp.org/tlog-mirror, add-entries
func FormatInfo(i Info) []byte {
	return []byte(strconv.FormatUint(i.Size, 10) + "\n" + strconv.FormatUint(i.Next, 10) + "\n" +
		base64.StdEncoding.EncodeToString(i.Ticket) + "\n")
}

// ParseInfo reads a text/x.tlog.mirror-info body.
func ParseInfo(body []byte) (Info, error) {
	bad := parley.E(parley.Invalid, "mirror info: want a size line, a next entry line and a ticket line of at most %d octets", MaxTicket)
	lines := strings.Split(string(body), "\n")
	if len(lines) != 4 || lines[3] != "" {
		return Info{}, bad
	}
	size, err := parley.ParseSize(lines[0])
	if err != nil {
		return Info{}, bad
	}
	next, err := parley.ParseSize(lines[1])
	if err != nil {
		return Info{}, bad
	}
	ticket, err := decodeLine(lines[2])
	if err != nil || len(ticket) > MaxTicket {
		return Info{}, bad
	}
	return Info{Size: size, Next: next, Ticket: ticket}, nil
}
