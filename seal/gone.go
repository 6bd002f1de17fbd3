package seal

import "parley.example/parley"

// Gone says that the author no longer has these parts of its own entries and
// cannot hand them over: the line goes on, and they are never delivered. In clear.
type Gone struct {
	Parts []parley.Hash `json:"parts"` // sealed parts, by hash; 1..256
	Why   string        `json:"why"`   // lost or erased
}

const (
	GoneLost   = "lost"
	GoneErased = "erased"
)

func (g *Gone) Check() error {
	if g.Why != GoneLost && g.Why != GoneErased {
		return parley.E(parley.Invalid, "gone, why %.20q: want lost or erased", g.Why)
	}
	return checkHashes("gone", g.Parts, 1, 256)
}
