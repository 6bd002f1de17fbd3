package sqldb

import (
	"context"
	"database/sql"
	"strconv"
	"strings"
)

// Texts are the queries that were prepared on any connection so far.
func (d *DB) Texts() []string {
	seen := map[string]bool{}
	for _, p := range []*pool{d.writer, d.readers} {
		var all []*conn
		for range p.size {
			<-p.free
			c := p.last()
			all = append(all, c)
			for text := range c.stmts {
				seen[text] = true
			}
		}
		for _, c := range all {
			p.give(c)
		}
	}
	var list []string
	for text := range seen {
		list = append(list, text)
	}
	return list
}

// Explain is the query plan of a text, one step a line.
func (d *DB) Explain(ctx context.Context, text string) (lines []string, err error) {
	err = d.View(ctx, func(tx *Tx) error {
		return tx.query("EXPLAIN QUERY PLAN "+text, make([]any, strings.Count(text, "$")), func(r *sql.Rows) error {
			var id, parent, unused int
			var line string
			err := r.Scan(&id, &parent, &unused, &line)
			lines = append(lines, line)
			return err
		})
	})
	return lines, err
}

// LimitPages makes the writer's disk as small as that many pages.
func (d *DB) LimitPages(ctx context.Context, n int) error {
	c, err := d.writer.take(ctx)
	if err != nil {
		return err
	}
	defer d.writer.put(c)
	_, err = c.c.ExecContext(ctx, "PRAGMA max_page_count = "+strconv.Itoa(n))
	return err
}
