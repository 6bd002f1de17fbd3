package seal

import (
	"encoding/json"

	"parley.example/parley"
)

// BlobLine names a sealed attachment by its ciphertext. ENTRY-8
type BlobLine struct {
	Hash parley.Hash
	Size int64 // octets of the ciphertext, 1..parley.MaxSealedBlob
}

// Draft is what the lines before `facts` say: who speaks to whom, where.
type Draft struct {
	Journal   parley.Origin
	Agreement parley.Hash // the agreement's identifier: the hash of its founding text
	From      parley.Body
	To        []parley.Body // 1..parley.MaxTo, in the order given, none twice, never From
	Nonce     parley.Nonce
	Blobs     []BlobLine // at most parley.MaxBlobs
}

// Attachment describes one blob to those who may open it; the n-th stands for the n-th blob line. ENTRY-23
type Attachment struct {
	Name string      `json:"name"` // a file name without a path, at most 200 octets
	Type string      `json:"type"` // media type, at most 100 octets, may be empty
	Size int64       `json:"size"` // octets of the plaintext
	Hash parley.Hash `json:"sha256"`
}

// Message is what the inside of an entry says.
type Message struct {
	Kind       parley.Kind
	Version    int              // 1..999
	Step       string           // a word of the kind, or ""; a receipt and a check get theirs from their content. FACTS-7
	Thread     parley.MessageID // zero when this message opens the thread
	Answers    parley.MessageID // zero, or a message of the thread
	Precedence parley.Precedence
	Clock, Due string // the promise that starts here and its deadline (RFC 3339, UTC), or ""
	Exercise   bool
	Marking    string   // such as TLP:AMBER
	Languages  []string // BCP 47 tags of the text
	Legal      string   // purpose or legal basis, free text
	Blobs      []Attachment
	Content    json.RawMessage // the kind's own object, in its one spelling
}

// Ready is a message that is sealed and waits to be sequenced. It holds all but
// the time, the mirrored lines and the signature.
type Ready struct {
	Lines   []byte // the entry's lines up to `sealed` or `clear`, then `release` once it is there
	Sealed  []byte // the sealed part; the clear part where Clear
	Clear   bool
	Facts   []byte // the exact octets that the `facts` line commits to
	FileKey []byte // 16 octets: opens Sealed without an identity; nil where Clear
	Inside  []byte // what Sealed seals, as long as it was sealed by this process: see OpenInside; never stored
}
