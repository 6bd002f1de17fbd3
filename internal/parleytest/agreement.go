package parleytest

import (
	"crypto/ed25519"
	"crypto/sha256"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/hex"
	"io"
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/proof"
)

// The invented parties of tests and demos.
const (
	Aster  parley.Party = "aster.example"
	Borea  parley.Party = "borea.example"
	Corvia parley.Party = "corvia.example"
)

// World is an agreement that all its parties have signed, and every private key of them.
type World struct {
	Seed    uint64
	Signed  *agreement.Signed // complete
	Parties map[parley.Party]*Party
	Archive *Third // nil unless asked for
	Rand    io.Reader
}

// Party is one party with its private keys.
type Party struct {
	Name     parley.Party
	Origin   parley.Origin
	Identity proof.Signer
	Journal  []proof.Signer // Ed25519 note, ML-DSA-44
	Mirror   []proof.Signer // Ed25519 cosignature, ML-DSA-44
	TLS      tls.Certificate
	Pin      parley.Hash
	Bodies   map[parley.Body]*Body
	Card     *agreement.Card
}

// Body is one body with its private keys: every party has "cert" and "mfa".
type Body struct {
	Name    parley.Body
	Signing proof.Signer
	Release proof.Signer
	Age     *age.HybridIdentity
}

// Third is an archive with its private keys.
type Third struct {
	Name     string
	Identity proof.Signer
	Mirror   []proof.Signer
	TLS      tls.Certificate
	Pin      parley.Hash
	Card     *agreement.Card
}

// NewWorld makes the parties named (Aster and Borea where none is) with the
// bodies <party>/cert and <party>/mfa, and an agreement from DefaultTemplate
// that all have signed. The same seed makes the same world, byte for byte.
func NewWorld(t testing.TB, seed uint64, parties ...parley.Party) *World {
	t.Helper()
	w, err := MakeWorld(seed, DefaultTemplate, "", parties...)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// MakeWorld is NewWorld with a template of one's own and, where archive is not
// "", an archive of that name.
func MakeWorld(seed uint64, template, archive string, parties ...parley.Party) (*World, error) {
	if len(parties) == 0 {
		parties = []parley.Party{Aster, Borea}
	}
	w := &World{Seed: seed, Parties: map[parley.Party]*Party{}, Rand: Rand(seed)}
	var cards []*agreement.Card
	for _, name := range parties {
		p, err := NewParty(w.Rand, name)
		if err != nil {
			return nil, err
		}
		w.Parties[name] = p
		cards = append(cards, p.Card)
	}
	if archive != "" {
		third, err := NewThird(w.Rand, archive)
		if err != nil {
			return nil, err
		}
		w.Archive = third
		cards = append(cards, third.Card)
	}
	a, err := agreement.Parse(agreement.Draft([]byte(template), cards...))
	if err != nil {
		return nil, err
	}
	w.Signed = agreement.NewSigned(a)
	for _, name := range parties {
		if err := w.Signed.Sign(w.Parties[name].Signers()...); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Chain is a new chain that begins with the world's agreement.
func (w *World) Chain(t testing.TB) *agreement.Chain {
	t.Helper()
	c, err := agreement.NewChain(w.Signed)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Agreement is the text that all have signed.
func (w *World) Agreement() *agreement.Agreement { return w.Signed.Agreement }

// Body finds a body with its private keys; it panics for a stranger.
func (w *World) Body(name parley.Body) *Body { return w.Parties[name.Party()].Bodies[name] }

// Pin is the hash of the TLS key of a party or of the archive, by name.
func (w *World) Pin(name string) parley.Hash {
	if p := w.Parties[parley.Party(name)]; p != nil {
		return p.Pin
	}
	return w.Archive.Pin
}

// NewParty makes a party, its keys and its card from rand.
func NewParty(rand io.Reader, name parley.Party) (*Party, error) {
	p := &Party{Name: name, Bodies: map[parley.Body]*Body{}}
	var digits [8]byte
	if _, err := io.ReadFull(rand, digits[:]); err != nil {
		return nil, err
	}
	p.Origin = parley.Origin(string(name) + "/" + hex.EncodeToString(digits[:]))
	k := &keymaker{rand: rand}
	p.Identity = k.key(proof.TypeEd25519, string(name))
	p.Journal = []proof.Signer{k.key(proof.TypeEd25519, string(p.Origin)), k.key(proof.TypeMLDSA44, string(p.Origin))}
	p.Mirror = []proof.Signer{k.key(proof.TypeCosignature, p.Origin.Mirror()), k.key(proof.TypeMLDSA44, p.Origin.Mirror())}
	p.TLS, p.Pin = k.tls(string(name))
	public := &agreement.Party{Name: name, Title: agreement.Texts{"en": string(name)}, Languages: []string{"en"},
		Identity: vkey(p.Identity), Origin: p.Origin, Journal: vkeys(p.Journal), Mirror: vkeys(p.Mirror),
		TLS: []parley.Hash{p.Pin}, Address: string(name) + ":7443", Calendar: Calendar()}
	for _, b := range []struct{ name, role string }{{"cert", "technical"}, {"mfa", "diplomatic"}} {
		body := &Body{Name: parley.Body(string(name) + "/" + b.name)}
		body.Signing = k.key(proof.TypeEd25519, string(body.Name))
		body.Release = k.key(proof.TypeEd25519, string(body.Name)+"/release")
		body.Age = k.age()
		p.Bodies[body.Name] = body
		if k.err != nil {
			return nil, k.err
		}
		public.Bodies = append(public.Bodies, agreement.Body{Name: body.Name, Title: agreement.Texts{"en": b.name + " of " + string(name)},
			Roles: []string{b.role}, Signing: vkey(body.Signing), Release: vkey(body.Release), Age: body.Age.Recipient().String()})
	}
	var err error
	p.Card, err = agreement.SignCard(agreement.FormatCard(public), p.Identity)
	return p, err
}

// NewThird makes an archive, its keys and its card from rand.
func NewThird(rand io.Reader, name string) (*Third, error) {
	k := &keymaker{rand: rand}
	a := &Third{Name: name, Identity: k.key(proof.TypeEd25519, name),
		Mirror: []proof.Signer{k.key(proof.TypeCosignature, name+"/mirror"), k.key(proof.TypeMLDSA44, name+"/mirror")}}
	a.TLS, a.Pin = k.tls(name)
	if k.err != nil {
		return nil, k.err
	}
	host, _, _ := strings.Cut(name, "/")
	var err error
	a.Card, err = agreement.SignCard(agreement.FormatArchiveCard(&agreement.Archive{Name: name, Title: agreement.Texts{"en": "An archive"},
		Identity: vkey(a.Identity), Mirror: vkeys(a.Mirror), TLS: []parley.Hash{a.Pin}, Address: host + ":7443", Disinterested: true}), a.Identity)
	return a, err
}

// Signers are all keys whose lines the party owes under an agreement.
func (p *Party) Signers() []proof.Signer {
	all := []proof.Signer{p.Identity}
	for _, name := range []string{"cert", "mfa"} {
		b := p.Bodies[parley.Body(string(p.Name)+"/"+name)]
		all = append(all, b.Signing, b.Release)
	}
	return all
}

// Cert is the party's technical body, <party>/cert.
func (p *Party) Cert() *Body { return p.Bodies[parley.Body(string(p.Name)+"/cert")] }

// Calendar is a working week from Monday to Friday with summer time.
func Calendar() clock.Table {
	return clock.Table{From: "2026-01-01", To: "2028-12-31", Hours: []string{"mon-fri 09:00-17:00"}, Holidays: []string{"01-01"},
		Offsets: []clock.Offset{{UTC: "+02:00"}, {From: "2026-03-29T01:00:00Z", UTC: "+03:00"}, {From: "2026-10-25T01:00:00Z", UTC: "+02:00"}}}
}

// Rand is an endless stream of octets from a seed.
func Rand(seed uint64) io.Reader {
	var key [32]byte
	for i := range 8 {
		key[i] = byte(seed >> (8 * i))
	}
	return rand.NewChaCha8(key)
}

// keymaker makes keys from rand and keeps the first error.
type keymaker struct {
	rand io.Reader
	err  error
}

func (k *keymaker) key(typ byte, name string) proof.Signer {
	s, err := proof.GenerateKey(k.rand, typ, name)
	k.keep(err)
	return s
}

func (k *keymaker) seed() []byte {
	b := make([]byte, 32)
	_, err := io.ReadFull(k.rand, b)
	k.keep(err)
	return b
}

func (k *keymaker) keep(err error) {
	if k.err == nil {
		k.err = err
	}
}

func (k *keymaker) age() *age.HybridIdentity {
	id, err := age.ParseHybridIdentity(bech32("AGE-SECRET-KEY-PQ-", k.seed()))
	k.keep(err)
	return id
}

// tls makes a self-signed certificate with an Ed25519 key; its dates mean nothing.
func (k *keymaker) tls(name string) (tls.Certificate, parley.Hash) {
	key := ed25519.NewKeyFromSeed(k.seed())
	tmpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Unix(0, 0), NotAfter: time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC)}
	der, err := x509.CreateCertificate(nil, tmpl, tmpl, key.Public(), key)
	k.keep(err)
	leaf, err := x509.ParseCertificate(der)
	k.keep(err)
	if err != nil {
		return tls.Certificate{}, parley.Hash{}
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
}

func vkey(s proof.Signer) agreement.VKey { return agreement.VKey{Key: s.Key()} }

func vkeys(all []proof.Signer) []agreement.VKey {
	keys := make([]agreement.VKey, len(all))
	for i := range all {
		keys[i] = vkey(all[i])
	}
	return keys
}

// PinOf is the pin of a certificate whose key is the Ed25519 key.
func PinOf(public []byte) parley.Hash {
	der, err := x509.MarshalPKIXPublicKey(ed25519.PublicKey(public))
	if err != nil {
		panic(err) // only a key of another kind fails
	}
	return sha256.Sum256(der)
}
