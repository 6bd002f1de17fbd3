package sqldb

import (
	"context"
	"database/sql"

	"parley.example/parley"
)

// ClientRow is a tool that may use the gateway. Agreements are separated by one space.
type ClientRow struct {
	Name       string
	Token      []byte // SHA-256; nil: none
	Pin        []byte // SHA-256 of a public key; nil: none
	TLP        int
	Own        bool
	Agreements string
	Writes     bool
	Deletes    bool
	Added      int64 // microseconds
	Revoked    int64 // microseconds; 0 while it may enter
	Seen       int64 // microseconds; 0: never
}

const clientColumns = `name, token, pin, tlp, own, agreements, writes, deletes, added, revoked, seen`

func (r *ClientRow) fields() []any {
	return []any{&r.Name, &r.Token, &r.Pin, &r.TLP, &r.Own, &r.Agreements, &r.Writes, &r.Deletes, &r.Added, &r.Revoked, &r.Seen}
}

// AddClient is Conflict where the name, the token or the key is taken. The name of
// a revoked client may be used again: its row is replaced.
func (d *DB) AddClient(ctx context.Context, r ClientRow) error {
	return d.Update(ctx, func(t *Tx) error {
		if _, err := t.exec(`DELETE FROM gateway_client WHERE name = $1 AND revoked > 0`, r.Name); err != nil {
			return err
		}
		n, err := t.exec(`INSERT INTO gateway_client (`+clientColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, 0) ON CONFLICT DO NOTHING`,
			r.Name, r.Token, r.Pin, r.TLP, r.Own, r.Agreements, r.Writes, r.Deletes, r.Added)
		if err == nil && n == 0 {
			err = parley.E(parley.Conflict, "there is a client of this name, or with this certificate, already").WithHint("`parley gateway client list` shows them; choose another name, or revoke that client first")
		}
		return err
	})
}

// Clients lists all clients by name, the revoked ones too.
func (d *DB) Clients(ctx context.Context) ([]ClientRow, error) {
	return Read(ctx, d, func(t *Tx) (out []ClientRow, err error) {
		err = t.query(`SELECT `+clientColumns+` FROM gateway_client ORDER BY name`, nil, func(rows *sql.Rows) error {
			var r ClientRow
			err := rows.Scan(r.fields()...)
			out = append(out, r)
			return err
		})
		return out, err
	})
}

// ClientByToken is NotFound where no client that may enter has it.
func (d *DB) ClientByToken(ctx context.Context, token []byte) (ClientRow, error) {
	return d.client(ctx, `SELECT `+clientColumns+` FROM gateway_client WHERE token = $1 AND revoked = 0`, token)
}

// ClientByPin is NotFound where no client that may enter has it.
func (d *DB) ClientByPin(ctx context.Context, pin []byte) (ClientRow, error) {
	return d.client(ctx, `SELECT `+clientColumns+` FROM gateway_client WHERE pin = $1 AND revoked = 0`, pin)
}

func (d *DB) client(ctx context.Context, query string, by []byte) (ClientRow, error) {
	return Read(ctx, d, func(t *Tx) (r ClientRow, err error) {
		ok, err := t.one(query, []any{by}, r.fields()...)
		if err == nil && !ok {
			err = errNoClient
		}
		return r, err
	})
}

var errNoClient = parley.E(parley.NotFound, "there is no such client").WithHint("`parley gateway client list` shows them")

// RevokeClient keeps a client from entering, for ever; its row stays, for the record.
func (d *DB) RevokeClient(ctx context.Context, name string, at int64) error {
	return d.Update(ctx, func(t *Tx) error {
		n, err := t.exec(`UPDATE gateway_client SET revoked = $2, token = NULL, pin = NULL WHERE name = $1 AND revoked = 0`, name, at)
		if err == nil && n == 0 {
			err = errNoClient
		}
		return err
	})
}

// SeeClient notes when a client last entered.
func (d *DB) SeeClient(ctx context.Context, name string, at int64) error {
	return d.UpdateLazily(ctx, func(t *Tx) error {
		_, err := t.exec(`UPDATE gateway_client SET seen = $2 WHERE name = $1 AND seen < $2`, name, at)
		return err
	})
}

// AddClientStatus keeps a status resource, and forgets those from before an instant.
func (d *DB) AddClientStatus(ctx context.Context, id, client string, at, forget int64, body []byte) error {
	return d.Update(ctx, func(t *Tx) error {
		if _, err := t.exec(`DELETE FROM gateway_status WHERE at < $1`, forget); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO gateway_status (id, client, at, body) VALUES ($1, $2, $3, $4)`, id, client, at, body)
		return err
	})
}

// ClientStatus is NotFound where the client has no such status, or it is forgotten.
func (d *DB) ClientStatus(ctx context.Context, id, client string) ([]byte, error) {
	return Read(ctx, d, func(t *Tx) (body []byte, err error) {
		ok, err := t.one(`SELECT body FROM gateway_status WHERE id = $1 AND client = $2`, []any{id, client}, &body)
		if err == nil && !ok {
			err = parley.E(parley.NotFound, "there is no such status, or it is older than it is kept")
		}
		return body, err
	})
}
