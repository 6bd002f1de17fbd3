package parley

// KindIntel gives intelligence: its attachments are STIX 2.1 bundles. INTEL-1
const KindIntel Kind = "intel"

// KindSighting says what became of intelligence at its reader: its attachments are
// bundles of sightings, opinions and notes. INTEL-6
const KindSighting Kind = "sighting"

// KindRecall takes back what was given. Unlike a withdrawal it is owed an answer. INTEL-8
const KindRecall Kind = "recall"

// The steps of a recall.
const (
	RecallAsk    = "ask"    // by whoever gave it: use it no more
	RecallDone   = "done"   // by its reader: it is out of use
	RecallCannot = "cannot" // by its reader: some of it stays in use, and why
)
