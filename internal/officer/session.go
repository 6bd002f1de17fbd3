package officer

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"fmt"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// SessionLife is how long a login lasts, whether used or not: one shift. A
// display that is left open does not go dark in the middle of a watch.
const SessionLife = 12 * time.Hour

// SessionStore keeps sessions by the SHA-256 of their token.
type SessionStore interface {
	AddSession(ctx context.Context, row sqldb.SessionRow) error
	// Session is NotFound where there is none that ends after the instant.
	Session(ctx context.Context, token []byte, at int64) (sqldb.SessionRow, sqldb.OfficerRow, error)
	// EndSession is no error where there is none.
	EndSession(ctx context.Context, token []byte) error
}

// Session is one login of one officer.
type Session struct {
	Officer Officer
	Started time.Time // UTC
	Ends    time.Time // UTC
}

// StartSession opens a session for an officer who was just authenticated and
// gives the token: 43 characters, 256 random bits, shown once.
func (o *Officers) StartSession(ctx context.Context, who Officer) (string, Session, error) {
	var raw [32]byte
	rand.Read(raw[:])
	now := o.now().UTC()
	s := Session{Officer: who, Started: now, Ends: now.Add(SessionLife)}
	sum := parley.Sum(raw[:])
	row := sqldb.SessionRow{Token: sum[:], Officer: who.Name, Started: now.UnixMicro(), Ends: s.Ends.UnixMicro()}
	if err := o.store.AddSession(ctx, row); err != nil {
		return "", Session{}, fmt.Errorf("start session: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(raw[:]), s, nil
}

// FindSession gives the session of a token. Forbidden where it has ended, was
// never, or its officer was removed. Roles and bodies are those of now, not of the login.
func (o *Officers) FindSession(ctx context.Context, token string) (Session, error) {
	sum, ok := tokenSum(token)
	if !ok {
		return Session{}, errNoSession
	}
	row, who, err := o.store.Session(ctx, sum[:], o.now().UnixMicro())
	if parley.KindOf(err) == parley.NotFound && err != nil {
		return Session{}, errNoSession
	}
	if err != nil {
		return Session{}, fmt.Errorf("find session: %w", err)
	}
	return Session{Officer: fromRow(who), Started: time.UnixMicro(row.Started).UTC(), Ends: time.UnixMicro(row.Ends).UTC()}, nil
}

// EndSession ends the session of a token; it is no error where there is none.
func (o *Officers) EndSession(ctx context.Context, token string) error {
	sum, ok := tokenSum(token)
	if !ok {
		return nil
	}
	return o.store.EndSession(ctx, sum[:])
}

var errNoSession = parley.E(parley.Forbidden, "nobody is logged in here")

func tokenSum(token string) (parley.Hash, bool) {
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) != 32 {
		return parley.Hash{}, false
	}
	return parley.Sum(raw), true
}
