package agreement

import (
	"time"

	"parley.example/parley"
)

// Traffic is what may pass, and how much of it. AGREEMENT-17
type Traffic struct {
	Accept    []Accept            `toml:"accept"`
	Limits    Limits              `toml:"limits"`
	Tolerance string              `toml:"clock_tolerance"` // how far clocks may differ: "120 seconds"
	SeenOwed  []parley.Precedence `toml:"seen_owed"`       // precedences for which a person's *seen* is owed
	Quantum   bool                `toml:"post_quantum"`    // delivered needs the ML-DSA-44 cosignature too
	HoldBack  string              `toml:"hold_back"`       // below flash, before a message leaves; empty: "10 seconds"
}

// Accept is a kind that parties take, in the versions named.
type Accept struct {
	Kind     parley.Kind    `toml:"kind"`
	Versions []int          `toml:"versions"`
	Parties  []parley.Party `toml:"parties"` // empty: every party
}

// Limits bound what one party may send to one other. AGREEMENT-18
type Limits struct {
	EntriesPerDay uint64 `toml:"entries_per_day"`
	BytesPerDay   uint64 `toml:"bytes_per_day"` // of entries, sealed parts and blobs
	BlobBytes     uint64 `toml:"blob_bytes"`    // one blob, at most 64 MiB
	BlobsPerEntry uint64 `toml:"blobs_per_entry"`
}

// runningTheLine are the kinds that every party accepts in version 1 without
// being asked: without them an agreement cannot live. AGREEMENT-17
var runningTheLine = []parley.Kind{
	parley.KindAgreement, parley.KindKeys, parley.KindSuccession, parley.KindReceipt,
	parley.KindCheck, parley.KindCountersign, parley.KindGone, parley.KindErased,
}

// Accepts says whether a party takes a kind in a version. AGREEMENT-17
func (a *Agreement) Accepts(p parley.Party, kind parley.Kind, version int) bool {
	if contains(runningTheLine, kind) {
		return version == 1
	}
	for i := range a.Traffic.Accept {
		if r := &a.Traffic.Accept[i]; r.Kind == kind && contains(r.Versions, version) && fits(r.Parties, p) {
			return true
		}
	}
	return false
}

// SeenOwed says whether a person's *seen* is owed for a precedence. AGREEMENT-17
func (a *Agreement) SeenOwed(p parley.Precedence) bool { return contains(a.Traffic.SeenOwed, p) }

// Tolerance is how far the clocks of two nodes may differ.
func (a *Agreement) Tolerance() time.Duration { return fixed(a.Traffic.Tolerance, 2*time.Minute) }

// HoldBack is how long a message below flash can still be taken back.
func (a *Agreement) HoldBack() time.Duration { return fixed(a.Traffic.HoldBack, 10*time.Second) }
