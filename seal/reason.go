package seal

// Reason is why an entry is void, one of a closed list. JUDGE-3
type Reason string

// The reasons that the entry alone shows, in the order in which they are looked for.
const (
	VoidMalformed Reason = "malformed" // JUDGE-4: not an entry by its syntax
	VoidJournal   Reason = "journal"   // JUDGE-5: names another journal than it stands in
	VoidAgreement Reason = "agreement" // JUDGE-6: names another agreement
	VoidSender    Reason = "sender"    // JUDGE-7: not a body of the journal's party at that index
	VoidSignature Reason = "signature" // JUDGE-8: no valid signature of the sending body
	VoidAddressee Reason = "addressee" // JUDGE-9, JUDGE-18: unknown, or the asker is not among them
	VoidRelease   Reason = "release"   // JUDGE-10, JUDGE-17: the second signature is wrong, or owed and not there
	VoidDuplicate Reason = "duplicate" // JUDGE-11: nonce, part or entry stands earlier in this journal
)

// The reasons that only the inside shows, in the order in which they are looked for.
const (
	VoidPart    Reason = "part"    // JUDGE-12: opens, and is not an inside
	VoidFacts   Reason = "facts"   // JUDGE-13: not the facts that the entry names
	VoidContext Reason = "context" // JUDGE-14: sealed for another entry
	VoidBlobs   Reason = "blobs"   // JUDGE-15: attachments and blob lines differ in number
	VoidKind    Reason = "kind"    // JUDGE-16: not accepted by an addressee, or clear where sealed is owed
	VoidContent Reason = "content" // JUDGE-19: not what its kind holds
)

// Reasons is the closed list, in spec/judging.md's order. The caller owns the slice.
func Reasons() []Reason {
	return []Reason{VoidMalformed, VoidJournal, VoidAgreement, VoidSender, VoidSignature, VoidAddressee, VoidRelease, VoidDuplicate,
		VoidPart, VoidFacts, VoidContext, VoidBlobs, VoidKind, VoidContent}
}

// Verdict says whether an entry is a message. JUDGE-2. The zero Verdict is void without a
// reason; only the Judge functions make one.
type Verdict struct {
	Valid  bool
	Reason Reason // set where not Valid
}

// VoidError is what the Open functions return when a part opens and shows that its entry is void.
type VoidError struct {
	Reason Reason
	Err    error // a *parley.Error that says why, for the desk
}

func (e *VoidError) Error() string { return "void " + string(e.Reason) + ": " + e.Err.Error() }
func (e *VoidError) Unwrap() error { return e.Err }

// Verdict is the verdict that the error stands for.
func (e *VoidError) Verdict() Verdict { return Verdict{Reason: e.Reason} }

func void(r Reason) Verdict { return Verdict{Reason: r} }
