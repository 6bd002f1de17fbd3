package gateway_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

func open(t *testing.T) (clients *gateway.Clients, now *time.Time, file string) {
	t.Helper()
	file = filepath.Join(t.TempDir(), "parley.db")
	db, err := sqldb.OpenVolatile(t.Context(), file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	at := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	now = &at
	return gateway.New(db, func() time.Time { return *now }), now, file
}

var amber = intel.Clearance{TLP: stix.Amber, Own: true, Agreements: []parley.Hash{{1}, {2}}}

// TestTokens: a token is shown once, and no file of the node has it.
func TestTokens(t *testing.T) {
	clients, now, file := open(t)
	who, token, err := clients.Add(t.Context(), gateway.Client{Name: "siem", Token: true, Clearance: amber})
	if err != nil || len(token) != 40 {
		t.Fatal(token, err)
	}
	_, other, err := clients.Add(t.Context(), gateway.Client{Name: "misp", Token: true, Clearance: amber})
	if err != nil || other == token {
		t.Fatal(other, err)
	}
	for _, suffix := range []string{"", "-wal"} {
		raw, err := os.ReadFile(file + suffix)
		if err != nil || bytes.Contains(raw, []byte(token)) {
			t.Errorf("%s has the token, or is not there: %v", suffix, err)
		}
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	got, err := clients.Enter(t.Context(), r)
	if err != nil || got.Name != who.Name || got.Clearance.TLP != stix.Amber || len(got.Clearance.Agreements) != 2 || got.Clearance.All || got.Clearance.Write {
		t.Fatalf("%+v %v", got, err)
	}
	*now = now.Add(time.Hour)
	if _, err := clients.Enter(t.Context(), r); err != nil {
		t.Fatal(err)
	}
	list, err := clients.List(t.Context())
	if err != nil || len(list) != 2 || list[0].Name != "misp" || !list[0].Seen.IsZero() || !list[1].Seen.Equal(*now) {
		t.Fatalf("%+v %v", list, err)
	}
	// Another client's name with this token opens nothing.
	r.Header.Del("Authorization")
	r.SetBasicAuth("misp", token)
	if _, err := clients.Enter(t.Context(), r); parley.KindOf(err) != parley.Forbidden {
		t.Error(err)
	}
	if err := clients.Revoke(t.Context(), "siem"); err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth("siem", token)
	if _, err := clients.Enter(t.Context(), r); parley.KindOf(err) != parley.Forbidden {
		t.Error("a token that was revoked is taken")
	}
}

// TestCertificates: a client is known by the key of its certificate, whoever signed it.
func TestCertificates(t *testing.T) {
	clients, _, _ := open(t)
	ours, theirs := certificate(t), certificate(t)
	pin := gateway.Pin(ours)
	if _, token, err := clients.Add(t.Context(), gateway.Client{Name: "taxii", Pin: pin[:], Clearance: amber}); err != nil || token != "" {
		t.Fatal(token, err)
	}
	r := httptest.NewRequest("GET", "/", nil)
	r.TLS = &tls.ConnectionState{PeerCertificates: []*x509.Certificate{ours}}
	if who, err := clients.Enter(t.Context(), r); err != nil || who.Name != "taxii" {
		t.Fatal(who, err)
	}
	r.TLS.PeerCertificates[0] = theirs
	if _, err := clients.Enter(t.Context(), r); parley.KindOf(err) != parley.Forbidden {
		t.Error(err)
	}
	if _, _, err := clients.Add(t.Context(), gateway.Client{Name: "again", Pin: pin[:], Clearance: amber}); parley.KindOf(err) != parley.Conflict {
		t.Error(err)
	}
}

func certificate(t *testing.T) *x509.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "tool"}, NotAfter: time.Unix(1<<32, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestAddRefuses: what no client may be, and why.
func TestAddRefuses(t *testing.T) {
	clients, _, _ := open(t)
	for want, change := range map[string]func(*gateway.Client){
		"want a name":         func(c *gateway.Client) { c.Name = "A" },
		"never sees all":      nil,
		"strictest traffic":   func(c *gateway.Client) { c.Clearance.TLP = stix.Unmarked },
		"see nothing":         func(c *gateway.Client) { c.Clearance.Own, c.Clearance.Agreements = false, nil },
		"leave to write too":  func(c *gateway.Client) { c.Delete = true },
		"token or a certific": func(c *gateway.Client) { c.Token = false },
	} {
		c := gateway.Client{Name: "siem", Token: true, Clearance: amber}
		if change == nil {
			c.Clearance, want = intel.Operator(), "never sees everything"
		} else {
			change(&c)
		}
		if _, _, err := clients.Add(t.Context(), c); parley.KindOf(err) != parley.Invalid || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
