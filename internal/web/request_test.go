package web

import (
	"bytes"
	"context"
	"fmt"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	kindform "parley.example/parley/form"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/officer"
)

// asking is the requests that a memory knows by heart. It implements Requesting.
type asking struct {
	views []node.RequestView // newest first
}

func (m *asking) Requests(_ context.Context, _ officer.Officer, q node.RequestQuery) (out node.RequestList, err error) {
	for i := range m.views {
		if r := m.views[i].RequestRow; r.Ours == (q.Side == node.SideMine) && (!q.Open || r.Open) {
			out.Rows = append(out.Rows, r)
		}
	}
	if q.After == "" && len(out.Rows) > 0 {
		out.Next = "more"
	}
	return out, nil
}

func (m *asking) Request(_ context.Context, _ officer.Officer, id string, _ []string) (node.RequestView, error) {
	for _, v := range m.views {
		if v.ID == id {
			return v, nil
		}
	}
	return node.RequestView{}, parley.E(parley.NotFound, "there is no such request")
}

func (m *asking) Text(context.Context, officer.Officer, string) (*agreement.Agreement, error) {
	return &agreement.Agreement{Language: agreement.Language{Authentic: []string{"en"}, Working: []string{"en", "ru"}},
		Legal: agreement.Legal{Articles: []agreement.Article{{ID: "3", Title: agreement.Texts{"en": "Assist"}}}},
		Words: agreement.Words{Refusals: []agreement.Ground{{ID: "law", Title: agreement.Texts{"en": "Not permitted by our law"}}}}}, nil
}

// asked puts a request of Borea for mitigation on the desk, due in an hour.
func asked(h *house, n int, status string, running *node.Running) node.RequestView {
	at := h.now().UTC()
	v := node.RequestView{RequestRow: node.RequestRow{Row: node.Row{ID: fmt.Sprintf("%064x", n), Short: fmt.Sprintf("borea/%d", n), From: boreaCert, To: []parley.Body{asterCert},
		Kind: parley.KindRequest, Step: parley.RequestMitigation, Precedence: parley.Immediate, Line: "Scans of our <registry>", Marking: "TLP:AMBER", Said: at},
		Invokes: "3", Clock: "request", Title: "A request is answered", Open: true,
		Answers: []node.RequestAnswer{{Party: "aster.example", Status: status, Delivered: at, Running: running}}},
		Fields: []kindform.Row{{Name: "invokes", Title: "Invokes", Type: kindform.Term, Values: []kindform.Shown{{Value: "3", Text: "3, Assist"}}},
			{Name: "activity", Title: "Активность", Type: kindform.Text, Values: []kindform.Shown{{Text: "<script>alert(1)</script>\nsecond line", Language: "ru"}}}},
		Thread: []node.RequestItem{{View: node.View{Row: node.Row{ID: strings.Repeat("c", 64), Short: "aster/9", Kind: parley.KindResponse, Step: "refuse", From: asterMFA, Said: at}}, Because: "not asked"}},
		Next:   []string{"response.acknowledge", "response.offer", "response.refuse", "contest"}}
	h.views = slices.Insert(h.views, 0, v)
	return v
}

func (b *browser) form(path string, pairs ...string) answer {
	b.h.t.Helper()
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for i := 0; i < len(pairs); i += 2 {
		if err := w.WriteField(pairs[i], pairs[i+1]); err != nil {
			b.h.t.Fatal(err)
		}
	}
	w.Close()
	r, err := http.NewRequest("POST", b.h.url+path, &body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", w.FormDataContentType())
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	return b.do(r)
}

const aNonce = "000102030405060708090a0b0c0d0e0f"

// TestRequestPages: both lists, one request, its forms, and what comes back when
// something is wrong, without a line of JavaScript.
func TestRequestPages(t *testing.T) {
	h := newHouse(t)
	due := h.now().UTC().Add(time.Hour)
	v := asked(h, 7, "in progress", &node.Running{Start: h.now(), Due: due, Verdict: clock.Open, Age: "2 days", Zones: []node.Zoned{{Party: "borea.example", Local: "2026-11-25 17:00 +02:00"}}})
	asked(h, 8, "delivered", &node.Running{Start: h.now(), Due: due, Verdict: clock.Late, Lapsed: true, Age: "9 days"})
	b := h.as("anna")
	b.get("/requests").want(t, 200, "<h1>Requests</h1>", "Asked of us", "In progress", "Lapsed, no answer on record", "9 days old", "We have asked nothing here.",
		"?theirs=more", "article 3", "Scans of our &lt;registry&gt;")
	b.get("/requests?open=1&theirs=x").want(t, 200, "Show all", `href="/requests"`)
	page := b.get("/request/" + v.ID)
	page.want(t, 200, "does not say that the other side is responsible", "3, Assist", "&lt;script&gt;alert(1)&lt;/script&gt;", `lang="ru"`, "2026-11-25 17:00 &#43;02:00",
		"Does not count: this body was not asked.", `action="/request/`+v.ID+`/response.refuse"`, "Not permitted by our law", `id="response.offer-terms"`, "A lapse is a fact about a record")
	b.get("/request/"+strings.Repeat("0", 64)).want(t, 404, "no such request")

	// What is missing is said beside its field, and what was written is kept.
	a := b.form("/request/"+v.ID+"/response.refuse", "nonce", aNonce, "language", "ru", "f.ground", "", "f.text", "Статья 10 <b>")
	a.want(t, 400, "ground: missing", "Статья 10 &lt;b&gt;", `<details id="response.refuse" open>`, aNonce)
	b.form("/request/"+v.ID+"/response.refuse", "nonce", aNonce, "f.ground", "mood", "f.text", "no").want(t, 400, "law")
	b.form("/request/"+v.ID+"/response.refuse", "nonce", aNonce, "f.mood", "x").want(t, 400, "has no field")
	b.form("/request/"+v.ID+"/response.refuse", "f.text", "no").want(t, 400, "not one of this desk")
	b.form("/request/"+v.ID+"/request.information", "nonce", aNonce).want(t, 404)
	b.form("/request/"+v.ID+"/response.refuse", "nonce", aNonce, "f.text", strings.Repeat("x", 100<<10)).want(t, 400, "at most")
	h.next = parley.E(parley.Conflict, "borea/7 was withdrawn: no answer is owed").WithHint("answer it in words")
	b.form("/request/"+v.ID+"/response.refuse", "nonce", aNonce, "f.ground", "law", "f.text", "no").want(t, 409, "no answer is owed", "answer it in words")
	if a := b.form("/request/"+v.ID+"/response.refuse", "nonce", aNonce, "language", "ru", "f.ground", "law", "f.text", "Статья 10\r\nзапрещает"); a.StatusCode != 303 || a.Header.Get("Location") != "/request/"+v.ID+"?done=sent" {
		t.Errorf("%d %s", a.StatusCode, a.Header.Get("Location"))
	}
	if len(h.filled) != 1 || h.filled[0].Step != "refuse" || h.filled[0].Answers != v.ID || h.filled[0].Fields["text"] != "Статья 10\nзапрещает" {
		t.Errorf("sent %+v", h.filled)
	}
}

// TestAskPage: the form of each request, in the reader's language.
func TestAskPage(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	b.get("/requests/new").want(t, 200, "Request for information", `name="f.question"`, "3, Assist", "(required)")
	b.get("/requests/new?for=preservation").want(t, 200, `name="f.authority"`, `name="f.intent"`)
	b.get("/requests/new?for=nothing").want(t, 404, "no such request")
	r, _ := http.NewRequest("GET", h.url+"/requests/new?for=preservation", nil)
	r.Header.Set("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.5")
	b.do(r).want(t, 200, "数据保全请求", "主管机关")
	fields := []string{"nonce", aNonce, "agreement", strings.Repeat("a", 64), "step", "information", "from", string(asterCert), "precedence", "immediate", "language", "en",
		"f.invokes", "3", "f.reading", "We read it so.", "f.question", "Whose range is it?", "f.networks", "192.0.2.0/24\r\n198.51.100.0/24"}
	b.form("/requests/new", append(fields, "f.use", "To ask.")...).want(t, 400, "nobody is addressed", "Whose range is it?")
	b.form("/requests/new", append(fields, "to", string(boreaCert))...).want(t, 400, "use: missing", "192.0.2.0/24")
	a := b.form("/requests/new", append(fields, "to", string(boreaCert), "f.use", "To ask.")...)
	if a.StatusCode != 303 || len(h.filled) != 1 || h.filled[0].Precedence != parley.Immediate || h.filled[0].Fields["networks"] != "192.0.2.0/24\n198.51.100.0/24" {
		t.Errorf("%d %+v\n%.500s", a.StatusCode, h.filled, a.body)
	}
}

// TestPageOfRequests looks at the pages in a browser.
func TestPageOfRequests(t *testing.T) {
	h := newHouse(t)
	b := chromium(h)
	due := h.now().UTC().Add(time.Hour)
	v := asked(h, 7, "in progress", &node.Running{Start: h.now(), Due: due, Verdict: clock.Open, Age: "2 days", Zones: []node.Zoned{{Party: "borea.example", Local: "2026-11-25 17:00 +02:00"}, {Party: "aster.example", Local: "2026-11-25 16:00 +01:00"}}})
	asked(h, 8, "delivered", &node.Running{Start: h.now(), Due: due.Add(-48 * time.Hour), Verdict: clock.Late, Lapsed: true, Age: "9 days"})
	b.login("anna")
	for name, path := range map[string]string{"requests": "/requests", "request": "/request/" + v.ID, "ask": "/requests/new?for=preservation"} {
		b.open(path)
		b.shot(name, 1280, "light")
		b.shot(name+"-narrow", 390, "light")
		for _, scheme := range []string{"light", "dark"} {
			b.do(media(scheme))
			if got := b.eval(audit); got != "" {
				t.Errorf("%s in %s:\n%s", path, scheme, got)
			}
		}
		if got := b.eval(`document.documentElement.scrollWidth > document.documentElement.clientWidth ? "scrolls sideways" : ""`); got != "" {
			t.Errorf("%s %s", path, got)
		}
	}
}
