package seal_test

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"strings"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/seal"
)

// A badly behaved author's tools: they make ready what Seal refuses to make.

// inside seals any text, framed and padded as it should be.
func (d desk) inside(nonce byte, text string) *seal.Ready {
	d.t.Helper()
	return d.claim(d.seal(d.draft(nonce), d.hotline("cover")), d.frame(text), nil)
}

// content2 seals a content under the facts of a kind; facts of nil are replaced
// by others, so that the entry's facts line does not hold.
func (d desk) content2(nonce byte, ok *seal.Ready, kind, content string) *seal.Ready {
	d.t.Helper()
	r := d.seal(d.draft(nonce), d.hotline("cover"))
	facts := strings.Replace(string(r.Facts), `"hotline"`, `"`+kind+`"`, 1)
	line := []byte(facts)
	if ok == nil {
		facts = strings.Replace(facts, `"flash"`, `"routine"`, 1)
	}
	text := fmt.Sprintf(`{"facts":"%s","marking":"","languages":[],"legal":"","blobs":[],"content":%s}`, strings.ReplaceAll(facts, `"`, `\"`), content)
	return d.claim(r, d.frame(text), line)
}

// blobs names a blob that the inside says nothing of.
func (d desk) blobs(nonce byte) *seal.Ready {
	dr, m := d.draft(nonce), d.hotline("cover")
	dr.Blobs = []seal.BlobLine{{Hash: parley.Sum(nil), Size: 1}}
	m.Blobs = []seal.Attachment{{Name: "a"}}
	r := d.seal(dr, m)
	text := fmt.Sprintf(`{"facts":"%s","marking":"","languages":[],"legal":"","blobs":[],"content":{"text":"cover"}}`, strings.ReplaceAll(string(r.Facts), `"`, `\"`))
	return d.claim(r, d.frame(text), nil)
}

// junk names a part that is no age file.
func (d desk) junk(nonce byte) *seal.Ready {
	r := d.seal(d.draft(nonce), d.hotline("cover"))
	return d.name(r, []byte("this is no age file"), r.Facts, r.FileKey)
}

func (d desk) frame(text string) []byte {
	size := max(1024, 4+len(text)) // short texts only: the Padmé size of these is 1,024
	b := make([]byte, size)
	binary.BigEndian.PutUint32(b, uint32(len(text)))
	copy(b[4:], text)
	if len(text) > 1000 {
		d.t.Fatal("forged inside is too long for this helper")
	}
	return b
}

type keep struct {
	age.Recipient
	key []byte
}

func (k *keep) WrapWithLabels(key []byte) ([]*age.Stanza, []string, error) {
	k.key = bytes.Clone(key)
	return k.Recipient.(age.RecipientWithLabels).WrapWithLabels(key)
}

// claim seals octets and writes them into the lines; facts nil keeps the line.
func (d desk) claim(r *seal.Ready, inside, facts []byte) *seal.Ready {
	d.t.Helper()
	k := &keep{Recipient: d.borea().Age.Recipient()}
	var b bytes.Buffer
	w, err := age.Encrypt(&b, k)
	if err != nil {
		d.t.Fatal(err)
	}
	w.Write(inside)
	if err := w.Close(); err != nil {
		d.t.Fatal(err)
	}
	if facts == nil {
		facts = r.Facts
	}
	return d.name(r, b.Bytes(), facts, k.key)
}

func (d desk) name(r *seal.Ready, part, facts, key []byte) *seal.Ready {
	i := bytes.Index(r.Lines, []byte("facts "))
	lines := append(bytes.Clone(r.Lines[:i]), fmt.Sprintf("facts %s\nsealed %s %d\n", parley.Sum(facts), parley.Sum(part), len(part))...)
	return &seal.Ready{Lines: lines, Sealed: part, Facts: facts, FileKey: key}
}
