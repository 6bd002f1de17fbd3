package gateway

import (
	"context"
	"crypto/x509"
	"encoding/base64"
	"net/http"
	"strings"
	"time"

	"parley.example/parley"
)

// Challenge is what a face answers in WWW-Authenticate with 401. RFC 9110 §11.6.1
const Challenge = `Basic realm="parley", charset="UTF-8", Bearer realm="parley"`

// Guard is what every face does first: it says whose request it is, before anything else is
// looked at, so that a stranger learns of no address whether it is there. No answer is kept on
// the way, or taken for another type than it says.
func (c *Clients) Guard(w http.ResponseWriter, r *http.Request) (Client, error) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Cache-Control", "no-store")
	return c.Enter(r.Context(), r)
}

// Enter says whose request it is: by a certificate whose public key a client is
// known by, or by a token in the header Authorization, as Basic (the user is the
// client's name), as Bearer or Token, or bare, as MISP's tools send it. Forbidden where
// nobody is known so; faces answer 401 then.
func (c *Clients) Enter(ctx context.Context, r *http.Request) (Client, error) {
	who, err := c.find(ctx, r)
	if parley.KindOf(err) == parley.NotFound && err != nil {
		return Client{}, errUnknown
	}
	if err != nil {
		return Client{}, err
	}
	// Noted once a minute, so that a tool that asks often costs no writes.
	if now := c.now().UTC().Truncate(time.Minute); who.Seen.Before(now) {
		if err := c.store.SeeClient(ctx, who.Name, now.UnixMicro()); err != nil {
			return Client{}, err
		}
	}
	return who, nil
}

var errUnknown = parley.E(parley.Forbidden, "no client is known by what came with this request").
	WithHint("want Basic (a client's name and its token), Bearer (the token), or the certificate it was added with")

func (c *Clients) find(ctx context.Context, r *http.Request) (Client, error) {
	name, token, ok := credentials(r.Header.Get("Authorization"))
	if !ok {
		if r.TLS != nil && len(r.TLS.PeerCertificates) > 0 {
			pin := Pin(r.TLS.PeerCertificates[0])
			row, err := c.store.ClientByPin(ctx, pin[:])
			if err != nil {
				return Client{}, err
			}
			return fromRow(row)
		}
		return Client{}, errUnknown
	}
	sum := parley.Sum([]byte(token))
	row, err := c.store.ClientByToken(ctx, sum[:])
	if err != nil {
		return Client{}, err
	}
	if name != "" && name != row.Name {
		return Client{}, errUnknown
	}
	return fromRow(row)
}

// Pin is the SHA-256 of a certificate's public key, by which a client is known.
func Pin(c *x509.Certificate) parley.Hash { return parley.Sum(c.RawSubjectPublicKeyInfo) }

// credentials reads the header Authorization. RFC 7617, RFC 6750
func credentials(header string) (name, token string, ok bool) {
	header = strings.TrimSpace(header)
	scheme, rest, two := strings.Cut(header, " ")
	rest = strings.TrimSpace(rest)
	switch {
	case header == "":
		return "", "", false
	case two && (strings.EqualFold(scheme, "Bearer") || strings.EqualFold(scheme, "Token")): // taxii2-client says Token
		return "", rest, true
	case two && strings.EqualFold(scheme, "Basic"):
		raw, err := base64.StdEncoding.DecodeString(rest)
		if err != nil {
			return "", "", true // no token is empty
		}
		name, token, _ := strings.Cut(string(raw), ":")
		return name, token, true
	}
	return "", header, true
}
