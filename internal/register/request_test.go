package register_test

import (
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"testing"

	"parley.example/parley"
	"parley.example/parley/form"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/register"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// dailyWorld is made once: its keys take longest.
var dailyWorld = sync.OnceValues(func() (*parleytest.World, error) {
	return parleytest.MakeWorld(7, parleytest.Daily, "", parleytest.Aster, parleytest.Borea, parleytest.Corvia)
})

// daily is a circle whose agreement has requests.
func daily(t testing.TB) *circle {
	t.Helper()
	w, err := dailyWorld()
	if err != nil {
		t.Fatal(err)
	}
	c := &circle{World: w, t: t, journals: map[parley.Origin][]written{}, first: map[parley.Origin]map[string]int{}, judged: map[string]register.Judged{}}
	for _, p := range []parley.Party{parleytest.Aster, parleytest.Borea, parleytest.Corvia} {
		c.origins = append(c.origins, c.Parties[p].Origin)
	}
	return c
}

// filled is content of a form in which every field that is owed says something.
func (c *circle) filled(kind parley.Kind, step string, more map[string]any) json.RawMessage {
	c.t.Helper()
	f, ok := form.Find(kind, step, 1)
	if !ok {
		c.t.Fatalf("no form %s.%s", kind, step)
	}
	values := map[string]any{}
	for _, field := range f.Fields {
		switch {
		case !field.Required:
		case field.Type == form.Text:
			values[field.Name] = "words"
		case field.Type == form.Time:
			values[field.Name] = "2026-11-20T09:00:00Z"
		case field.Name == "invokes":
			values[field.Name] = "3"
		case field.Name == "ground":
			values[field.Name] = "law"
		case len(field.Choices) > 0:
			values[field.Name] = field.Choices[0].ID
		}
	}
	if step == parley.RequestMitigation {
		values["domains"] = "host.borea.example"
	}
	for k, v := range more {
		values[k] = v
	}
	raw, err := f.Fill(values, c.Agreement())
	if err != nil {
		c.t.Fatal(err)
	}
	return raw
}

func (c *circle) ask(step string, from parley.Body, to ...parley.Body) written {
	return c.say(from, to, seal.Message{Kind: parley.KindRequest, Step: step, Clock: "request", Content: c.filled(parley.KindRequest, step, nil)})
}

// reply says "response.refuse", "withdraw" or "contest" to a request; blind to what those parties wrote.
func (c *circle) reply(from parley.Body, says string, to written, blind ...parley.Party) written {
	kind, step, _ := strings.Cut(says, ".")
	addressee := []parley.Body{to.from}
	if from == to.from {
		addressee = []parley.Body{borea}
	}
	return c.say(from, addressee, seal.Message{Kind: parley.Kind(kind), Step: step, Thread: to.thread, Answers: to.id,
		Content: c.filled(parley.Kind(kind), step, nil)}, blind...)
}

var boreaMFA = parley.Body("borea.example/mfa")

// The status with each addressee, whatever arrives first; on both sides the same.
// REQUEST-5, REQUEST-7, REQUEST-8, REQUEST-9, REQUEST-10
func TestRequestStatus(t *testing.T) {
	type line struct {
		by   parley.Body
		says string
	}
	for _, tc := range []struct {
		name   string
		to     []parley.Body
		lines  []line
		status map[parley.Party]register.Status
		open   bool
		aside  []register.Because
		answer string // what meets Borea's clock
	}{
		{"nobody says anything", []parley.Body{borea}, nil, map[parley.Party]register.Status{"borea.example": "asked"}, true, nil, ""},
		{"acknowledged by a response", []parley.Body{borea}, []line{{borea, "response.acknowledge"}}, map[parley.Party]register.Status{"borea.example": "acknowledged"}, true, nil, ""},
		{"acknowledged by a receipt", []parley.Body{borea}, []line{{borea, "acknowledged"}}, map[parley.Party]register.Status{"borea.example": "acknowledged"}, true, nil, ""},
		{"answered in words alone", []parley.Body{borea}, []line{{borea, "hotline"}}, map[parley.Party]register.Status{"borea.example": "seen"}, true, nil, ""},
		{"offered, then under way", []parley.Body{borea}, []line{{borea, "response.offer"}, {borea, "response.progress"}}, map[parley.Party]register.Status{"borea.example": "in progress"}, true, nil, "response.offer"},
		{"answered", []parley.Body{borea}, []line{{borea, "response.acknowledge"}, {borea, "response.offer"}, {borea, "response.result"}}, map[parley.Party]register.Status{"borea.example": "answered"}, false, nil, "response.offer"},
		{"progress after the result", []parley.Body{borea}, []line{{borea, "response.result"}, {borea, "response.progress"}}, map[parley.Party]register.Status{"borea.example": "answered"}, false, []register.Because{register.Superseded}, "response.result"},
		{"refused, then granted", []parley.Body{borea}, []line{{borea, "response.refuse"}, {borea, "response.result"}}, map[parley.Party]register.Status{"borea.example": "answered"}, false, nil, "response.refuse"},
		{"cannot ensure", []parley.Body{borea}, []line{{borea, "response.cannot-ensure"}}, map[parley.Party]register.Status{"borea.example": "cannot ensure"}, false, nil, "response.cannot-ensure"},
		{"contested", []parley.Body{borea}, []line{{borea, "contest"}}, map[parley.Party]register.Status{"borea.example": "contested"}, true, nil, ""},
		{"declined by a receipt", []parley.Body{borea}, []line{{borea, "declined"}}, map[parley.Party]register.Status{"borea.example": "declined"}, true, nil, "declined"},
		{"withdrawn", []parley.Body{borea}, []line{{aster, "withdraw"}}, map[parley.Party]register.Status{"borea.example": "withdrawn"}, false, nil, ""},
		{"answered after the withdrawal", []parley.Body{borea}, []line{{aster, "withdraw"}, {borea, "response.result"}}, map[parley.Party]register.Status{"borea.example": "withdrawn"}, false, []register.Because{register.TooLate}, ""},
		{"withdrawn after the answer", []parley.Body{borea}, []line{{borea, "response.refuse"}, {aster, "withdraw"}}, map[parley.Party]register.Status{"borea.example": "refused"}, false, nil, "response.refuse"},
		{"withdrawn by another body of the asker", []parley.Body{borea}, []line{{"aster.example/mfa", "withdraw"}}, map[parley.Party]register.Status{"borea.example": "asked"}, true, nil, ""},
		{"withdrawn by who was asked", []parley.Body{borea}, []line{{borea, "withdraw"}}, map[parley.Party]register.Status{"borea.example": "asked"}, true, nil, ""},
		{"answered by a body that was not asked", []parley.Body{borea}, []line{{boreaMFA, "response.refuse"}}, map[parley.Party]register.Status{"borea.example": "asked"}, true, []register.Because{register.NotAsked}, ""},
		{"answered by a third", []parley.Body{borea}, []line{{corvia, "response.result"}}, map[parley.Party]register.Status{"borea.example": "asked"}, true, nil, ""},
		{"two bodies contradict each other", []parley.Body{borea, boreaMFA}, []line{{borea, "response.offer"}, {boreaMFA, "response.refuse"}}, map[parley.Party]register.Status{"borea.example": "conflict"}, true, nil, "response.offer"},
		{"and agree in the end", []parley.Body{borea, boreaMFA}, []line{{borea, "response.offer"}, {boreaMFA, "response.refuse"}, {borea, "response.refuse"}}, map[parley.Party]register.Status{"borea.example": "refused"}, false, nil, "response.offer"},
		{"two bodies say one thing", []parley.Body{borea, boreaMFA}, []line{{borea, "response.result"}, {boreaMFA, "response.result"}}, map[parley.Party]register.Status{"borea.example": "answered"}, false, nil, "response.result"},
		{"two parties stand side by side", []parley.Body{borea, corvia}, []line{{borea, "response.refuse"}, {corvia, "response.offer"}}, map[parley.Party]register.Status{"borea.example": "refused", "corvia.example": "offered"}, true, nil, "response.refuse"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			c := daily(t)
			asked := c.ask(parley.RequestAssistance, aster, tc.to...)
			for _, l := range tc.lines {
				switch l.says {
				case "acknowledged":
					c.receipt(l.by, seal.SaysAcknowledged, "", asked)
				case "declined":
					c.receipt(l.by, seal.SaysDeclined, "not now", asked)
				case "hotline":
					c.answer(l.by, asked)
				default:
					c.reply(l.by, l.says, asked)
				}
			}
			for _, us := range []parley.Party{parleytest.Aster, parleytest.Borea} {
				for order := range uint64(2) {
					d := c.desk(us).all(order)
					box := map[parley.Party]string{parleytest.Aster: register.BoxOut, parleytest.Borea: register.BoxIn}[us]
					page, err := d.Requests(t.Context(), register.RequestQuery{Box: box, Limit: 10})
					if err != nil || len(page.Requests) != 1 {
						t.Fatalf("%s: %d requests, %v", us, len(page.Requests), err)
					}
					q := page.Requests[0]
					opened, _ := d.Requests(t.Context(), register.RequestQuery{Box: box, Open: true, Limit: 10})
					if q.Open != tc.open || len(opened.Requests) == 1 != tc.open {
						t.Errorf("%s: open is %t, %d listed", us, q.Open, len(opened.Requests))
					}
					for _, a := range q.With {
						if us != aster.Party() && a.Party != us {
							continue // what a third answers is not for us
						}
						if tc.status[a.Party] != a.Status {
							t.Errorf("%s, order %d: %s with %s, want %s", us, order, a.Status, a.Party, tc.status[a.Party])
						}
						if a.Party != parleytest.Borea {
							continue
						}
						var why []register.Because
						for _, x := range a.Aside {
							why = append(why, x.Because)
						}
						met := ""
						if a.Answer != nil {
							met = a.Answer.Says
						}
						if !slices.Equal(why, tc.aside) || met != tc.answer {
							t.Errorf("%s: aside %v, met by %q", us, why, met)
						}
					}
				}
			}
		})
	}
}

// A request that is replayed, in its own journal or another's, is no second one.
func TestRequestReplayed(t *testing.T) {
	c := daily(t)
	c.ask(parley.RequestInformation, aster, borea)
	o, other := c.origins[0], c.origins[2]
	c.journals[o] = append(c.journals[o], c.journals[o][0])
	c.journals[other] = append(c.journals[other], c.journals[o][0])
	d := c.desk(parleytest.Borea).all(1)
	page, err := d.Requests(t.Context(), register.RequestQuery{Box: register.BoxIn, Limit: 10})
	if err != nil || len(page.Requests) != 1 {
		t.Fatalf("%d requests, %v", len(page.Requests), err)
	}
}

// What crosses is folded alike, whichever side hears of the other first. REQUEST-9
func TestRequestCrossed(t *testing.T) {
	c := daily(t)
	asked := c.ask(parley.RequestAssistance, aster, borea)
	c.reply(aster, "withdraw", asked, parleytest.Borea)
	c.reply(borea, "response.result", asked)
	a, b := c.desk(parleytest.Aster).all(1), c.desk(parleytest.Borea).all(2)
	for _, d := range []*desk{a, b} {
		q, err := d.Request(t.Context(), c.ref(aster.Party(), 0))
		if err != nil || q.Withdrawn == nil || len(q.With) != 1 || q.With[0].Status != register.StatusWithdrawn {
			t.Errorf("%s: %+v, %v", d.us, q.With, err)
		}
	}
	if _, err := a.Request(t.Context(), c.ref(aster.Party(), 1)); parley.KindOf(err) != parley.NotFound {
		t.Errorf("a withdrawal is no request: %v", err)
	}
}

// Pages of both sides, one after the other, without a gap.
func TestRequestPages(t *testing.T) {
	c := daily(t)
	for range 7 {
		c.ask(parley.RequestInformation, aster, borea)
		c.ask(parley.RequestInformation, borea, aster)
	}
	d := c.desk(parleytest.Aster).all(1)
	for _, box := range []string{register.BoxIn, register.BoxOut} {
		n := 0
		for after := ""; ; {
			p, err := d.Requests(t.Context(), register.RequestQuery{Box: box, After: after, Limit: 3})
			if err != nil {
				t.Fatal(err)
			}
			n += len(p.Requests)
			if after = p.Next; after == "" {
				break
			}
		}
		if n != 7 {
			t.Errorf("%s: %d requests", box, n)
		}
	}
	for _, q := range []register.RequestQuery{{Box: register.BoxIn}, {Box: "", Limit: 10}, {Box: register.BoxIn, Limit: 10, After: "?"}} {
		if _, err := d.Requests(t.Context(), q); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%+v: %v", q, err)
		}
	}
	if diff, err := sqldb.RegisterDifference(t.Context(), d.db, c.desk(parleytest.Aster).all(9).db); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
