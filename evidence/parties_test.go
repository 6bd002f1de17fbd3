package evidence_test

import (
	"io"
	"testing"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/proof"
)

// party is one party with its private keys; bodies are <party>/cert and <party>/mfa.
type party struct {
	origin          parley.Origin
	identity        proof.Signer
	journal, mirror []proof.Signer
	signing         map[parley.Body]proof.Signer
	ages            map[parley.Body]*age.HybridIdentity
	release         []proof.Signer
	card            *agreement.Card
}

const template = `agreement = "parley/agreement/v1"
title = { en = "Agreement for evidence" }

[language]
authentic = ["en"]

[handling]
default = "TLP:AMBER"
third_party = "consent"
publication = "none"
record = "full"

[[traffic.accept]]
kind = "hotline"
versions = [1]

[traffic.limits]
entries_per_day = 100
bytes_per_day = 1000000
blob_bytes = 1000000
blobs_per_entry = 4

[eyes]
grace = "1 hour"
`

// keysOf makes one key of each type from the one name; the same seed, the same keys.
func keysOf(t testing.TB, r io.Reader, name string, types ...byte) []proof.Signer {
	t.Helper()
	var out []proof.Signer
	for _, typ := range types {
		s, err := proof.GenerateKey(r, typ, name)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, s)
	}
	return out
}

func vkeys(list []proof.Signer) []agreement.VKey {
	var out []agreement.VKey
	for _, s := range list {
		out = append(out, agreement.VKey{Key: s.Key()})
	}
	return out
}

func newParty(t testing.TB, r io.Reader, name parley.Party, digits string) *party {
	t.Helper()
	p := &party{origin: parley.Origin(string(name) + "/" + digits), signing: map[parley.Body]proof.Signer{}, ages: map[parley.Body]*age.HybridIdentity{}}
	p.identity = keysOf(t, r, string(name), proof.TypeEd25519)[0]
	p.journal = keysOf(t, r, string(p.origin), proof.TypeEd25519, proof.TypeMLDSA44)
	p.mirror = keysOf(t, r, p.origin.Mirror(), proof.TypeCosignature, proof.TypeMLDSA44)
	a := &agreement.Party{Name: name, Title: agreement.Texts{"en": string(name)}, Languages: []string{"en"},
		Identity: agreement.VKey{Key: p.identity.Key()}, Origin: p.origin, Journal: vkeys(p.journal), Mirror: vkeys(p.mirror),
		TLS: []parley.Hash{parley.Sum([]byte(name))}, Address: string(name) + ":7443",
		Calendar: clock.Table{From: "2026-01-01", To: "2028-12-31", Hours: []string{"mon-fri 09:00-17:00"}, Offsets: []clock.Offset{{UTC: "+02:00"}}}}
	for _, b := range []parley.Body{parley.Body(name + "/cert"), parley.Body(name + "/mfa")} {
		id, err := age.GenerateHybridIdentity()
		if err != nil {
			t.Fatal(err)
		}
		release := keysOf(t, r, string(b)+"/release", proof.TypeEd25519)[0]
		p.signing[b], p.ages[b], p.release = keysOf(t, r, string(b), proof.TypeEd25519)[0], id, append(p.release, release)
		a.Bodies = append(a.Bodies, agreement.Body{Name: b, Title: agreement.Texts{"en": string(b)}, Roles: []string{"technical"},
			Signing: agreement.VKey{Key: p.signing[b].Key()}, Release: agreement.VKey{Key: release.Key()}, Age: id.Recipient().String()})
	}
	var err error
	if p.card, err = agreement.SignCard(agreement.FormatCard(a), p.identity); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *party) sign(t testing.TB, s *agreement.Signed) {
	t.Helper()
	all := append([]proof.Signer{p.identity}, p.release...)
	for _, k := range p.signing {
		all = append(all, k)
	}
	if err := s.Sign(all...); err != nil {
		t.Fatal(err)
	}
}

// found makes an agreement between Aster, Borea and an archive that all have signed.
func found(t testing.TB, r io.Reader) (map[parley.Party]*party, []proof.Signer, *agreement.Signed) {
	t.Helper()
	a, b := newParty(t, r, "aster.example", "0123456789abcdef"), newParty(t, r, "borea.example", "fedcba9876543210")
	id := keysOf(t, r, archive, proof.TypeEd25519)[0]
	mirror := keysOf(t, r, archive+"/mirror", proof.TypeCosignature, proof.TypeMLDSA44)
	card, err := agreement.SignCard(agreement.FormatArchiveCard(&agreement.Archive{Name: archive, Title: agreement.Texts{"en": "An archive"},
		Identity: agreement.VKey{Key: id.Key()}, Mirror: vkeys(mirror), TLS: []parley.Hash{parley.Sum([]byte(archive))},
		Address: "archive.example:7443", Disinterested: true}), id)
	if err != nil {
		t.Fatal(err)
	}
	text, err := agreement.Parse(agreement.Draft([]byte(template), a.card, b.card, card))
	if err != nil {
		t.Fatal(err)
	}
	s := agreement.NewSigned(text)
	a.sign(t, s)
	b.sign(t, s)
	return map[parley.Party]*party{"aster.example": a, "borea.example": b}, mirror, s
}
