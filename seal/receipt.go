package seal

import (
	"slices"

	"parley.example/parley"
)

// Says is what a receipt says. The first four are a node's, the last three a person's. RECEIPT-2
type Says string

const (
	SaysHeld         Says = "held"         // these blobs are here, whole
	SaysOpened       Says = "opened"       // the sealed part opened
	SaysUnreadable   Says = "unreadable"   // the sealed part does not open; a new message is owed
	SaysVoid         Says = "void"         // the entry is no message; Why is the reason
	SaysSeen         Says = "seen"         // a person has seen it: a deliberate act
	SaysAcknowledged Says = "acknowledged" // a person has taken note; it admits nothing
	SaysDeclined     Says = "declined"     // a person declines, and says why
)

// AdmitsNothing stands under every acknowledgement, on the desk and in print. RECEIPT-8
const AdmitsNothing = "An acknowledgement says that the message was read. It admits nothing that the message says."

// maxAbout bounds what one receipt is about. RECEIPT-4
const maxAbout = 256

// Receipt answers for one or more messages of the journals of others. RECEIPT-1
type Receipt struct {
	Says  Says               `json:"says"`
	About []parley.MessageID `json:"about,omitempty"` // the messages; empty for void
	Refs  []string           `json:"refs,omitempty"`  // void: the entries, as <origin>/<index>. RECEIPT-6
	Blobs []parley.Hash      `json:"blobs,omitempty"` // held: ciphertext hashes
	Why   string             `json:"why,omitempty"`   // void: the reason; declined: the reason in words; acknowledged: a note, or empty
}

func (r *Receipt) Check() error {
	least, most := 1, maxAbout
	switch r.Says {
	case SaysOpened, SaysUnreadable, SaysSeen:
	case SaysHeld, SaysAcknowledged, SaysDeclined: // RECEIPT-4, RECEIPT-5
		most = 1
	case SaysVoid:
		least, most = 0, 0
	default:
		return parley.E(parley.Invalid, "receipt says %.20q: want held, opened, unreadable, void, seen, acknowledged or declined", r.Says)
	}
	if err := checkIDs(string(r.Says)+" receipt", r.About, least, most); err != nil {
		return err
	}
	if r.Says == SaysHeld {
		if err := checkHashes("held receipt", r.Blobs, 1, parley.MaxBlobs); err != nil {
			return err
		}
	} else if len(r.Blobs) != 0 {
		return parley.E(parley.Invalid, "%s receipt: blobs belong to held", r.Says)
	}
	if err := r.checkRefs(); err != nil {
		return err
	}
	return r.checkWhy()
}

func (r *Receipt) factsStep() string { return string(r.Says) }

func (r *Receipt) checkRefs() error { // RECEIPT-6
	if r.Says != SaysVoid {
		if len(r.Refs) != 0 {
			return parley.E(parley.Invalid, "%s receipt: refs belong to void", r.Says)
		}
		return nil
	}
	if len(r.Refs) == 0 || len(r.Refs) > maxAbout {
		return parley.E(parley.Invalid, "void receipt: %d entries: want 1 to %d", len(r.Refs), maxAbout)
	}
	for i, s := range r.Refs {
		if _, err := parley.ParseRef(s); err != nil {
			return err
		}
		if slices.Contains(r.Refs[:i], s) {
			return parley.E(parley.Invalid, "void receipt: %s is named twice", s)
		}
	}
	return nil
}

func (r *Receipt) checkWhy() error {
	switch {
	case r.Says == SaysVoid && !slices.Contains(Reasons(), Reason(r.Why)): // RECEIPT-6
		return parley.E(parley.Invalid, "void receipt: why %.20q: want one of the reasons of JUDGE-3", r.Why)
	case r.Says == SaysDeclined && (r.Why == "" || !parley.IsText(r.Why, 2<<10)): // RECEIPT-7
		return parley.E(parley.Invalid, "declined receipt: want a reason of at most 2048 octets")
	case r.Says == SaysAcknowledged && !parley.IsText(r.Why, 2<<10):
		return parley.E(parley.Invalid, "acknowledged receipt: want a note of at most 2048 octets, or none")
	case !r.Says.NamesThread() && r.Says != SaysVoid && r.Why != "":
		return parley.E(parley.Invalid, "%s receipt: why belongs to void, acknowledged and declined", r.Says)
	}
	return nil
}

// Person reports whether a person says it, not a node. RECEIPT-2
func (s Says) Person() bool { return s == SaysSeen || s == SaysAcknowledged || s == SaysDeclined }

// NamesThread reports whether a receipt that says so names, in its facts, the
// thread and the message that it answers. The others leave both empty, so that a
// node's receipts and a mere look are no answer where silence is proven. RECEIPT-5
func (s Says) NamesThread() bool { return s == SaysAcknowledged || s == SaysDeclined }
