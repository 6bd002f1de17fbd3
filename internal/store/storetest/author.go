// Package storetest is what the tests of the store, the journal and the mirror
// share: an invented author whose entries are cheap to make, and one suite that
// every database dialect runs.
//
// Its parts are random octets, not age files: who stores them cannot tell. It is
// never used outside tests.
package storetest

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/proof"
	"parley.example/parley/seal"
)

// Start is the instant at which tests begin.
var Start = time.Date(2026, 11, 22, 16, 5, 0, 0, time.UTC)

// Agreement is the founding text's hash in tests.
var Agreement = parley.Sum([]byte("an agreement of Aster, Borea and Corvia"))

// Author is a party with a journal: all its keys, from a seed.
type Author struct {
	Origin parley.Origin
	Body   parley.Body
	Log    []proof.Signer // Ed25519 and ML-DSA-44, named as the origin
	Mirror []proof.Signer // of this party, for other journals
	Sign   proof.Signer   // of the body
	random *rand.ChaCha8
}

// NewAuthor makes the author of "aster.example" and so on.
func NewAuthor(t testing.TB, party string) *Author {
	t.Helper()
	a := &Author{
		Origin: parley.Origin(party + "/0123456789abcdef"),
		Body:   parley.Body(party + "/cert"),
		random: rand.NewChaCha8(parley.Sum([]byte(party))),
	}
	key := func(typ byte, name string) proof.Signer {
		s, err := proof.GenerateKey(a.random, typ, name)
		if err != nil {
			t.Fatal(err)
		}
		return s
	}
	a.Log = []proof.Signer{key(proof.TypeEd25519, string(a.Origin)), key(proof.TypeMLDSA44, string(a.Origin))}
	a.Mirror = []proof.Signer{key(proof.TypeCosignature, a.Origin.Mirror()), key(proof.TypeMLDSA44, a.Origin.Mirror())}
	a.Sign = key(proof.TypeEd25519, string(a.Body))
	return a
}

// Keys are the public halves.
func Keys(list []proof.Signer) []proof.Key {
	var keys []proof.Key
	for _, s := range list {
		keys = append(keys, s.Key())
	}
	return keys
}

// Ready is a message to a body with a part of that many octets, as if it were sealed.
func (a *Author) Ready(to parley.Body, octets int) *seal.Ready {
	r := &seal.Ready{Sealed: make([]byte, octets), Facts: make([]byte, 300), FileKey: make([]byte, 16)}
	a.random.Read(r.Sealed)
	a.random.Read(r.Facts)
	a.random.Read(r.FileKey)
	r.Lines = fmt.Appendf(nil, "parley/entry/v1\njournal %s\nagreement %s\nfrom %s\nto %s\nnonce %s\nfacts %s\nsealed %s %d\n",
		a.Origin, Agreement, a.Body, to, a.Nonce(), parley.Sum(r.Facts), parley.Sum(r.Sealed), len(r.Sealed))
	return r
}

// Gone is a message in clear that calls parts gone.
func (a *Author) Gone(t testing.TB, to parley.Body, parts ...parley.Hash) *seal.Ready {
	t.Helper()
	content, err := json.Marshal(seal.Gone{Parts: parts, Why: seal.GoneLost})
	if err != nil {
		t.Fatal(err)
	}
	r, err := seal.Clear(a.random, seal.Draft{Journal: a.Origin, Agreement: Agreement, From: a.Body, To: []parley.Body{to}, Nonce: a.Nonce()},
		seal.Message{Kind: parley.KindGone, Version: 1, Precedence: parley.Routine, Content: content})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// Nonce is a fresh one.
func (a *Author) Nonce() (n parley.Nonce) {
	a.random.Read(n[:])
	return n
}
