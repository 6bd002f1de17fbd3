package officer

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/text/unicode/norm"

	"parley.example/parley"
)

// Cost is what one guess at a passphrase costs. RFC 9106, section 4.
type Cost struct {
	Time    uint32 // passes
	Memory  uint32 // KiB
	Threads uint8
}

// DefaultCost is the second recommendation of RFC 9106: 64 MiB, three passes.
var DefaultCost = Cost{Time: 3, Memory: 64 << 10, Threads: 4}

// Bounds of a passphrase. The upper one keeps hashing from being a lever.
const (
	MinPassphrase = 12   // characters
	MaxPassphrase = 1024 // octets
)

// CheckPassphrase says what is wrong with a new passphrase for this name.
func CheckPassphrase(name, passphrase string) error {
	switch {
	case !utf8.ValidString(passphrase), len(passphrase) > MaxPassphrase:
		return parley.E(parley.Invalid, "passphrase: want UTF-8 text of at most %d octets", MaxPassphrase)
	case utf8.RuneCountInString(passphrase) < MinPassphrase:
		return parley.E(parley.Invalid, "passphrase: want at least %d characters", MinPassphrase).WithHint("four words that do not belong together are easy to keep in mind")
	case strings.EqualFold(strings.TrimSpace(passphrase), name):
		return parley.E(parley.Invalid, "passphrase: it is the officer's name")
	case strings.Count(passphrase, passphrase[:1]) == len(passphrase):
		return parley.E(parley.Invalid, "passphrase: it is one character repeated")
	}
	return nil
}

// hash makes the stored form of a passphrase, in the PHC string format:
// $argon2id$v=19$m=65536,t=3,p=4$<salt>$<hash>, both parts base64 without padding.
func hash(c Cost, passphrase string) string {
	salt := make([]byte, 16)
	rand.Read(salt)
	sum := argon2.IDKey(spell(passphrase), salt, c.Time, c.Memory, c.Threads, 32)
	return format(c, salt, sum)
}

func format(c Cost, salt, sum []byte) string {
	b64 := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.Memory, c.Time, c.Threads,
		b64.EncodeToString(salt), b64.EncodeToString(sum))
}

// matches compares in constant time; a stored form that it cannot read matches nothing.
func matches(stored, passphrase string) bool {
	part := strings.Split(stored, "$")
	if len(part) != 6 || part[1] != "argon2id" {
		return false
	}
	var version int
	var c Cost
	if _, err := fmt.Sscanf(part[2], "v=%d", &version); err != nil || version != argon2.Version {
		return false
	}
	if _, err := fmt.Sscanf(part[3], "m=%d,t=%d,p=%d", &c.Memory, &c.Time, &c.Threads); err != nil || c.Time == 0 || c.Threads == 0 || c.Memory > 1<<21 {
		return false
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(part[4])
	want, err2 := base64.RawStdEncoding.DecodeString(part[5])
	if err1 != nil || err2 != nil || len(want) < 16 {
		return false
	}
	got := argon2.IDKey(spell(passphrase), salt, c.Time, c.Memory, c.Threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1
}

// spell is what is hashed: NFC, so that two keyboards that compose differently
// type the same passphrase.
func spell(passphrase string) []byte { return norm.NFC.Bytes([]byte(passphrase)) }
