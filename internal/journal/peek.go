package journal

import (
	"time"

	"golang.org/x/mod/sumdb/note"
)

// peekSigner stands for a body key where only the fields of an entry are wanted;
// no key verifies its lines.
type peekSigner struct{}

func (peekSigner) NoteSigner(time.Time) note.Signer      { return peekSigner{} }
func (peekSigner) Name() string                          { return "peek" }
func (peekSigner) KeyHash() uint32                       { return 0 }
func (peekSigner) Sign(msg []byte) (sig []byte, e error) { return make([]byte, 64), nil }
