package bench_test

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// front is the front page of a register: how its rows are put in, and how a face reads it.
type front struct {
	what string
	put  func(p *putting, n uint64)
	page func(t *testing.T, r *register.Register)
}

// fronts are the registers that page and requests do not measure.
func fronts() []front {
	matters := func(kind parley.Kind) func(*testing.T, *register.Register) {
		return func(t *testing.T, r *register.Register) { full(t, opened(t, r, kind), 2) }
	}
	return []front{
		{"incidents, messages", matter(parley.KindIncident, parley.StageEarly, parley.StageFull, parley.StageIntermediate, parley.StageFinal), matters(parley.KindIncident)},
		{"vulnerabilities, messages", matter(parley.KindVulnerability, parley.VulnerabilityReport, parley.VulnerabilityAgree, parley.VulnerabilityUpdate, parley.VulnerabilityLift), matters(parley.KindVulnerability)},
		{"notices, messages", matter(parley.KindNotice, parley.NoticeGive, parley.NoticeChange), matters(parley.KindNotice)},
		{"calls, messages", matter(parley.KindCall, parley.CallRecord, parley.CallConfirm), callPage},
		{"checks of routes, pings and replies", putCheck, checkPage},
		{"contacts, records and ends", putContact, contactPage},
		{"inbox and what waits, messages, one of ten waiting", putInbox, inboxPage},
	}
}

// otherPages reads the front pages of large registers and of small ones, by turns:
// the median of the clock on the wall, and the mean of processor time.
func otherPages(t *testing.T) (rows []row) {
	for _, f := range fronts() {
		if *page != "" && !strings.HasPrefix(f.what, *page) {
			continue
		}
		t.Run(f.what, func(t *testing.T) {
			sizes := [2]int{10_000, *large}
			var wall [2][]time.Duration
			var spent [2]time.Duration
			var registers [2]*register.Register
			for i, size := range sizes {
				registers[i] = f.filled(t, size)
			}
			const rounds = 100
			for range rounds {
				for i, r := range registers {
					began, begin := processor(), time.Now()
					f.page(t, r)
					wall[i], spent[i] = append(wall[i], time.Since(begin)), spent[i]+processor()-began
				}
			}
			small, big := quantile(wall[0], .5), quantile(wall[1], .5)
			what := fmt.Sprintf("front page: %s, %d", f.what, *large)
			rows = append(rows, row{what, ms(big), ms(small) + " (of 10000)", ratio(float64(big), float64(small)), "under 50 ms, within 1.5"},
				row{"the same, processor time", ms(spent[1] / rounds), ms(spent[0] / rounds), ratio(float64(spent[1]), float64(spent[0])), ""})
		})
	}
	return rows
}

// putting is one batch of rows on their way in.
type putting struct {
	tx           *sqldb.Tx
	ours, theirs int64
	agreement    parley.Hash
	size         uint64
	messages     []sqldb.Message
	checks       []sqldb.CheckRow
	err          error
}

// filled is a register with so many rows, as folding leaves them.
func (f *front) filled(t *testing.T, size int) *register.Register {
	db, err := sqldb.Open(t.Context(), filepath.Join(t.TempDir(), "register.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	r, err := register.New(db) // before the rows: it drops those of other rules
	if err != nil {
		t.Fatal(err)
	}
	law := parley.Sum([]byte("bench"))
	for at := 0; at < size; at += 10_000 {
		err := db.Update(t.Context(), func(tx *sqldb.Tx) error {
			a, err := tx.PutJournal(sqldb.Journal{Origin: parley.Origin(aster + "/0123456789abcdef"), Agreement: law, Party: aster, Role: sqldb.Ours, Opened: firstDay})
			if err != nil {
				return err
			}
			b, err := tx.PutJournal(sqldb.Journal{Origin: parley.Origin(borea + "/fedcba9876543210"), Agreement: law, Party: borea, Role: sqldb.Theirs, Opened: firstDay})
			if err != nil {
				return err
			}
			p := &putting{tx: tx, ours: a.ID, theirs: b.ID, agreement: law, size: uint64(size)}
			for n := at; n < min(size, at+10_000); n++ {
				f.put(p, uint64(n))
			}
			if p.err != nil {
				return p.err
			}
			if err := tx.PutMessages(p.messages); err != nil {
				return err
			}
			return tx.PutChecks(p.checks)
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	return r
}

// message is one of ours, or one of theirs to us.
func (p *putting) message(n uint64, ours bool, kind parley.Kind, step string) sqldb.Message {
	m := messageAt(p.ours, n, kind, step)
	if !ours {
		m.Journal, m.From, m.To, m.Box = p.theirs, borea+"/cert", []parley.Body{aster + "/cert"}, register.BoxIn
	}
	return m
}

// matter puts messages in threads: the first step opens one, by us and by them by
// turns, and the others follow. The newest threads have their steps.
func matter(kind parley.Kind, steps ...string) func(*putting, uint64) {
	each := uint64(len(steps))
	return func(p *putting, n uint64) {
		first := n - n%each
		ours := first/each%2 == 0
		answers := kind == parley.KindCall || steps[n%each] == parley.VulnerabilityAgree // by the other side
		m := p.message(n, ours != (answers && n != first), kind, steps[n%each])
		if n != first {
			m.Thread, m.Answers, m.Seq = parley.Hash(messageID(first)), messageID(first), int(n%each)+1
			p.messages = append(p.messages, m)
			return
		}
		p.messages = append(p.messages, m)
		if n+1000 < p.size {
			return
		}
		var list []sqldb.Step
		for k := uint64(1); k < each; k++ {
			s := p.message(n+k, ours != (kind == parley.KindCall || steps[k] == parley.VulnerabilityAgree), kind, steps[k])
			list = append(list, sqldb.Step{Journal: m.Journal, Index: n, Place: int(k), Says: string(kind) + "." + steps[k], From: s.From, ByJournal: s.Journal, ByIndex: n + k, Said: s.Said})
		}
		if err := p.tx.SetSteps(m.Journal, n, list); err != nil {
			p.err = err
		}
	}
}

func opened(t *testing.T, r *register.Register, kind parley.Kind) []register.Message {
	p, err := r.List(t.Context(), register.Query{Kind: kind, Opens: true, Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	return p.Messages
}

// full fails where a page has fewer than fifty, or its first matter fewer steps.
func full(t *testing.T, list []register.Message, taken int) {
	if len(list) != 50 || len(list[0].Taken()) < taken {
		t.Fatalf("%d messages: %+v", len(list), list)
	}
}

// callPage reads calls on record, and each of them again with its proofs.
func callPage(t *testing.T, r *register.Register) {
	list := opened(t, r, parley.KindCall)
	full(t, list, 2)
	for i := range list {
		m, err := r.At(t.Context(), list[i].Ref)
		if err != nil || register.CallState(&m) != register.CallConfirmed {
			t.Fatalf("%+v, %v", m, err)
		}
	}
}

// putCheck puts a ping and its reply by turns, of eight bodies and two routes.
func putCheck(p *putting, n uint64) {
	first := n - n%2
	pair := first / 2
	ours := pair%2 == 0
	who := parley.Body(fmt.Sprintf("%s/desk%d", borea, pair/2%8))
	m := p.message(n, ours == (n == first), parley.KindCheck, seal.CheckPing)
	c := sqldb.CheckRow{Journal: m.Journal, Index: n, Ours: m.Journal == p.ours, ID: m.ID, Step: seal.CheckPing, Route: []string{agreement.RouteLine, parley.RouteTelephone}[pair/16%2], Stored: m.Stored}
	switch {
	case ours && n == first:
		m.To, c.Addressee, c.Other = []parley.Body{who}, who, who
	case ours:
		m.From = who
	case n == first:
		m.From, c.Addressee, c.Other = who, aster+"/cert", who
	default:
		m.To = []parley.Body{who}
	}
	if c.From = m.From; n != first {
		m.Step, c.Step, c.Result = seal.CheckReply, seal.CheckReply, seal.CheckReached
		m.Thread, m.Answers, m.Seq, c.Answers = parley.Hash(messageID(first)), messageID(first), 2, messageID(first)
	}
	p.messages, p.checks = append(p.messages, m), append(p.checks, c)
}

// checkPage reads the history, the newest among which those that wait are looked
// for, the history of one route and the newest test of a series.
func checkPage(t *testing.T, r *register.Register) {
	for _, q := range []register.CheckQuery{{Limit: 50}, {Limit: 200}, {Other: borea + "/desk3", Route: parley.RouteTelephone, Limit: 50}} {
		p, err := r.Checks(t.Context(), q)
		if err != nil || len(p.Tests) != q.Limit || p.Tests[0].Result != register.CheckAnswered {
			t.Fatalf("%d tests, %v", len(p.Tests), err)
		}
	}
	if _, ok, err := r.LastTest(t.Context(), parley.Sum([]byte("bench")), borea+"/desk2", ""); !ok || err != nil {
		t.Fatal(err)
	}
}

// putContact puts records of points, ten for each; two hundred points stand, the
// others were ended.
func putContact(p *putting, n uint64) {
	points := p.size / 10
	k := n % points
	body := parley.Body(fmt.Sprintf("%s/desk%02d", borea, k%64))
	point := fmt.Sprintf("p%d", k)
	c := sqldb.ContactRow{Journal: p.theirs, Index: n, Agreement: p.agreement, Party: borea, Body: body, Point: point, Track: "duty", Height: n}
	last := n >= p.size-points
	if last && k%(points/200) != 0 {
		c.Track = ""
	}
	err := p.tx.PutContacts([]sqldb.ContactRow{c})
	if err == nil && last {
		err = p.tx.SetLatestContact(sqldb.ContactPoint{Agreement: c.Agreement, Body: body, Point: point}, &c)
	}
	if err != nil {
		p.err = err
	}
}

func contactPage(t *testing.T, r *register.Register) {
	list, err := r.Contacts(t.Context(), nil, 50)
	if err != nil || len(list) != 50 {
		t.Fatalf("%d points, %v", len(list), err)
	}
}

// putInbox puts hotline messages to us, of which one of ten waits for a person and
// one of a thousand is a flash.
func putInbox(p *putting, n uint64) {
	m := p.message(n, false, parley.KindHotline, "")
	if m.Rank, m.Waits = 3, n%10 == 0; n%1000 == 0 {
		m.Rank = 0
	}
	p.messages = append(p.messages, m)
}

// inboxPage reads the inbox, what waits, and the number of it that every page shows.
func inboxPage(t *testing.T, r *register.Register) {
	p, err := r.Inbox(t.Context(), "", 50)
	if err != nil || len(p.Messages) != 50 {
		t.Fatalf("%d messages, %v", len(p.Messages), err)
	}
	if list, err := r.Waiting(t.Context(), 200); err != nil || len(list) != 200 {
		t.Fatalf("%d wait, %v", len(list), err)
	}
	all, _, err := node.NewLists(nil, r).CountWaitingFor(t.Context(), []parley.Body{aster + "/cert"})
	if err != nil || all != 1000 {
		t.Fatalf("%d wait, %v", all, err)
	}
}

var firstDay = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

func messageID(n uint64) parley.MessageID {
	return parley.MessageID(sha256.Sum256(binary.BigEndian.AppendUint64(nil, n)))
}

// messageAt is the row of a message of ours that opens a thread, as folding leaves it.
func messageAt(journal int64, n uint64, kind parley.Kind, step string) sqldb.Message {
	id, stored := messageID(n), firstDay.Add(time.Duration(n)*time.Second)
	return sqldb.Message{Journal: journal, Index: n, ID: id, Thread: parley.Hash(id), From: aster + "/cert", To: []parley.Body{borea + "/cert"},
		Box: register.BoxOut, Listed: true, Inside: string(register.InsideOpened), Kind: kind, Step: step, Version: 1, Marking: "TLP:AMBER",
		Said: stored, Stored: stored, Height: n, Folded: sqldb.Folded{Seq: 1}}
}
