package node_test

import (
	"fmt"
	"testing"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/contactfile"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

func bookRow(n int, name, network string) node.BookRow {
	e := contactfile.Entry{Name: name, Contact: form.Contact{Point: "team", Confirmed: "2026-01-01T00:00:00Z", Until: "2027-01-01T00:00:00Z"}}
	if network != "" {
		e.Contact.Constituency = &form.Constituency{Networks: []string{network}}
	}
	return node.BookRow{N: uint64(n), Entry: e}
}

// The address book is imported in parts, read page by page, asked where no signed
// word answers, replaced whole, and forgotten. CONTACT-15
func TestBook(t *testing.T) {
	c := parleytest.NewCircle(t, 46, "")
	a := c.Nodes[aster].Node
	settle(t, c)
	ctx := t.Context()
	publish(t, c.Nodes[aster], node.ContactRequest{Fields: dutyFields()})
	settle(t, c)
	whose := func(v string) string {
		t.Helper()
		list, err := a.Whose(ctx, node.WhoseRequest{Values: []string{v}})
		if err != nil {
			t.Fatal(err)
		}
		s := ""
		for _, h := range list[0].Holders {
			s += h.Party + " " + h.Source + " "
		}
		return s + fmt.Sprint(list[0].Signed)
	}
	batch := node.BookBatch{Source: "ti", Format: "ti"}
	for i := range 120 {
		batch.Rows = append(batch.Rows, bookRow(i+1, fmt.Sprintf("Team %03d", i), fmt.Sprintf("203.0.%d.0/24", i)))
	}
	batch.Rows = append(batch.Rows, bookRow(121, "Claims ours", "198.51.100.0/24"))
	first, err := a.ImportContacts(ctx, batch)
	if err != nil || first.Run == 0 {
		t.Fatal(first, err)
	}
	if got := whose("203.0.5.1"); got != "false" {
		t.Errorf("before the import is whole: %s", got)
	}
	batch.Run, batch.Rows, batch.Last, batch.Broken = first.Run, nil, true, 3
	done, err := a.ImportContacts(ctx, batch)
	if err != nil || done.Taken != 121 {
		t.Fatal(done, err)
	}
	if got := whose("203.0.5.1"); got != "Team 005 ti false" {
		t.Error(got)
	}
	if got := whose("198.51.100.9"); got != "aster.example  true" {
		t.Errorf("a signed word stands: %s", got)
	}
	seen, after := map[string]bool{}, ""
	for {
		p, err := a.Book(ctx, node.BookQuery{After: after, Limit: 50})
		if err != nil || len(p.Sources) != 1 || p.Sources[0].Broken != 3 {
			t.Fatalf("%+v %v", p.Sources, err)
		}
		for _, e := range p.Entries {
			seen[e.Entry.Name] = true
			if e.Signed {
				t.Error("nobody signed it")
			}
		}
		if after = p.Next; after == "" {
			break
		}
	}
	if len(seen) != 121 {
		t.Errorf("%d of 121", len(seen))
	}
	if p, err := a.Book(ctx, node.BookQuery{Name: "TEAM  007"}); err != nil || len(p.Entries) != 1 {
		t.Errorf("%+v %v", p, err)
	}

	// The next import takes the place of the one before, whole; one that was begun and left is no more.
	begun, err := a.ImportContacts(ctx, node.BookBatch{Source: "ti", Format: "ti", Rows: []node.BookRow{bookRow(1, "Left behind", "")}})
	if err != nil {
		t.Fatal(err)
	}
	next, err := a.ImportContacts(ctx, node.BookBatch{Source: "ti", Format: "ti", Rows: []node.BookRow{bookRow(1, "Corvia CERT", "203.0.5.0/24")}, Last: true})
	if err != nil || next.Taken != 1 {
		t.Fatal(next, err)
	}
	if _, err := a.ImportContacts(ctx, node.BookBatch{Source: "ti", Format: "ti", Run: begun.Run, Last: true}); parley.KindOf(err) != parley.Conflict {
		t.Errorf("an import that was overtaken: %v", err)
	}
	if got := whose("203.0.5.1") + whose("203.0.6.1"); got != "Corvia CERT ti falsefalse" {
		t.Error(got)
	}
	if err := a.ForgetContacts(ctx, "ti"); err != nil {
		t.Fatal(err)
	}
	if got := whose("203.0.5.1"); got != "false" {
		t.Error(got)
	}
	if p, err := a.Book(ctx, node.BookQuery{}); err != nil || len(p.Entries)+len(p.Sources) != 0 {
		t.Errorf("%+v %v", p, err)
	}
	if err := a.ForgetContacts(ctx, "ti"); parley.KindOf(err) != parley.NotFound {
		t.Error(err)
	}
	if again, err := a.ImportContacts(ctx, node.BookBatch{Source: "ti", Format: "ti", Rows: []node.BookRow{bookRow(1, "Corvia CERT", "203.0.5.0/24")}, Last: true}); err != nil || again.Taken != 1 || whose("203.0.5.1") != "Corvia CERT ti false" {
		t.Errorf("imported again: %+v %v", again, err)
	}
	for name, b := range map[string]node.BookBatch{
		"a source that is no word": {Source: "../x", Format: "ti"},
		"a format that is none":    {Source: "ti", Format: "vcard"},
		"a batch too large":        {Source: "ti", Format: "ti", Rows: make([]node.BookRow, node.MaxBookBatch+1)},
	} {
		if _, err := a.ImportContacts(ctx, b); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := a.Book(ctx, node.BookQuery{After: "!"}); parley.KindOf(err) != parley.Invalid {
		t.Error(err)
	}
}
