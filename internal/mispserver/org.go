package mispserver

import (
	"crypto/sha1" // RFC 9562 §5.5 makes a name-based UUID with it; nothing is trusted to it
	"encoding/hex"
	"strings"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
)

// org is this organisation: its UUID is made of its name, and the same on every
// node that speaks of it.
func (s *Server) org() misp.Org {
	name := "parley"
	if s.Party != nil && s.Party() != "" {
		name = s.Party()
	}
	return orgOf(name)
}

func orgOf(name string) misp.Org { return misp.Org{Name: name, UUID: intel.OrganisationUUID(name)} }

// orgFor is who stands behind an object that names nobody: the party that sent it, or
// this organisation.
func (s *Server) orgFor(h intel.Held) misp.Org {
	if h.Source.Direction == intel.Own {
		return s.org()
	}
	return orgOf(string(h.Source.Party))
}

// space is the name space of the UUIDs that are made here: drawn once, by chance.
var space = [16]byte{0xc8, 0x2f, 0x51, 0x9e, 0x07, 0x3d, 0x4b, 0x66, 0x9a, 0x74, 0x1e, 0xb0, 0x5d, 0x28, 0xe3, 0x4c}

// made is a UUID of version 5 of some texts. RFC 9562 §5.5
func made(parts ...string) string {
	h := sha1.New()
	h.Write(space[:])
	h.Write([]byte(strings.Join(parts, "\n")))
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	x := hex.EncodeToString(u)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
