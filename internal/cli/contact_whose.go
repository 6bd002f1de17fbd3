package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

type contactWhose struct {
	Values    []string `arg:"" optional:"" help:"Addresses, prefixes, AS and a number, domains."`
	File      string   `placeholder:"FILE" help:"A file of them, one on each line, of any length; - for standard input. # begins a remark."`
	Split     bool     `help:"Print a list for each body instead: what to tell whom."`
	Conflicts bool     `help:"Print all values that two parties claim."`
	Agreement string   `placeholder:"ID" help:"Only by what was published under this agreement."`
}

// whoseBatch is how many values are asked at a time: the answers of a call are
// bounded, and a hostile conflict names many claims.
const whoseBatch = 4_000

// maxValue is more than any value has; of a longer line the beginning is told.
const maxValue = 400

func (q *contactWhose) Run(c *Context) error {
	switch {
	case q.Conflicts && (len(q.Values) > 0 || q.File != ""):
		return usage(parley.E(parley.Invalid, "--conflicts and values; want one of both"))
	case q.Conflicts:
		return q.conflicts(c)
	case len(q.Values) == 0 && q.File == "":
		return usage(parley.E(parley.Invalid, "nothing to look for: want values, or --file FILE"))
	case len(q.Values) > 0 && q.File != "":
		return usage(parley.E(parley.Invalid, "values and --file; want one of both"))
	}
	return c.node(func(n ctl.Caller) error {
		if q.Split {
			return q.split(c, n)
		}
		return q.each(c, n)
	})
}

// batches gives the values some at a time.
func (q *contactWhose) batches(c *Context, visit func([]string) error) error {
	if q.File == "" {
		for some := range slices.Chunk(q.Values, whoseBatch) {
			if err := visit(some); err != nil {
				return err
			}
		}
		return nil
	}
	in, err := c.openInput(q.File)
	if err != nil {
		return err
	}
	defer in.Close()
	r := bufio.NewReader(in)
	if head, _ := r.Peek(2); len(head) == 2 && head[0] == 0x1f && head[1] == 0x8b {
		return parley.E(parley.Invalid, "%s is compressed; want plain text", q.File)
	}
	s := bufio.NewScanner(r)
	s.Buffer(nil, 64<<10)
	var some []string
	for s.Scan() {
		line, _, _ := strings.Cut(s.Text(), "#")
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		if some = append(some, strings.ToValidUTF8(line[:min(len(line), maxValue)], "\ufffd")); len(some) == whoseBatch {
			if err := visit(some); err != nil {
				return err
			}
			some = some[:0]
		}
	}
	if err := s.Err(); err != nil {
		return parley.E(parley.Invalid, "%s: %w", q.File, err)
	}
	if len(some) == 0 {
		return nil
	}
	return visit(some)
}

// each prints an answer for each value, as they come.
func (q *contactWhose) each(c *Context, n ctl.Caller) error {
	count, found, broken, contested := 0, 0, 0, 0
	out := bufio.NewWriter(c.Out)
	err := q.batches(c, func(values []string) error {
		var list []node.Whose
		if err := n.Call(c, "contact.whose", node.WhoseRequest{Agreement: q.Agreement, Values: values}, &list); err != nil {
			return err
		}
		for i := range list {
			w := &list[i]
			if len(w.Holders) > 0 {
				found++
			}
			if w.Broken != "" {
				broken++
			}
			if w.Conflict != "" {
				contested++
			}
			if c.JSON {
				if err := jsonRow(out, count, w); err != nil {
					return err
				}
			} else {
				whoseText(out, w)
			}
			count++
		}
		return out.Flush()
	})
	if err != nil {
		return err
	}
	if c.JSON {
		if count == 0 {
			out.WriteString("[")
		}
		out.WriteString("\n]\n")
	}
	if q.File != "" {
		c.Say("%d values: %d have a holder, %d nobody's, %d in conflict, %d not understood", count, found, count-found-broken, contested, broken)
	}
	return out.Flush()
}

// jsonRow writes one element of a list that is written as it comes.
func jsonRow(w io.Writer, n int, v any) error {
	before := ",\n"
	if n == 0 {
		before = "[\n"
	}
	b, err := json.Marshal(v)
	if err == nil {
		_, err = fmt.Fprintf(w, "%s%s", before, b)
	}
	return err
}

func whoseText(w io.Writer, a *node.Whose) {
	switch {
	case a.Broken != "":
		fmt.Fprintf(w, "%s\tnot understood: %s\n", printable(a.Value), printable(a.Broken))
		return
	case len(a.Holders) == 0:
		fmt.Fprintf(w, "%s\tnobody's\n", a.Is)
	case a.Conflict == node.ConflictSame:
		fmt.Fprintf(w, "%s\tCONFLICT: two parties claim the same\n", a.Is)
	default:
		for _, h := range a.Holders {
			fmt.Fprintf(w, "%s\t%s\n", a.Is, claimText(&h))
		}
		if a.Conflict != "" {
			fmt.Fprintf(w, "\tCONFLICT: it lies inside the claim of another party\n")
		}
	}
	for i := range a.Claims {
		fmt.Fprintf(w, "\tclaimed by %s\n", claimText(&a.Claims[i]))
	}
	for i := range a.Inside {
		fmt.Fprintf(w, "\ta part of it: %s\n", claimText(&a.Inside[i]))
	}
	if a.More {
		fmt.Fprintf(w, "\tand more parts: ask about them\n")
	}
}

func claimText(h *node.Claim) string {
	name := h.Key
	if name == "" {
		name = printable(h.Party)
	}
	words := []string{name + " (" + h.Claim + ")"}
	if h.Ours {
		words = append(words, "ours")
	}
	if h.Source != "" {
		words = append(words, "not signed: "+h.Source)
	}
	if h.Unconfirmed {
		words = append(words, "UNCONFIRMED")
	}
	return strings.Join(words, "; ")
}

// split prints a list for each body.
func (q *contactWhose) split(c *Context, n ctl.Caller) error {
	var all node.Routed
	at := map[string]int{}
	err := q.batches(c, func(values []string) error {
		var r node.Routed
		if err := n.Call(c, "contact.route", node.WhoseRequest{Agreement: q.Agreement, Values: values}, &r); err != nil {
			return err
		}
		for _, b := range r.Bodies {
			key := b.Agreement.String() + string(b.Body)
			i, ok := at[key]
			if !ok {
				at[key] = len(all.Bodies)
				all.Bodies = append(all.Bodies, b)
				continue
			}
			all.Bodies[i].Values = append(all.Bodies[i].Values, b.Values...)
			all.Bodies[i].Contested = append(all.Bodies[i].Contested, b.Contested...)
			all.Bodies[i].Parts = append(all.Bodies[i].Parts, b.Parts...)
		}
		all.Conflicts, all.Unsigned = append(all.Conflicts, r.Conflicts...), append(all.Unsigned, r.Unsigned...)
		all.Nobody, all.Broken = append(all.Nobody, r.Nobody...), append(all.Broken, r.Broken...)
		return nil
	})
	if err != nil {
		return err
	}
	return c.Data(all, func(w io.Writer) {
		for i := range all.Bodies {
			b := &all.Bodies[i]
			ours := ""
			if b.Ours {
				ours = " (ours)"
			}
			fmt.Fprintf(w, "%s%s\n", b.Body, ours)
			for _, v := range b.Values {
				fmt.Fprintf(w, "  %s\n", v)
			}
			for j := range b.Contested {
				fmt.Fprintf(w, "  CONFLICT: %s lies inside the claim of another party\n", b.Contested[j].Is)
			}
		}
		part := func(title string, list []node.Whose) {
			if len(list) > 0 {
				fmt.Fprintln(w, title)
			}
			for i := range list {
				whoseText(w, &list[i])
			}
		}
		part("two parties claim the same: decide yourself", all.Conflicts)
		part("known from the address book only: nobody signed it", all.Unsigned)
		if len(all.Nobody) > 0 {
			fmt.Fprintf(w, "nobody's\n  %s\n", strings.Join(all.Nobody, "\n  "))
		}
		part("not understood", all.Broken)
	})
}

func (q *contactWhose) conflicts(c *Context) error {
	var got conflicts
	if err := c.Call("contact.conflicts", named{q.Agreement}, &got); err != nil {
		return err
	}
	return c.Data(got, func(w io.Writer) {
		if len(got.Conflicts) == 0 {
			fmt.Fprintln(w, "no value is claimed by two parties")
		}
		for i := range got.Conflicts {
			a := &got.Conflicts[i]
			what := "lies inside the claim of another party"
			if a.Conflict == node.ConflictSame {
				what = "is claimed by two parties"
			}
			fmt.Fprintf(w, "%s\t%s\n", a.Is, what)
			for j := range a.Claims {
				fmt.Fprintf(w, "\tclaimed by %s\n", claimText(&a.Claims[j]))
			}
		}
		if got.More {
			fmt.Fprintln(w, "and more: these are the first 200 of an agreement")
		}
	})
}
