package agreement

import (
	"fmt"
	"strings"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// Markings that every agreement knows: TLP 2.0 and PAP. AGREEMENT-15
var commonMarkings = []string{"TLP:CLEAR", "TLP:GREEN", "TLP:AMBER", "TLP:AMBER+STRICT", "TLP:RED",
	"PAP:CLEAR", "PAP:GREEN", "PAP:AMBER", "PAP:RED"}

// Kinds lists the kinds that an agreement may let pass besides those that run the line. AGREEMENT-17
func Kinds() []parley.Kind {
	return []parley.Kind{"hotline", "memo", "inquiry", "phrase", "contact", "watch", "call",
		"incident", "notice", "vulnerability", "request", "response", "withdraw", "contest", "remark",
		"intel", "sighting", "query", "document", "forward", "correct", "recall", "breach", "release", "translation",
		"consult", "text", "measure", "claim", "declare", "group", "exercise"}
}

func known(k parley.Kind) bool { return contains(Kinds(), k) || contains(runningTheLine, k) }

// HasMarking says whether the agreement knows a marking. AGREEMENT-15
func (a *Agreement) HasMarking(m string) bool {
	if contains(commonMarkings, m) {
		return true
	}
	for i := range a.Handling.Own {
		if a.Handling.Own[i].ID == m {
			return true
		}
	}
	return false
}

func (a *Agreement) marking(c *checker, path, m string) {
	if !a.HasMarking(m) {
		c.bad(path, quote(m)+" is no marking of this agreement", "one of %q, or the id of a [[handling.marking]]", commonMarkings)
	}
}

// checkHandling: how words are protected. AGREEMENT-15, AGREEMENT-16
func (a *Agreement) checkHandling(c *checker) {
	h, want := &a.Handling, a.Language.Authentic
	seen := map[string]bool{}
	for i := range h.Own {
		m, path := &h.Own[i], fmt.Sprintf("handling.marking[%d]", i)
		c.id(path+".id", m.ID, seen)
		c.texts(path+".title", m.Title, want)
		if !strings.HasPrefix(m.As, "TLP:") || !contains(commonMarkings, m.As) {
			c.bad(path+".as", quote(m.As)+" is no TLP 2.0 label", "one of %q", commonMarkings[:5])
		}
	}
	a.marking(c, "handling.default", h.Default)
	c.oneOf("handling.third_party", h.ThirdParty, "consent", "marking", "never")
	c.oneOf("handling.publication", h.Publication, "none", "joint", "each")
	c.oneOf("handling.record", h.Record, "full", "existence")
	c.words("handling.purposes", h.Purposes)
	for i := range h.Release {
		r, path := &h.Release[i], fmt.Sprintf("handling.release[%d]", i)
		c.kinds(path+".kinds", r.Kinds)
		for j, p := range r.Precedences {
			c.precedence(fmt.Sprintf("%s.precedences[%d]", path, j), p)
		}
		a.bodies(c, path+".bodies", r.Bodies)
		if r.Signatures != 1 && r.Signatures != 2 {
			c.bad(path+".signatures", fmt.Sprintf("%d signatures", r.Signatures), "1 or 2")
		}
		if r.Follows != "" {
			c.length(path+".follows", r.Follows)
			if r.Signatures != 2 {
				c.bad(path+".follows", "no second signature is owed that could follow", "signatures = 2, or no follows")
			}
		}
		a.checkReleaseKeys(c, path, r)
	}
	for i := range h.Retention {
		k, path := &h.Retention[i], fmt.Sprintf("handling.retention[%d]", i)
		c.kinds(path+".kinds", k.Kinds)
		c.length(path+".length", k.Length, spans...)
		c.oneOf(path+".then", k.Then, "erase", "review")
	}
}

// checkReleaseKeys: whoever owes a second signature has the key for it. AGREEMENT-16
func (a *Agreement) checkReleaseKeys(c *checker, path string, r *Release) {
	if r.Signatures != 2 {
		return
	}
	for i := range a.Parties {
		for j := range a.Parties[i].Bodies {
			b := &a.Parties[i].Bodies[j]
			if fits(r.Bodies, b.Name) && b.Release.IsZero() {
				c.bad(path+".signatures", string(b.Name)+" has no release key", "a release key on its card, or a rule that names other bodies")
			}
		}
	}
}

func (c *checker) precedence(path string, p parley.Precedence) {
	if _, err := parley.ParsePrecedence(string(p)); err != nil {
		c.bad(path, quote(string(p))+" is no precedence", "flash, immediate, priority or routine")
	}
}

// checkTraffic: what may pass, and how much of it. AGREEMENT-17, AGREEMENT-18
func (a *Agreement) checkTraffic(c *checker) {
	t := &a.Traffic
	for i := range t.Accept {
		r, path := &t.Accept[i], fmt.Sprintf("traffic.accept[%d]", i)
		if !contains(Kinds(), r.Kind) {
			c.bad(path+".kind", quote(string(r.Kind))+" is no kind of message that an agreement lets pass", "one of %v", Kinds())
		}
		if len(r.Versions) == 0 {
			c.bad(path+".versions", "no version", "the versions of the kind that are understood, such as [1]")
		}
		for j, v := range r.Versions {
			if v < 1 || v > 1000 || contains(r.Versions[:j], v) {
				c.bad(fmt.Sprintf("%s.versions[%d]", path, j), fmt.Sprintf("%d is no version, or stands twice", v), "1 to 1000, each once")
			}
		}
		a.members(c, path+".parties", r.Parties)
	}
	c.limit("traffic.limits.entries_per_day", t.Limits.EntriesPerDay, 1, 10_000_000)
	c.limit("traffic.limits.bytes_per_day", t.Limits.BytesPerDay, parley.MaxEntry+parley.MaxSealed, 1<<44)
	c.limit("traffic.limits.blob_bytes", t.Limits.BlobBytes, 0, parley.MaxBlob)
	c.limit("traffic.limits.blobs_per_entry", t.Limits.BlobsPerEntry, 0, parley.MaxBlobs)
	for i, p := range t.SeenOwed {
		c.precedence(fmt.Sprintf("traffic.seen_owed[%d]", i), p)
	}
	if t.Tolerance != "" {
		c.length("traffic.clock_tolerance", t.Tolerance, exact...)
	}
	if t.HoldBack != "" {
		c.length("traffic.hold_back", t.HoldBack, exact...)
	}
}

func (c *checker) limit(path string, n, low, high uint64) {
	if n < low || n > high {
		c.bad(path, fmt.Sprintf("%d is out of bounds", n), "%d to %d", low, high)
	}
}

// checkEyes: the policy speaks of those whom the text names. AGREEMENT-21
func (a *Agreement) checkEyes(c *checker) {
	e := &a.Eyes
	seen := map[string]bool{}
	for i := range e.Witnesses {
		c.once(fmt.Sprintf("eyes.witness[%d].name", i), e.Witnesses[i].Name, seen)
	}
	for i := range e.Archives {
		c.once(fmt.Sprintf("eyes.archive[%d].name", i), e.Archives[i].Name, seen)
	}
	if len(e.Archives) > 0 || e.Grace != "" {
		c.length("eyes.grace", e.Grace)
	}
	if len(e.Witnesses)+len(e.Archives) > 16 {
		c.bad("eyes", "more than 16 thirds", "at most 16")
	}
	if e.Policy == "" {
		return
	}
	p, err := proof.ParsePolicy([]byte(e.Policy))
	if err != nil {
		c.bad("eyes.policy", err.Error(), "a policy as c2sp.org/tlog-policy defines it")
		return
	}
	var named []proof.Key
	for i := range e.Witnesses {
		named = append(named, plainKeys(e.Witnesses[i].Keys)...)
	}
	for i := range e.Archives {
		named = append(named, plainKeys(e.Archives[i].Mirror)...)
	}
	for i := range a.Parties {
		named = append(named, plainKeys(a.Parties[i].Mirror)...)
	}
	for _, k := range p.Keys() {
		if !hasKey(named, k) {
			c.bad("eyes.policy", "the key of "+quote(k.Name)+" is nobody's here", "keys of witnesses, archives or mirrors that this text names")
		}
	}
	if len(p.Logs) > 0 {
		c.bad("eyes.policy", "the policy names logs", "witness, group and quorum lines only: the journals are known from [[party]]")
	}
}

// once checks that a name stands once.
func (c *checker) once(path, s string, seen map[string]bool) {
	if seen[s] {
		c.bad(path, quote(s)+" stands twice", "each third once")
	}
	seen[s] = true
}

// Markings lists every marking that a message may carry, the default first.
func (a *Agreement) Markings() []string {
	list := []string{a.Handling.Default}
	for _, m := range commonMarkings {
		if m != a.Handling.Default {
			list = append(list, m)
		}
	}
	for i := range a.Handling.Own {
		if id := a.Handling.Own[i].ID; id != a.Handling.Default {
			list = append(list, id)
		}
	}
	return list
}
