package node

import (
	"fmt"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// stays says why an object does not go to the addressees of a message; empty: it may.
// It is originator control on the way out: the marking of the object, and the agreement
// under which it came. INTEL-3, INTEL-8, INTEL-10
func (s *intelSender) stays(h *intel.Held) string {
	if h.Recalled {
		return "its author has recalled it"
	}
	if h.Marking > s.tlp {
		return fmt.Sprintf("it is marked %s, and the message %s: `--marking %s` sends it under its own", h.Marking, s.tlp, h.Marking)
	}
	for _, b := range s.before {
		for _, x := range b.sent[h.ID] {
			if x.Recalled && !h.Version.After(x.Version) {
				return fmt.Sprintf("it was recalled from %s: only a later version may go there", b.party)
			}
			if x.Version.Equal(h.Version) && equivocates(x.Raw, h.Raw) {
				return fmt.Sprintf("%s was sent another content for the same version, in %s: give it a later `modified`", b.party, x.Entry)
			}
		}
	}
	if h.Source.Direction != intel.In {
		return ""
	}
	for _, to := range s.to {
		if to.Party() == h.Source.Party {
			return "it came from " + string(to.Party()) + " itself"
		}
		if why := s.node.passes(h, to.Party(), s.line); why != "" {
			return why
		}
	}
	return ""
}

// equivocates says that two objects claim to be one version and say different things.
func equivocates(a, b []byte) bool {
	x, errX := stix.Parse(a, stix.Limits{})
	y, errY := stix.Parse(b, stix.Limits{})
	return errX == nil && errY == nil && stix.Equivocation(x, y)
}

// passes says why what another party gave does not go on to a third one. INTEL-10
func (n *Node) passes(h *intel.Held, to parley.Party, under *Line) string {
	l, err := n.Line(h.Source.Agreement.String())
	if err != nil {
		return "it came from " + string(h.Source.Party) + " under an agreement that is not in force here"
	}
	a, err := l.text()
	if err != nil {
		return "it came from " + string(h.Source.Party) + " under an agreement that cannot be read here"
	}
	_, member := a.Party(to)
	switch a.Handling.ThirdParty {
	case "marking":
	default:
		if !member || l != under {
			return fmt.Sprintf("it came from %s, and the agreement with it lets what it gives go on to others %s", h.Source.Party, thirdParty[a.Handling.ThirdParty])
		}
	}
	switch {
	case h.Marking >= stix.Red:
		return fmt.Sprintf("it came from %s and is marked TLP:RED: it goes to nobody else", h.Source.Party)
	case h.Marking >= stix.AmberStrict:
		return fmt.Sprintf("it came from %s and is marked TLP:AMBER+STRICT: it does not leave this organisation", h.Source.Party)
	case h.Marking >= stix.Amber:
		return fmt.Sprintf("it came from %s and is marked TLP:AMBER: it stays with this organisation and its constituents", h.Source.Party)
	}
	return ""
}

var thirdParty = map[string]string{"never": "never", "consent": "only with its consent", "": "never"}
