package sqldb

import (
	"context"
	"database/sql"

	"parley.example/parley"
)

// OfficerRow is an officer as stored. Lists are separated by one space.
type OfficerRow struct {
	Name       string
	Passphrase string // argon2id, PHC string
	Bodies     string
	Roles      string
	Added      int64 // microseconds
}

// SessionRow is a login; Token is the SHA-256 of what the browser has.
type SessionRow struct {
	Token   []byte
	Officer string
	Started int64
	Ends    int64
}

// AddOfficer is Conflict where the name is taken.
func (d *DB) AddOfficer(ctx context.Context, r OfficerRow) error {
	return d.Update(ctx, func(t *Tx) error {
		n, err := t.exec(`INSERT INTO officer (name, passphrase, bodies, roles, added) VALUES ($1, $2, $3, $4, $5) ON CONFLICT (name) DO NOTHING`,
			r.Name, r.Passphrase, r.Bodies, r.Roles, r.Added)
		if err == nil && n == 0 {
			err = parley.E(parley.Conflict, "there is an officer of this name already").WithHint("choose another name, or remove that officer first")
		}
		return err
	})
}

// Officers lists all officers by name.
func (d *DB) Officers(ctx context.Context) ([]OfficerRow, error) {
	return Read(ctx, d, func(t *Tx) (out []OfficerRow, err error) {
		err = t.query(`SELECT name, passphrase, bodies, roles, added FROM officer ORDER BY name`, nil, func(rows *sql.Rows) error {
			var r OfficerRow
			err := rows.Scan(&r.Name, &r.Passphrase, &r.Bodies, &r.Roles, &r.Added)
			out = append(out, r)
			return err
		})
		return out, err
	})
}

// Officer is NotFound where there is none of the name.
func (d *DB) Officer(ctx context.Context, name string) (OfficerRow, error) {
	return Read(ctx, d, func(t *Tx) (OfficerRow, error) { return t.officer(name) })
}

func (t *Tx) officer(name string) (OfficerRow, error) {
	var r OfficerRow
	ok, err := t.one(`SELECT name, passphrase, bodies, roles, added FROM officer WHERE name = $1`, []any{name},
		&r.Name, &r.Passphrase, &r.Bodies, &r.Roles, &r.Added)
	if err == nil && !ok {
		err = errNoOfficer
	}
	return r, err
}

var errNoOfficer = parley.E(parley.NotFound, "there is no officer of this name").WithHint("parley officer list shows them")

// SetOfficerPassphrase replaces a passphrase and ends the officer's sessions.
func (d *DB) SetOfficerPassphrase(ctx context.Context, name, stored string) error {
	return d.Update(ctx, func(t *Tx) error {
		n, err := t.exec(`UPDATE officer SET passphrase = $2 WHERE name = $1`, name, stored)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNoOfficer
		}
		_, err = t.exec(`DELETE FROM officer_session WHERE officer = $1`, name)
		return err
	})
}

// RemoveOfficer removes an officer with their sessions, and ends their turns of watch.
func (d *DB) RemoveOfficer(ctx context.Context, name string, at int64) error {
	return d.Update(ctx, func(t *Tx) error {
		if _, err := t.exec(`DELETE FROM officer_session WHERE officer = $1`, name); err != nil {
			return err
		}
		n, err := t.exec(`DELETE FROM officer WHERE name = $1`, name)
		if err != nil {
			return err
		}
		if n == 0 {
			return errNoOfficer
		}
		_, err = t.exec(`UPDATE watch_turn SET ended = $2, how = 'removed' WHERE officer = $1 AND ended = 0`, name, at)
		return err
	})
}

// AddSession stores a session and forgets those that had ended when it starts.
func (d *DB) AddSession(ctx context.Context, r SessionRow) error {
	return d.Update(ctx, func(t *Tx) error {
		if _, err := t.exec(`DELETE FROM officer_session WHERE ends <= $1`, r.Started); err != nil {
			return err
		}
		if _, err := t.officer(r.Officer); err != nil {
			return err
		}
		_, err := t.exec(`INSERT INTO officer_session (token, officer, started, ends) VALUES ($1, $2, $3, $4)`, r.Token, r.Officer, r.Started, r.Ends)
		return err
	})
}

// Session gives a session that has not ended at the instant, with its officer as they are now.
func (d *DB) Session(ctx context.Context, token []byte, at int64) (SessionRow, OfficerRow, error) {
	s := SessionRow{Token: token}
	who, err := Read(ctx, d, func(t *Tx) (OfficerRow, error) {
		ok, err := t.one(`SELECT officer, started, ends FROM officer_session WHERE token = $1 AND ends > $2`, []any{token, at}, &s.Officer, &s.Started, &s.Ends)
		if err == nil && !ok {
			err = parley.E(parley.NotFound, "no such session")
		}
		if err != nil {
			return OfficerRow{}, err
		}
		return t.officer(s.Officer)
	})
	return s, who, err
}

// EndSession forgets a session; it is no error where there is none.
func (d *DB) EndSession(ctx context.Context, token []byte) error {
	return d.Update(ctx, func(t *Tx) error {
		_, err := t.exec(`DELETE FROM officer_session WHERE token = $1`, token)
		return err
	})
}
