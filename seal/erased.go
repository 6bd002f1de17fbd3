package seal

import "parley.example/parley"

// Erased says that a node no longer holds these parts and blobs, and by which
// rule; the entries, their facts and the proofs stay. In clear.
type Erased struct {
	Parts  []parley.Hash `json:"parts,omitempty"` // sealed parts; with Blobs at least one
	Blobs  []parley.Hash `json:"blobs,omitempty"`
	Rule   string        `json:"rule"`             // retention, agreement, request or law
	Reason string        `json:"reason,omitempty"` // at most 500 octets, no personal data
}

func (e *Erased) Check() error {
	switch e.Rule {
	case "retention", "agreement", "request", "law":
	default:
		return parley.E(parley.Invalid, "erased, rule %.20q: want retention, agreement, request or law", e.Rule)
	}
	if !parley.IsLine(e.Reason, 500) {
		return parley.E(parley.Invalid, "erased: want a reason of one line, at most 500 octets")
	}
	if len(e.Parts)+len(e.Blobs) == 0 {
		return parley.E(parley.Invalid, "erased: want at least one part or blob")
	}
	if err := checkHashes("erased parts", e.Parts, 0, 256); err != nil {
		return err
	}
	return checkHashes("erased blobs", e.Blobs, 0, 256)
}
