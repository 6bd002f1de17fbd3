package parley

// Kind names what a message is. The agreement lists the kinds that a party accepts. ENTRY-15
type Kind string

// The kinds that run the line; the words of each later feature stand in its own file.
const (
	KindAgreement   Kind = "agreement"   // entry 0, and each switch to an amendment; clear
	KindKeys        Kind = "keys"        // a party's body, mirror, TLS keys and addresses change; clear
	KindSuccession  Kind = "succession"  // entry 0 of the journal that follows another; clear
	KindReceipt     Kind = "receipt"     // held, opened, unreadable, void, seen, acknowledged, declined
	KindCheck       Kind = "check"       // a ping of one route and its reply
	KindCountersign Kind = "countersign" // the second signature of a flash that went on one
	KindGone        Kind = "gone"        // the author lost or erased a sealed part; clear
	KindErased      Kind = "erased"      // a sealed part was erased by rule; clear
	KindHotline     Kind = "hotline"     // a person speaks to a person
	KindMemo        Kind = "memo"        // free text and files
)

// Precedence says how urgent a message is: order on the line, and what the receiver does. ENTRY-16
type Precedence string

// From the most to the least urgent.
const (
	Flash     Precedence = "flash"
	Immediate Precedence = "immediate"
	Priority  Precedence = "priority"
	Routine   Precedence = "routine"
)

// ParsePrecedence accepts the four words.
func ParsePrecedence(s string) (Precedence, error) {
	switch p := Precedence(s); p {
	case Flash, Immediate, Priority, Routine:
		return p, nil
	}
	return "", E(Invalid, "precedence %q: want flash, immediate, priority or routine", clip(s))
}

// Rank orders precedences: 0 is flash, 3 is routine.
func (p Precedence) Rank() int {
	switch p {
	case Flash:
		return 0
	case Immediate:
		return 1
	case Priority:
		return 2
	}
	return 3
}

// Bounds that every node keeps, whatever an agreement says.
const (
	MaxParties = 32       // AGREEMENT-2
	MaxTo      = 16       // ENTRY-6: addressees of one entry
	MaxEntry   = 8 << 10  // ENTRY-1: octets of a signed entry
	MaxText    = 16 << 10 // ENTRY-20: a longer text becomes a blob
	MaxSealed  = 96 << 10 // ENTRY-11: octets of a sealed or clear part
	MaxBlobs   = 32       // ENTRY-8: attachments of one entry
	MaxBlob    = 64 << 20 // ENTRY-23: octets of one attachment, in plain
	// MaxSealedBlob is ENTRY-8: octets of one sealed attachment. Every attachment of
	// MaxBlob octets fits, sealed to as many as an entry can address.
	MaxSealedBlob = MaxBlob + 256<<10
)
