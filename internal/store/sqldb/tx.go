package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"strconv"
	"strings"

	"parley.example/parley"
)

// Tx is a transaction: one consistent picture for reads, all or nothing for
// writes. It belongs to one goroutine and ends with the function it was given to.
type Tx struct {
	ctx  context.Context // asked between statements; a running statement is never cut
	conn *conn
	db   *DB // nil in a read-only transaction

	nodes *highNodes // the database's; shared

	touched []Topic     // in a write transaction
	ahead   *prefetched // in a read-only one; may be nil
}

// Update runs f in a write transaction; writers run one after the other, across
// processes too. When it returns nil the change is on disk. An error of f, or of
// the commit, leaves nothing behind, with one exception that every caller must
// bear: a crash after the commit, where the caller learns nothing. An Update
// within an Update waits for itself.
func (d *DB) Update(ctx context.Context, f func(*Tx) error) error {
	return d.writer.inTx(ctx, d, &d.nodes, false, f)
}

// UpdateLazily is Update for what can be made again from the journals: rows of
// view_* and working state. It does not wait for the disk. After a loss of power
// the change may be gone, and never without all that was committed after it:
// the next Update makes it durable too (SQLite, WAL with synchronous=NORMAL).
func (d *DB) UpdateLazily(ctx context.Context, f func(*Tx) error) error {
	return d.writer.inTx(ctx, d, &d.nodes, d.waits, f)
}

// View runs f in a read-only transaction over one consistent picture. f must not
// wait for the network or for another View: there are four readers in all.
func (d *DB) View(ctx context.Context, f func(*Tx) error) error {
	return d.readers.inTx(ctx, nil, &d.nodes, false, f)
}

func (p *pool) inTx(ctx context.Context, db *DB, nodes *highNodes, lazy bool, f func(*Tx) error) (err error) {
	if err := db.step("begin"); err != nil {
		return err
	}
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer p.put(c)
	whole := context.WithoutCancel(ctx)
	if lazy {
		if err := c.synchronous(whole, "NORMAL"); err != nil {
			return storeError(err)
		}
		defer func() { // before the connection goes back
			if c.synchronous(whole, "FULL") != nil {
				c.broken = true
			}
		}()
	}
	if err := c.run(whole, p.begin); err != nil {
		c.broken = errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
		return storeError(err)
	}
	done := false
	defer func() { // also when f panics
		if !done && c.run(whole, "ROLLBACK") != nil {
			// SQLite may have rolled back by itself (a full disk); whatever it is, this
			// connection is not used again.
			c.broken = true
		}
	}()
	tx := &Tx{ctx: ctx, conn: c, db: db, nodes: nodes}
	if err := f(tx); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := db.step("commit"); err != nil {
		return err
	}
	err = c.run(whole, "COMMIT")
	if len(tx.touched) > 0 {
		db.versions.raise(tx.touched) // also where it failed: nobody knows
	}
	if err != nil {
		return storeError(err)
	}
	done = true
	if db != nil {
		db.mover.committed()
	}
	return db.step("committed")
}

// Read is View for a function that returns one value.
func Read[T any](ctx context.Context, d *DB, f func(*Tx) (T, error)) (T, error) {
	var v T
	err := d.View(ctx, func(tx *Tx) (err error) {
		v, err = f(tx)
		return err
	})
	return v, err
}

func (d *DB) step(name string) error {
	if d == nil {
		return nil
	}
	if f := d.fault.Load(); f != nil {
		return (*f)(name)
	}
	return nil
}

func (t *Tx) prepare(query string) (*sql.Stmt, context.Context, error) {
	if err := t.ctx.Err(); err != nil {
		return nil, nil, err
	}
	whole := context.WithoutCancel(t.ctx)
	s, err := t.conn.stmt(whole, query)
	return s, whole, storeError(err)
}

// exec runs a write and returns how many rows it touched.
func (t *Tx) exec(query string, args ...any) (int64, error) {
	if t.db == nil {
		return 0, parley.E(parley.Internal, "write in a read-only transaction")
	}
	if err := t.db.step("exec"); err != nil {
		return 0, err
	}
	s, ctx, err := t.prepare(query)
	if err != nil {
		return 0, err
	}
	res, err := s.ExecContext(ctx, args...)
	if err != nil {
		return 0, storeError(err)
	}
	n, err := res.RowsAffected()
	return n, storeError(err)
}

// query calls scan for each row.
func (t *Tx) query(query string, args []any, scan func(*sql.Rows) error) error {
	s, ctx, err := t.prepare(query)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(ctx, args...)
	if err != nil {
		return storeError(err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := t.ctx.Err(); err != nil {
			return err
		}
		if err := scan(rows); err != nil {
			return storeError(err)
		}
	}
	return storeError(rows.Err())
}

// one reads a single row into dest and says whether there was one.
func (t *Tx) one(query string, args []any, dest ...any) (bool, error) {
	s, ctx, err := t.prepare(query)
	if err != nil {
		return false, err
	}
	err = s.QueryRowContext(ctx, args...).Scan(dest...)
	if errors.Is(err, sql.ErrNoRows) {
		return false, nil
	}
	return err == nil, storeError(err)
}

// insert adds rows in statements of 64, 16, 4, 2 and 1 rows, so that few texts are
// prepared. suffix is "" or an ON CONFLICT clause.
func (t *Tx) insert(table, columns, suffix string, width int, rows []any) error {
	for n := len(rows) / width; n > 0; {
		k := 1
		for _, c := range [...]int{64, 16, 4, 2} {
			if n >= c {
				k = c
				break
			}
		}
		if _, err := t.exec(insertText(table, columns, suffix, width, k), rows[:k*width]...); err != nil {
			return err
		}
		rows, n = rows[k*width:], n-k
	}
	return nil
}

func insertText(table, columns, suffix string, width, rows int) string {
	var b strings.Builder
	b.WriteString("INSERT INTO " + table + " (" + columns + ") VALUES ")
	placeholders(&b, 1, width, rows)
	b.WriteString(" " + suffix)
	return b.String()
}

// placeholders writes rows of "($n, ...)", counting from first.
func placeholders(b *strings.Builder, first, width, rows int) {
	for r := range rows {
		if r > 0 {
			b.WriteByte(',')
		}
		b.WriteByte('(')
		for c := range width {
			if c > 0 {
				b.WriteByte(',')
			}
			b.WriteByte('$')
			b.WriteString(strconv.Itoa(first + r*width + c))
		}
		b.WriteByte(')')
	}
}

// holders is n placeholders, counting from first: "$2,$3,...".
func holders(first, n int) string {
	var b strings.Builder
	placeholders(&b, first, n, 1)
	return strings.Trim(b.String(), "()")
}
