package callwords

import (
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/subtle"
	"slices"
	"strings"
	"time"
	"unicode"
)

// Half is what one side says: three words, or eight digits where the two officers
// have no English in common.
type Half struct {
	Words  [3]string `json:"words"`
	Digits string    `json:"digits"`
}

// String is the words as they are read aloud.
func (h Half) String() string { return strings.Join(h.Words[:], " ") }

// Spoken is the digits in two groups of four.
func (h Half) Spoken() string { return h.Digits[:4] + " " + h.Digits[4:] }

// Says reports whether what was heard is this half: its three words in order, each
// by its first four letters at least, or its eight digits. It takes the same time
// wherever they differ. CALL-11
func (h Half) Says(heard string) bool {
	said, ok := Normal(heard)
	if !ok {
		return false
	}
	return subtle.ConstantTimeCompare([]byte(said), []byte(h.String())) == 1 ||
		subtle.ConstantTimeCompare([]byte(said), []byte(h.Digits)) == 1
}

// Normal is the one spelling of what was heard: "river stone lemon", or eight
// digits. ok is false where it is neither. CALL-11
func Normal(heard string) (said string, ok bool) {
	fields := strings.FieldsFunc(strings.ToLower(heard), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
	digits := strings.Join(fields, "")
	if len(digits) == 8 && strings.Trim(digits, "0123456789") == "" {
		return digits, true
	}
	if len(fields) != 3 {
		return "", false
	}
	for i, f := range fields {
		if len(f) < 4 || len(f) > 20 {
			return "", false
		}
		at := slices.IndexFunc(list[:], func(w string) bool { return w[:4] == f[:4] && (strings.HasPrefix(w, f) || strings.HasPrefix(f, w)) })
		if at < 0 {
			return "", false
		}
		fields[i] = list[at]
	}
	return strings.Join(fields, " "), true
}

// Open lists the slots whose words may be heard at an instant: those of its hour,
// of the hour before or after within Overlap of the change, and those of the
// printed card. CALL-10
func Open(now time.Time) []Slot {
	hours := []int64{HourOf(now)}
	if h := HourOf(now.Add(-Overlap)); h != hours[0] {
		hours = append(hours, h)
	}
	if h := HourOf(now.Add(Overlap)); h != hours[0] {
		hours = append(hours, h)
	}
	var slots []Slot
	for _, h := range hours {
		for n := range PerHour {
			slots = append(slots, Slot{h, n + 1})
		}
	}
	for n := range OnCard {
		slots = append(slots, Slot{N: n + 1})
	}
	return slots
}

// Find says which of the open slots the words belong to that a called officer has
// heard. ok is false where they belong to none: the voice is not theirs, or it was
// misheard. Whether the slot has been used the caller knows. CALL-11
func (s Secret) Find(p Pair, heard string, now time.Time) (e Exchange, ok bool) {
	for _, slot := range Open(now) {
		if x := s.At(p, slot); x.Caller.Says(heard) && !ok {
			e, ok = x, true
		}
	}
	return e, ok
}

// Code is three words for one check of a route (ENTRY-31): the same for the same
// name, and for nobody without the secret to be told from chance.
func (s Secret) Code(name string) string {
	b, err := hkdf.Expand(sha256.New, s[:], "parley/check/v1\n"+name+"\n", 3)
	if err != nil { // only a length beyond 255 hashes
		panic(err)
	}
	return Half{Words: [3]string{list[b[0]], list[b[1]], list[b[2]]}}.String()
}
