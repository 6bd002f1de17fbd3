package cli

import (
	"io"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/register"
)

// page has the flags of every list of messages.
type page struct {
	Limit int `short:"n" default:"200" placeholder:"ROWS" help:"At most so many messages, the newest; 0 is all."`
}

// print fetches pages of the named list, orders what it has and prints it: one
// JSON array of objects, or a table.
func (p page) print(c *Context, call string, order func([]node.Row)) error {
	rows := []node.Row{}
	err := c.node(func(n ctl.Caller) error {
		for after := ""; ; {
			ask := node.ListRequest{After: after, Limit: 200}
			if p.Limit > 0 {
				ask.Limit = min(200, p.Limit-len(rows))
			}
			var list node.List
			if err := n.Call(c, call, ask, &list); err != nil {
				return err
			}
			rows = append(rows, list.Rows...)
			if after = list.Next; after == "" || p.Limit > 0 && len(rows) >= p.Limit {
				return nil
			}
		}
	})
	if err != nil {
		return err
	}
	if order != nil {
		order(rows)
	}
	return c.Data(rows, func(w io.Writer) { rowTable(w, rows) })
}

// more says how to ask for the page that follows, where there is one.
func (c *Context) more(next string) {
	if next != "" {
		c.Hint("there is more: --after %s", next)
	}
}

// deliveredFirst puts what every addressee's node has signed for before the rest,
// and keeps the order among each.
func deliveredFirst(rows []node.Row) {
	slices.SortStableFunc(rows, func(a, b node.Row) int { return unsigned(a) - unsigned(b) })
}

func unsigned(r node.Row) int {
	switch register.State(r.State) {
	case register.StateDelivered, register.StateOpened, register.StateSeen, register.StateAcknowledged, register.StateDeclined,
		register.StateAnswered:
		return 0
	}
	return 1
}

func rowTable(w io.Writer, rows []node.Row) {
	cells := make([][]string, 0, len(rows))
	for _, r := range rows {
		id := r.Short
		if id == "" {
			id = r.ID
		}
		cells = append(cells, []string{id, r.State, string(r.Precedence), string(r.From), bodies(r.To), stamp(saidOrStored(r)), marks(r) + r.Line})
	}
	columns(w, []string{"MESSAGE", "STATE", "PRECEDENCE", "FROM", "TO", "TIME (UTC)", "TEXT"}, cells)
}

// marks are the words before a row's text.
func marks(r node.Row) string {
	var words []string
	if r.Exercise {
		words = append(words, "[exercise]")
	}
	if r.Waits {
		words = append(words, "[waits]")
	}
	if r.Kind != parley.KindHotline {
		words = append(words, "["+string(r.Kind)+"]")
	}
	if len(words) == 0 {
		return ""
	}
	return strings.Join(words, " ") + " "
}

func bodies(list []parley.Body) string {
	names := make([]string, len(list))
	for i, b := range list {
		names[i] = string(b)
	}
	return strings.Join(names, " ")
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return t.UTC().Format("2006-01-02 15:04:05")
}

// saidOrStored is the author's time, or ours where there is no entry yet.
func saidOrStored(r node.Row) time.Time {
	if r.Said.IsZero() {
		return r.Stored
	}
	return r.Said
}
