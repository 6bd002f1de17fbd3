package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"sync"

	"parley.example/parley"
)

// pool is a fixed set of connections. A connection keeps its prepared statements,
// and is used by one transaction at a time.
type pool struct {
	db    *sql.DB
	begin string        // the statement that opens a transaction
	free  chan struct{} // one for each idle connection; closed by close
	size  int

	mu   sync.Mutex
	idle []*conn // guarded by mu; the one used last is taken first: its pages are still in memory
}

// conn belongs to whoever took it from the pool.
type conn struct {
	c      *sql.Conn // nil after it broke
	stmts  map[string]*sql.Stmt
	broken bool
}

func openPool(ctx context.Context, size int, dsn, begin string) (*pool, error) {
	db, err := sql.Open("sqlite", dsn)
	if err != nil {
		return nil, parley.E(parley.Internal, "open database: %w", err)
	}
	db.SetMaxOpenConns(size)
	p := &pool{db: db, begin: begin, free: make(chan struct{}, size), size: size}
	for range size {
		c, err := db.Conn(ctx)
		if err != nil {
			db.Close()
			return nil, parley.E(parley.Unavailable, "open database: %w", err)
		}
		p.give(&conn{c: c, stmts: map[string]*sql.Stmt{}})
	}
	return p, nil
}

func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case _, ok := <-p.free:
		if !ok {
			return nil, parley.E(parley.Unavailable, "the database is closed")
		}
		c := p.last()
		if c.c != nil {
			return c, nil
		}
		fresh, err := p.db.Conn(ctx) // the former one broke
		if err != nil {
			p.give(c)
			return nil, storeError(err)
		}
		c.c = fresh
		return c, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// put gives a connection back; a broken one is thrown away, and replaced at its next use.
func (p *pool) put(c *conn) {
	if c.broken {
		c.c.Raw(func(any) error { return driver.ErrBadConn }) // database/sql closes it then
		c.c.Close()
		*c = conn{stmts: map[string]*sql.Stmt{}}
	}
	p.give(c)
}

func (p *pool) give(c *conn) {
	p.mu.Lock()
	p.idle = append(p.idle, c)
	p.mu.Unlock()
	p.free <- struct{}{}
}

// last takes the idle connection that was given back last, which is there: the caller
// has received from free.
func (p *pool) last() *conn {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle) - 1
	c := p.idle[n]
	p.idle = p.idle[:n]
	return c
}

// close waits for the transactions that run.
func (p *pool) close() error {
	for range p.size {
		<-p.free
		c := p.last()
		for _, s := range c.stmts {
			s.Close()
		}
		if c.c != nil {
			c.c.Close()
		}
	}
	close(p.free)
	return p.db.Close()
}

// stmt prepares each query text once per connection: texts must come from a small fixed set.
func (c *conn) stmt(ctx context.Context, query string) (*sql.Stmt, error) {
	if s := c.stmts[query]; s != nil {
		return s, nil
	}
	s, err := c.c.PrepareContext(ctx, positional(query))
	if err != nil {
		return nil, err
	}
	c.stmts[query] = s
	return s, nil
}

// synchronous says whether the commits that follow wait for the disk. A pragma
// acts when it is prepared, so that it is not kept.
func (c *conn) synchronous(ctx context.Context, mode string) error {
	_, err := c.c.ExecContext(ctx, "PRAGMA synchronous="+mode)
	return err
}

func (c *conn) run(ctx context.Context, query string) error {
	s, err := c.stmt(ctx, query)
	if err != nil {
		return err
	}
	_, err = s.ExecContext(ctx)
	return err
}
