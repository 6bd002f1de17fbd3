package parley

// KindCall is a telephone call put on record, and the words that tell whose voice
// it is. CALL-1
const KindCall Kind = "call"

// The steps of a call. Only a body that the record names confirms or denies it:
// CALL-3; a record of a call that is still to come is no record: CALL-5.
const (
	CallRecord  = "record"  // opens: a call took place, or was tried
	CallConfirm = "confirm" // the other side was there
	CallDeny    = "deny"    // the other side was not, or remembers another call
	CallWords   = "words"   // opens: a secret for call words
)

// Words of a record that more than its form knows.
const (
	CallOut   = "out"   // direction: the recording side called
	CallIn    = "in"    // direction: it was called
	CallSpoke = "spoke" // result: two people spoke
)
