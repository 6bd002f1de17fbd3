package peer

import (
	"crypto"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"slices"
	"time"

	"parley.example/parley"
)

// Pin is the SHA-256 of a certificate's SubjectPublicKeyInfo. WIRE-1
func Pin(c *x509.Certificate) parley.Hash { return parley.Sum(c.RawSubjectPublicKeyInfo) }

// Certificate wraps a key in a self-signed certificate. Nobody reads its names or
// dates: the pin names the key, so the same key may be wrapped again at any time.
func Certificate(key crypto.Signer) (tls.Certificate, error) {
	t := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "parley"},
		NotBefore:    time.Unix(0, 0).UTC(),
		NotAfter:     time.Date(9999, 12, 31, 23, 59, 59, 0, time.UTC), // RFC 5280 §4.1.2.5: no end
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, parley.E(parley.Internal, "make certificate: %w", err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return tls.Certificate{}, parley.E(parley.Internal, "read certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key, Leaf: leaf}, nil
}

// ServerTLS is TLS 1.3 that asks for a certificate and lets any or none in: who
// the caller is, is decided by pin for each request, and a stranger learns
// nothing but 404. WIRE-1
func ServerTLS(own tls.Certificate) *tls.Config {
	return &tls.Config{
		MinVersion:             tls.VersionTLS13,
		Certificates:           []tls.Certificate{own},
		ClientAuth:             tls.RequestClientCert,
		NextProtos:             []string{"h2", "http/1.1"},
		SessionTicketsDisabled: true, // each connection proves both keys
	}
}

// ClientTLS is TLS 1.3 to a server that must hold a key with one of the pins that
// are valid when the connection is made. There is no other trust: names, dates
// and authorities are not looked at. WIRE-1
func ClientTLS(own tls.Certificate, pins func() []parley.Hash) *tls.Config {
	return &tls.Config{
		MinVersion:   tls.VersionTLS13,
		Certificates: []tls.Certificate{own},
		// The chain is not verified, because there is none; possession of the key
		// is (crypto/tls checks CertificateVerify), and the key is compared below.
		InsecureSkipVerify: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			if len(s.PeerCertificates) == 0 {
				return parley.E(parley.Untrusted, "the server showed no certificate")
			}
			return CheckPin(Pin(s.PeerCertificates[0]), pins())
		},
	}
}

// CheckPin is Untrusted unless the server's pin is one that is valid. WIRE-1
func CheckPin(got parley.Hash, pins []parley.Hash) error {
	if slices.Contains(pins, got) {
		return nil
	}
	return parley.E(parley.Untrusted, "the server's TLS key has pin %s: want one that the agreement names", got).
		WithHint("somebody stands in between, or the counterpart changed its key without a keys entry: ask by another channel")
}
