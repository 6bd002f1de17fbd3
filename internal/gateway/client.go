package gateway

import (
	"context"
	"crypto/rand"
	"regexp"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// Client is a tool that may use the gateway.
type Client struct {
	Name      string
	Clearance intel.Clearance
	Delete    bool   // it may take away objects that it wrote
	Token     bool   // it has a token
	Pin       []byte // SHA-256 of its certificate's public key; nil: none
	Added     time.Time
	Revoked   time.Time // zero while it may enter
	Seen      time.Time // to the minute; zero: never
}

// Store keeps clients; *sqldb.DB does.
type Store interface {
	AddClient(ctx context.Context, r sqldb.ClientRow) error
	Clients(ctx context.Context) ([]sqldb.ClientRow, error)
	// ClientByToken and ClientByPin are NotFound where no client that may enter has it.
	ClientByToken(ctx context.Context, token []byte) (sqldb.ClientRow, error)
	ClientByPin(ctx context.Context, pin []byte) (sqldb.ClientRow, error)
	RevokeClient(ctx context.Context, name string, at int64) error
	SeeClient(ctx context.Context, name string, at int64) error
}

// Clients are the tools of a node. Safe for concurrent use.
type Clients struct {
	store Store
	now   func() time.Time
}

// New gives the clients of a store.
func New(store Store, now func() time.Time) *Clients { return &Clients{store: store, now: now} }

// tokenLength is that of MISP's keys, so that a token fits wherever a key of MISP
// does. 40 of 62 characters have 238 bits.
const tokenLength = 40

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// Add lets a tool in and gives its token, once; a client that is known by its
// certificate alone has none. The fields Added, Revoked and Seen are not read.
func (c *Clients) Add(ctx context.Context, who Client) (Client, string, error) {
	switch {
	case !nameForm.MatchString(who.Name):
		return Client{}, "", parley.E(parley.Invalid, "%.80q: want a name of at most 63 lower-case letters, digits, dots, dashes and underscores", who.Name)
	case who.Clearance.All:
		return Client{}, "", parley.E(parley.Invalid, "a client never sees everything: want a traffic light and sources")
	case who.Clearance.TLP < stix.Clear || who.Clearance.TLP > stix.Red:
		return Client{}, "", parley.E(parley.Invalid, "want the strictest traffic light that %s may see: clear, green, amber, amber+strict or red", who.Name)
	case !who.Clearance.Own && len(who.Clearance.Agreements) == 0 && !who.Clearance.Write:
		return Client{}, "", parley.E(parley.Invalid, "%s could see nothing and write nothing: want our own objects, an agreement, or leave to write", who.Name)
	case who.Delete && !who.Clearance.Write:
		return Client{}, "", parley.E(parley.Invalid, "%s may delete only what it wrote: want leave to write too", who.Name)
	case !who.Token && who.Pin == nil:
		return Client{}, "", parley.E(parley.Invalid, "%s could not prove who it is: want a token or a certificate", who.Name)
	}
	who.Added, who.Revoked, who.Seen = c.now().UTC(), time.Time{}, time.Time{}
	row := toRow(who)
	token := ""
	if who.Token {
		token = newToken()
		sum := parley.Sum([]byte(token))
		row.Token = sum[:]
	}
	if err := c.store.AddClient(ctx, row); err != nil {
		return Client{}, "", err
	}
	return who, token, nil
}

// List gives all clients by name, the revoked ones too.
func (c *Clients) List(ctx context.Context) ([]Client, error) {
	rows, err := c.store.Clients(ctx)
	if err != nil {
		return nil, err
	}
	list := make([]Client, len(rows))
	for i, r := range rows {
		if list[i], err = fromRow(r); err != nil {
			return nil, err
		}
	}
	return list, nil
}

// Revoke keeps a client from entering, from its next request on.
func (c *Clients) Revoke(ctx context.Context, name string) error {
	return c.store.RevokeClient(ctx, name, c.now().UnixMicro())
}

// newToken draws characters without bias: what is past the last whole alphabet in
// an octet is drawn again.
func newToken() string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	var b strings.Builder
	for b.Len() < tokenLength {
		var draw [2 * tokenLength]byte
		rand.Read(draw[:])
		for _, x := range draw {
			if x < 4*byte(len(alphabet)) && b.Len() < tokenLength {
				b.WriteByte(alphabet[int(x)%len(alphabet)])
			}
		}
	}
	return b.String()
}

func toRow(c Client) sqldb.ClientRow {
	agreements := make([]string, len(c.Clearance.Agreements))
	for i, a := range c.Clearance.Agreements {
		agreements[i] = a.String()
	}
	return sqldb.ClientRow{Name: c.Name, Pin: c.Pin, TLP: int(c.Clearance.TLP), Own: c.Clearance.Own,
		Agreements: strings.Join(agreements, " "), Writes: c.Clearance.Write, Deletes: c.Delete, Added: c.Added.UnixMicro()}
}

func fromRow(r sqldb.ClientRow) (Client, error) {
	c := Client{Name: r.Name, Delete: r.Deletes, Token: r.Token != nil, Pin: r.Pin, Added: at(r.Added), Revoked: at(r.Revoked), Seen: at(r.Seen),
		Clearance: intel.Clearance{TLP: stix.TLP(r.TLP), Own: r.Own, Write: r.Writes}}
	for a := range strings.FieldsSeq(r.Agreements) {
		h, err := parley.ParseHash(a)
		if err != nil {
			return Client{}, parley.E(parley.Internal, "client %s: %w", r.Name, err)
		}
		c.Clearance.Agreements = append(c.Clearance.Agreements, h)
	}
	return c, nil
}

func at(micros int64) time.Time {
	if micros == 0 {
		return time.Time{}
	}
	return time.UnixMicro(micros).UTC()
}
