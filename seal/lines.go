package seal

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// versionLine opens every entry; a signature over it is a signature over an
// entry and nothing else. ENTRY-2
const versionLine = "parley/entry/v1"

// maxHead bounds the lines up to `release`, so that the lines which the node adds
// at sequencing and the signature find room below parley.MaxEntry. ENTRY-1
const maxHead = 5 << 10

// timeLayout is the one spelling of an instant: UTC, whole seconds. ENTRY-13
const timeLayout = "2006-01-02T15:04:05Z"

// Mirrored says what the author's node held of another journal when it wrote. ENTRY-21
type Mirrored struct {
	Origin parley.Origin
	Size   uint64
	Root   tlog.Hash
}

func parseTime(s string) (time.Time, error) {
	t, err := time.Parse(timeLayout, s)
	if err != nil || t.Format(timeLayout) != s || t.Year() < 2000 {
		return time.Time{}, parley.E(parley.Invalid, "time %.40q: want RFC 3339 in UTC, whole seconds, such as 2026-11-22T16:05:00Z", s)
	}
	return t, nil
}

// before is the text of the lines before `facts`; its hash is the context. ENTRY-9
func (d Draft) before() (string, error) {
	if err := d.check(); err != nil {
		return "", err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%s\njournal %s\nagreement %s\nfrom %s\n", versionLine, d.Journal, d.Agreement, d.From)
	for _, to := range d.To {
		fmt.Fprintf(&b, "to %s\n", to)
	}
	fmt.Fprintf(&b, "nonce %s\n", d.Nonce)
	for _, l := range d.Blobs {
		fmt.Fprintf(&b, "blob %s %d\n", l.Hash, l.Size)
	}
	return b.String(), nil
}

// check keeps the rules that hold within these lines alone. ENTRY-3 to ENTRY-8
func (d Draft) check() error {
	if _, err := parley.ParseOrigin(string(d.Journal)); err != nil {
		return err
	}
	if _, err := parley.ParseBody(string(d.From)); err != nil {
		return err
	}
	if d.From.Party() != d.Journal.Party() { // ENTRY-5
		return parley.E(parley.Invalid, "from %s: want a body of %s, whose journal this is", d.From, d.Journal.Party())
	}
	if len(d.To) == 0 || len(d.To) > parley.MaxTo { // ENTRY-6
		return parley.E(parley.Invalid, "%d addressees: want 1 to %d", len(d.To), parley.MaxTo)
	}
	seen := map[string]bool{string(d.From): true}
	for _, to := range d.To {
		if _, err := parley.ParseBody(string(to)); err != nil {
			return err
		}
		if seen[string(to)] {
			return parley.E(parley.Invalid, "to %s: named twice, or the sender itself", to)
		}
		seen[string(to)] = true
	}
	if d.Nonce.IsZero() { // ENTRY-7
		return parley.E(parley.Invalid, "nonce of zeros: want 16 random octets")
	}
	if len(d.Blobs) > parley.MaxBlobs { // ENTRY-8
		return parley.E(parley.Invalid, "%d blobs: want at most %d", len(d.Blobs), parley.MaxBlobs)
	}
	for _, l := range d.Blobs {
		if l.Size < 1 || l.Size > parley.MaxSealedBlob {
			return parley.E(parley.Invalid, "blob of %d octets: want 1 to %d", l.Size, parley.MaxSealedBlob)
		}
		if seen[l.Hash.String()] {
			return parley.E(parley.Invalid, "blob %s: named twice", l.Hash)
		}
		seen[l.Hash.String()] = true
	}
	return nil
}

// tail is the text of the lines that the node adds at sequencing. ENTRY-13, ENTRY-21
func tail(at time.Time, mirrored []Mirrored) string {
	var b strings.Builder
	fmt.Fprintf(&b, "time %s\n", at.UTC().Format(timeLayout))
	for _, m := range mirrored {
		fmt.Fprintf(&b, "mirrored %s %d %s\n", m.Origin, m.Size, base64.StdEncoding.EncodeToString(m.Root[:]))
	}
	return b.String()
}

func partLine(clear bool, part []byte) string {
	word := "sealed"
	if clear {
		word = "clear"
	}
	return word + " " + parley.Sum(part).String() + " " + strconv.Itoa(len(part)) + "\n"
}
