package callwords

import (
	"crypto/hkdf"
	"crypto/sha256"
	"encoding/base32"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"time"

	"parley.example/parley"
)

// Secret is what both nodes derive words from. CALL-8
type Secret [32]byte

var letters = base32.StdEncoding.WithPadding(base32.NoPadding)

// New makes a secret from 32 octets of rand.
func New(rand io.Reader) (s Secret, err error) {
	_, err = io.ReadFull(rand, s[:])
	return s, err
}

// ParseSecret reads 52 letters and digits: base32 in lower case, in its one spelling. CALL-8
func ParseSecret(text string) (s Secret, err error) {
	b, err := letters.DecodeString(strings.ToUpper(text))
	if err != nil || len(b) != len(s) || strings.ToLower(letters.EncodeToString(b)) != text {
		return Secret{}, parley.E(parley.Invalid, "call words: want a secret of 52 lower-case letters and digits")
	}
	return Secret(b), nil
}

// Text is what ParseSecret reads.
func (s Secret) Text() string { return strings.ToLower(letters.EncodeToString(s[:])) }

// Pair is who calls whom under which agreement: the other direction has other words.
type Pair struct {
	Agreement      parley.Hash
	Caller, Called parley.Body
}

// Bounds of slots. CALL-10
const (
	PerHour = 8                // calls of one direction in an hour
	OnCard  = 24               // lines of a printed card
	Overlap = 10 * time.Minute // so far two clocks, and a call across the full hour, may be apart
)

// Slot is one use of words: call N (from 1) of an hour, or line N of a printed card.
type Slot struct {
	Hour int64 `json:"hour"` // hours since 1970 in UTC; 0: the printed card
	N    int   `json:"n"`
}

// HourOf is the Hour of an instant.
func HourOf(t time.Time) int64 { return t.Unix() / 3600 }

// Start is when the hour of a slot begins; the zero time for a card.
func (s Slot) Start() time.Time {
	if s.Hour == 0 {
		return time.Time{}
	}
	return time.Unix(s.Hour*3600, 0).UTC()
}

// Exchange is what the two sides of one call say.
type Exchange struct {
	Slot   Slot `json:"slot"`
	Caller Half `json:"caller"` // said first, by whoever calls
	Called Half `json:"called"` // said then, by whoever was called
}

// At derives the words of a slot. CALL-9
func (s Secret) At(p Pair, slot Slot) Exchange {
	return Exchange{Slot: slot, Caller: s.half(p, slot, "caller"), Called: s.half(p, slot, "called")}
}

// Card is the first n lines of a printed card, at most OnCard.
func (s Secret) Card(p Pair, n int) []Exchange {
	list := make([]Exchange, 0, OnCard)
	for i := range min(n, OnCard) {
		list = append(list, s.At(p, Slot{N: i + 1}))
	}
	return list
}

func (s Secret) half(p Pair, slot Slot, who string) Half {
	info := fmt.Sprintf("parley/callwords/v1\n%s\n%s\n%s\n%s\n%d\n%d\n", p.Agreement, p.Caller, p.Called, who, slot.Hour, slot.N)
	b, err := hkdf.Expand(sha256.New, s[:], info, 8)
	if err != nil { // only a length beyond 255 hashes
		panic(err)
	}
	return Half{Words: [3]string{list[b[0]], list[b[1]], list[b[2]]},
		Digits: fmt.Sprintf("%08d", binary.BigEndian.Uint32(b[4:])%100_000_000)}
}
