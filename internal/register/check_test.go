package register_test

import (
	"encoding/json"
	"math/rand/v2"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

var mfa = parley.Body("borea.example/mfa")

const codeWords = "river window lemon"

func (c *circle) ping(from parley.Body, route string, to ...parley.Body) written {
	ping := &seal.Check{Step: seal.CheckPing, Route: route, Series: route}
	if route != "line" {
		ping.Commit = seal.CheckCommit(codeWords).String()
	}
	return c.say(from, to, seal.Message{Kind: parley.KindCheck, Step: seal.CheckPing, Content: content(c.t, ping)})
}

func (c *circle) follow(from parley.Body, ping written, f seal.Check) written {
	f.Route = "telephone"
	to := ping.from
	if from.Party() == ping.from.Party() {
		to = borea
	}
	return c.say(from, []parley.Body{to}, seal.Message{Kind: parley.KindCheck, Step: f.Step, Thread: ping.thread, Answers: ping.id, Content: content(c.t, &f)})
}

// TestCheckResults: what comes of a test, as both sides fold it. ENTRY-26, ENTRY-31
func TestCheckResults(t *testing.T) {
	reply := func(result, code string) seal.Check {
		return seal.Check{Step: seal.CheckReply, Result: result, Code: code, Role: "duty-officer"}
	}
	type said struct {
		by   parley.Body
		what seal.Check
	}
	for _, x := range []struct {
		name   string
		route  string
		after  []said
		want   string
		strays int
	}{
		{"nobody replies", "telephone", nil, register.CheckOpen, 0},
		{"the line", "line", []said{{borea, seal.Check{Step: seal.CheckReply}}}, register.CheckAnswered, 0},
		{"the code was heard", "telephone", []said{{borea, reply("reached", codeWords)}}, register.CheckAnswered, 0},
		{"another code", "telephone", []said{{borea, reply("reached", "river window candle")}}, register.CheckWrongCode, 0},
		{"no code", "telephone", []said{{borea, reply("reached", "")}}, register.CheckNoCode, 0},
		{"it never rang", "telephone", []said{{borea, reply("failed", "")}}, register.CheckFailed, 0},
		{"the tester says it just rang", "telephone", []said{{aster, seal.Check{Step: seal.CheckTried, Result: "failed"}}}, register.CheckFailed, 0},
		{"the tester alone cannot say it worked", "telephone", []said{{aster, seal.Check{Step: seal.CheckTried, Result: "reached"}}}, register.CheckOpen, 0},
		{"a reply by another body of theirs", "telephone", []said{{mfa, reply("reached", codeWords)}}, register.CheckOpen, 1},
		{"a reply by a third party", "telephone", []said{{corvia, reply("reached", codeWords)}}, register.CheckOpen, 1},
		{"a reply by the tester's own party", "telephone", []said{{"aster.example/mfa", reply("reached", codeWords)}}, register.CheckOpen, 1},
		{"the same reply twice", "telephone", []said{{borea, reply("reached", codeWords)}, {borea, reply("reached", codeWords)}}, register.CheckAnswered, 1},
		{"two replies that differ", "telephone", []said{{borea, reply("failed", "")}, {borea, reply("reached", codeWords)}}, register.CheckConflict, 1},
	} {
		t.Run(x.name, func(t *testing.T) {
			c := newCircle(t)
			ping := c.ping(aster, x.route, borea)
			for _, s := range x.after {
				c.follow(s.by, ping, s.what)
			}
			for _, us := range []parley.Party{parleytest.Aster, parleytest.Borea} {
				d := c.desk(us).all(3)
				list, err := d.Tests(t.Context(), c.ref(parleytest.Aster, 0))
				if err != nil || len(list) != 1 {
					t.Fatalf("%s: %d tests, %v", us, len(list), err)
				}
				got := list[0]
				strays := x.strays
				if us == parleytest.Borea && len(x.after) > 0 && x.after[0].by.Party() != parleytest.Aster && x.after[0].by.Party() != us {
					strays = 0 // what a third tells Aster, Borea does not read
				}
				if us == parleytest.Borea && len(x.after) > 0 && x.after[0].by == "aster.example/mfa" {
					strays = x.strays
				}
				if got.Result != x.want || got.Strays != strays || got.Ours != (us == parleytest.Aster) || got.Body != borea || got.Route != x.route {
					t.Errorf("%s: %+v, want %s and %d strays", us, got, x.want, strays)
				}
				if x.want == register.CheckAnswered && (got.Reply.Origin.Party() != parleytest.Borea || got.Took != time.Second) {
					t.Errorf("%s: replied by %s after %v", us, got.Reply, got.Took)
				}
				// A ping waits for a person of those who are tested, until the tested body replies.
				if us == parleytest.Borea {
					waits := d.find(ping).Waits
					if replied := x.want == register.CheckAnswered || x.want == register.CheckNoCode || x.want == register.CheckWrongCode ||
						x.want == register.CheckConflict || x.name == "it never rang"; waits == replied {
						t.Errorf("waits for a person: %v", waits)
					}
				}
			}
		})
	}
}

// TestCheckHistory: pages for each body and route, the same whatever arrived first;
// and the registers built again have the same rows.
func TestCheckHistory(t *testing.T) {
	c := newCircle(t)
	for i := range 7 {
		ping := c.ping(aster, []string{"telephone", "line"}[i%2], borea, mfa)
		if i%3 == 0 {
			c.follow(borea, ping, seal.Check{Step: seal.CheckReply, Code: codeWords})
		}
	}
	c.ping(borea, "fax", aster)
	d := c.desk(parleytest.Aster).all(1)
	count := func(other parley.Body, route string) (n int) {
		for after := ""; ; {
			p, err := d.Checks(t.Context(), register.CheckQuery{Other: other, Route: route, After: after, Limit: 3})
			if err != nil {
				t.Fatal(err)
			}
			n += len(p.Tests)
			for _, x := range p.Tests {
				if other != "" && x.Other != other || route != "" && x.Route != route {
					t.Errorf("%s %s does not belong to %s %s", x.Other, x.Route, other, route)
				}
			}
			if after = p.Next; after == "" {
				return n
			}
		}
	}
	for _, x := range []struct {
		other parley.Body
		route string
		want  int
	}{{"", "", 15}, {borea, "", 8}, {mfa, "", 7}, {borea, "telephone", 4}, {borea, "fax", 1}, {mfa, "fax", 0}, {corvia, "", 0}} {
		if got := count(x.other, x.route); got != x.want {
			t.Errorf("%q %q: %d tests, want %d", x.other, x.route, got, x.want)
		}
	}
	last, ok, err := d.LastTest(t.Context(), c.Agreement().ID(), mfa, "line")
	if err != nil || !ok || last.Body != mfa || last.Route != "line" {
		t.Errorf("last test: %+v %v %v", last, ok, err)
	}
	if _, ok, err := d.LastTest(t.Context(), c.Agreement().ID(), mfa, "pouch"); ok || err != nil {
		t.Errorf("a test that never was: %v %v", ok, err)
	}
	for _, q := range []register.CheckQuery{{Limit: 0}, {Limit: 201}, {Limit: 5, After: "!"}, {Limit: 5, After: "e30x"}} {
		if _, err := d.Checks(t.Context(), q); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if diff, err := sqldb.RegisterDifference(t.Context(), d.db, c.desk(parleytest.Aster).all(9).db); diff != "" || err != nil {
		t.Errorf("another order of arrival: %s %v", diff, err)
	}
}

// TestChecksAndCallsInAnyOrder: pings, replies, records, confirmations, denials and
// statements by anybody about anything, entitled to or not, fold to the same rows in
// any order of arrival, also where the parts of some were erased since.
func TestChecksAndCallsInAnyOrder(t *testing.T) {
	for seed := range uint64(3) {
		c := newCircle(t)
		rnd := rand.New(rand.NewPCG(seed, 77))
		bodies := []parley.Body{aster, borea, corvia, mfa}
		pick := func(not parley.Body) (list []parley.Body) {
			for _, b := range bodies {
				if b.Party() != not.Party() && (rnd.IntN(2) == 0 || len(list) == 0 && b == bodies[3] || not.Party() == mfa.Party() && b == corvia) {
					list = append(list, b)
				}
			}
			return list
		}
		said := []written{c.ping(aster, "telephone", borea)}
		for range 24 {
			from := bodies[rnd.IntN(len(bodies))]
			about := said[rnd.IntN(len(said))]
			m := seal.Message{Kind: parley.KindCall, Thread: about.thread, Answers: about.id}
			to := pick(from)
			switch rnd.IntN(6) {
			case 0:
				said = append(said, c.ping(from, "telephone", to...))
				continue
			case 1:
				f := seal.Check{Step: []string{seal.CheckReply, seal.CheckTried}[rnd.IntN(2)], Route: "telephone", Result: []string{"reached", "failed"}[rnd.IntN(2)]}
				m.Kind, m.Step, m.Content = parley.KindCheck, f.Step, content(t, &f)
			case 2:
				m = seal.Message{Kind: parley.KindCall, Step: parley.CallRecord, Content: json.RawMessage(`{"at":"2026-11-22T16:00:00Z","direction":"out","route":"telephone","result":"busy"}`)}
				said = append(said, c.say(from, to, m))
				continue
			case 3:
				m.Step, m.Content = parley.CallConfirm, json.RawMessage(`{}`)
			case 4:
				m.Step, m.Content = parley.CallDeny, json.RawMessage(`{"reason":"time"}`)
			case 5:
				m = seal.Message{Kind: parley.KindWatch, Step: parley.WatchAttended, Content: json.RawMessage(`{"until":"2026-11-23T00:00:00Z"}`)}
			}
			c.say(from, to, m)
		}
		us := []parley.Party{parleytest.Aster, parleytest.Borea, parleytest.Corvia}[seed%3]
		want := c.desk(us).all(0)
		for order := range uint64(2) {
			got := c.desk(us).all(order + 1)
			if diff, err := sqldb.RegisterDifference(t.Context(), want.db, got.db); diff != "" || err != nil {
				t.Fatalf("seed %d, order %d: %s %v", seed, order, diff, err)
			}
		}
		// The part of the first ping is erased: its row goes, as in a node that never had it.
		j := want.judge(c.Parties[parleytest.Aster].Origin, 0)
		if us == parleytest.Corvia {
			continue // it never had it
		}
		gone, facts := j, j.Opened.Facts
		gone.Inside, gone.Facts, gone.Opened = register.InsideGone, &facts, nil
		if err := want.Again(t.Context(), gone); err != nil {
			t.Fatal(err)
		}
		if _, err := want.Tests(t.Context(), j.Ref); parley.KindOf(err) != parley.NotFound {
			t.Errorf("an erased ping still tests: %v", err)
		}
		if err := want.Again(t.Context(), j); err != nil {
			t.Fatal(err)
		}
		if diff, err := sqldb.RegisterDifference(t.Context(), want.db, c.desk(us).all(9).db); diff != "" || err != nil {
			t.Errorf("seed %d: after it came back: %s %v", seed, diff, err)
		}
	}
}
