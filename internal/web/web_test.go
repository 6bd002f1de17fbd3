package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"parley.example/parley"
)

func TestEveryRouteNeedsASessionOrSaysSo(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	for _, rt := range h.handler.routes() {
		method, path, ok := strings.Cut(rt.pattern, " ")
		if !ok {
			continue
		}
		path = strings.NewReplacer("{$}", "", "{id}", "x", "{n}", "0", "{act}", "seen", "{hash}", "x", "{name}", "x").Replace(path)
		var a answer
		if method == "GET" {
			a = b.get(path)
		} else {
			a = b.post(path)
		}
		closed := a.StatusCode == http.StatusUnauthorized || a.StatusCode == http.StatusForbidden ||
			a.StatusCode == http.StatusSeeOther && strings.HasPrefix(a.Header.Get("Location"), "/login")
		if rt.open == closed && path != "/login" {
			t.Errorf("%s without a session: %d %s", rt.pattern, a.StatusCode, a.Header.Get("Location"))
		}
	}
}

func TestHeaders(t *testing.T) {
	h := newHouse(t)
	a := h.as("anna").get("/inbox")
	a.want(t, 200, "<h1>Inbox</h1>")
	for name, want := range map[string]string{"Content-Security-Policy": policy, "X-Content-Type-Options": "nosniff", "Cache-Control": "no-store",
		"Referrer-Policy": "same-origin", "Cross-Origin-Opener-Policy": "same-origin"} {
		if got := a.Header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for _, bad := range []string{"<script>", "style=", "onclick", "javascript:", "[frame.", "[state."} {
		if strings.Contains(a.body, bad) {
			t.Errorf("the page has %q", bad)
		}
	}
}

func TestLoginLogout(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	b.get("/message/abc?x=1").want(t, http.StatusSeeOther)
	if to := b.get("/message/abc").Header.Get("Location"); to != "/login?next=%2Fmessage%2Fabc" {
		t.Errorf("led to %q", to)
	}
	b.post("/login", "name", "anna", "passphrase", "wrong").want(t, http.StatusForbidden, "do not belong together", `value="anna"`)
	a := b.post("/login", "name", "Anna", "passphrase", passphrase, "next", "/lines")
	a.want(t, http.StatusSeeOther)
	if a.Header.Get("Location") != "/lines" {
		t.Errorf("led to %q", a.Header.Get("Location"))
	}
	c := a.Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure {
		t.Errorf("cookie %+v", c)
	}
	b.get("/inbox").want(t, 200, "anna")
	b.get("/login").want(t, http.StatusSeeOther)
	b.post("/logout").want(t, http.StatusSeeOther)
	b.get("/inbox").want(t, http.StatusSeeOther)

	if log := h.log.String(); strings.Contains(strings.ToLower(log), "anna") || !strings.Contains(log, "event=desk.login") {
		t.Errorf("log: %s", log)
	}
}

func TestLoginLeadsNowhereElse(t *testing.T) {
	for in, want := range map[string]string{"/lines": "/lines", "": "/inbox", "https://evil.example": "/inbox", "//evil.example": "/inbox", "/\\evil.example": "/inbox", "/a\r\nX: y": "/inbox", "/message/x?after=1": "/message/x?after=1"} {
		if got := ownPath(in); got != want {
			t.Errorf("ownPath(%q) = %q", in, got)
		}
	}
}

func TestLoginIsSlowedDown(t *testing.T) {
	h := newHouse(t)
	b := h.browser()
	for i := range 5 {
		b.post("/login", "name", "anna", "passphrase", fmt.Sprint("guess number ", i)).want(t, http.StatusForbidden)
	}
	b.post("/login", "name", "anna", "passphrase", passphrase).want(t, http.StatusTooManyRequests, "Too many attempts")
	b.post("/login", "name", "boris", "passphrase", passphrase).want(t, http.StatusSeeOther) // another name goes on
	h.advance(31 * time.Second)
	b = h.browser()
	b.post("/login", "name", "anna", "passphrase", passphrase).want(t, http.StatusSeeOther)
}

func TestLoginLimitIsBounded(t *testing.T) {
	now := time.Unix(1e9, 0)
	l := newLoginLimit(func() time.Time { return now })
	slowed := 0
	for i := range 30000 {
		if l.wait(fmt.Sprint("name", i), "192.0.2.1") > 0 {
			slowed++
		}
	}
	if len(l.by) > 10000 || slowed < 29000 {
		t.Errorf("%d names kept, %d attempts slowed down", len(l.by), slowed)
	}
}

func TestSessionEnds(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	h.advance(13 * time.Hour)
	b.get("/inbox").want(t, http.StatusSeeOther)
	b.post("/message/x/acknowledge").want(t, http.StatusForbidden, "the session has ended, and this was not done")
}

func TestOtherSites(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	v := h.arrive(1, parley.Routine, "x")
	for name, head := range map[string][2]string{"another site": {"Sec-Fetch-Site", "cross-site"}, "another port": {"Sec-Fetch-Site", "same-site"}, "an old browser": {"Origin", "http://evil.example"}} {
		r, _ := http.NewRequest("POST", h.url+"/message/"+v.ID+"/acknowledge", nil)
		r.Header.Set(head[0], head[1])
		a := b.do(r)
		if a.StatusCode != http.StatusForbidden || !strings.Contains(a.body, "another site") {
			t.Errorf("%s: %d", name, a.StatusCode)
		}
	}
	if v.State != StateNew {
		t.Errorf("another site made it %s", v.State)
	}
	r, _ := http.NewRequest("GET", h.url+"/inbox", nil)
	r.Host = "rebound.example"
	b.do(r).want(t, http.StatusMisdirectedRequest)
	r, _ = http.NewRequest("GET", strings.Replace(h.url, "127.0.0.1", "localhost", 1)+"/login", nil)
	b.do(r).want(t, 200)

	r, _ = http.NewRequest("GET", h.url+"/message/"+v.ID, nil) // a link in a web mail
	r.Header.Set("Sec-Fetch-Site", "cross-site")
	h.browser().do(r).want(t, 200, `content="0;url=/message/`+v.ID+`"`)
}

func TestErrors(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	b.get("/nothing").want(t, 404, "there is no such page")
	b.get("/message/none").want(t, 404, "there is no such message", "Back to the inbox")
	b.post("/message/none/explode").want(t, 404)
	h.memory.broken = fmt.Errorf("read: %w", errors.New("secret detail of the database"))
	a := b.get("/inbox")
	a.want(t, 500, "Something is wrong with this node")
	if strings.Contains(a.body, "secret detail") || !strings.Contains(h.log.String(), "secret detail") {
		t.Errorf("an internal error is shown, or not logged:\n%s", a.body)
	}
	h.memory.broken = fmt.Errorf("read: %w", parley.E(parley.Unavailable, "the node is starting: %w", errors.New("cause")).WithHint("wait a minute"))
	b.get("/inbox").want(t, 503, "the node is starting", "wait a minute")
}

// boundary parts the fields of a form; a browser would choose another each time.
const boundary = "----parleyformboundary"

// browserForm is a compose form as a browser sends it.
func browserForm(nonce string, files map[string]string, pairs ...string) (*bytes.Buffer, string) {
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	w.SetBoundary(boundary)
	w.WriteField("nonce", nonce)
	for i := 0; i < len(pairs); i += 2 {
		w.WriteField(pairs[i], pairs[i+1])
	}
	if len(files) == 0 {
		w.CreateFormFile("file", "") // nothing chosen
	}
	for name, content := range files {
		f, _ := w.CreateFormFile("file", name)
		io.WriteString(f, content)
	}
	w.Close()
	return &b, w.FormDataContentType()
}

func (b *browser) compose(nonce string, files map[string]string, pairs ...string) answer {
	b.h.t.Helper()
	body, kind := browserForm(nonce, files, pairs...)
	r, err := http.NewRequest("POST", b.h.url+"/compose", body)
	if err != nil {
		b.h.t.Fatal(err)
	}
	r.Header.Set("Content-Type", kind)
	return b.do(r)
}

const nonce = "00112233445566778899aabbccddeeff"

var good = []string{"from", string(asterCert), "to", string(boreaCert), "precedence", "routine", "text", "Good morning.\r\nAll quiet.", "marking", "TLP:GREEN", "language", "en"}

func TestCompose(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	b.get("/compose").want(t, 200, "borea.example/mfa", `name="nonce"`, "A second officer must sign")
	a := b.compose(nonce, map[string]string{`..\evil/näme "x".bin`: "octets"}, good...)
	a.want(t, http.StatusSeeOther)
	b.compose(nonce, nil, good...).want(t, http.StatusSeeOther) // sent twice, by a double click
	if len(h.messages) != 1 {
		t.Fatalf("%d messages", len(h.messages))
	}
	v := h.messages[0]
	if v.Text != "Good morning.\nAll quiet." || v.Marking != "TLP:GREEN" || !slices.Equal(v.To, []parley.Body{boreaCert}) || v.Precedence != parley.Routine {
		t.Errorf("sent %+v", v)
	}
	if diff := cmp.Diff(map[string][]byte{`näme "x".bin`: []byte("octets")}, h.uploads); diff != "" {
		t.Error(diff)
	}
	b.get(a.Header.Get("Location")).want(t, 200, "Held back", "Take it back", "It is safe on this node")
	b.post("/message/"+nonce+"/undo").want(t, http.StatusSeeOther)
	b.get("/hotline?done=undo").want(t, 200, "Taken back", "Nobody else has it.")
	b.post("/message/"+nonce+"/undo").want(t, http.StatusConflict, "no longer in a state")
}

func TestComposeRefusals(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	without := func(name string) []string {
		out := slices.Clone(good)
		i := slices.Index(out, name)
		return slices.Delete(out, i, i+2)
	}
	with := func(name, value string) []string { return append(without(name), name, value) }
	for name, c := range map[string]struct {
		nonce string
		pairs []string
		says  string
	}{
		"nobody":         {nonce, without("to"), "nobody is addressed"},
		"no text":        {nonce, with("text", " \n"), "neither text nor file"},
		"no nonce":       {"", good, "32 lower-case hex digits"},
		"bad precedence": {nonce, with("precedence", "loud"), "want flash, immediate"},
		"bad body":       {nonce, with("to", "borea"), "want a party, a slash"},
		"long text":      {nonce, with("text", strings.Repeat("x", maxWords+1)), "at most 1048576 bytes"},
		"bad text":       {nonce, with("text", "\xff\xfe"), "want UTF-8"},
		"unknown field":  {nonce, append(slices.Clone(good), "bcc", "x"), "has no field"},
		"the node's own": {nonce, with("text", "refuse me"), "choose TLP:GREEN"},
	} {
		t.Run(name, func(t *testing.T) {
			a := b.compose(c.nonce, nil, c.pairs...)
			a.want(t, http.StatusBadRequest, c.says)
			if name == "the node's own" && !strings.Contains(a.body, "refuse me</textarea>") {
				t.Error("what was written is lost")
			}
		})
	}
	h.as("reader").compose(nonce, nil, good...).want(t, http.StatusForbidden, "may not send")
	if len(h.messages) != 0 {
		t.Errorf("%d messages after refusals", len(h.messages))
	}
	r, _ := http.NewRequest("POST", h.url+"/compose", strings.NewReader("text=x"))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	b.do(r).want(t, 400, "not one of this desk")
	body, kind := browserForm(nonce, map[string]string{"a": strings.Repeat("x", 10000)}, good...)
	r, _ = http.NewRequest("POST", h.url+"/compose", bytes.NewReader(body.Bytes()[:body.Len()-6000]))
	r.Header.Set("Content-Type", kind)
	b.do(r).want(t, 400, "did not arrive whole")
}

func TestActs(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	v := h.arrive(5, parley.Flash, "<script>alert('x')</script>\nhelp")
	h.arrive(6, parley.Routine, "later")
	a := b.get("/inbox")
	a.want(t, 200, "&lt;script&gt;", `class="count hot"`, "(2) Inbox")
	if v.State != StateNew {
		t.Error("a page view is an act")
	}
	b.get("/message/"+v.ID).want(t, 200, "It admits nothing", "borea.example/cert&#43;0f1e2d3c", "Cosignature")
	if v.State != StateNew {
		t.Error("a page view is an act")
	}
	b.post("/message/"+v.ID+"/seen").want(t, 303)
	b.post("/message/"+v.ID+"/decline", "reason", "").want(t, 400, "needs a reason")
	b.post("/message/"+v.ID+"/acknowledge", "note", "on it").want(t, 303)
	b.get("/message/"+v.ID).want(t, 200, "on it", "Acknowledged")
	b.post("/message/"+v.ID+"/decline", "reason", "late").want(t, 409)
	w := h.arrive(7, parley.Routine, "please do this")
	b.post("/message/"+w.ID+"/decline", "reason", "not ours to do").want(t, 303)
	b.get("/message/"+w.ID).want(t, 200, "not ours to do", "Declined")
	b.get("/thread/"+w.ID).want(t, 200, "please do this")
	b.get("/compose?answers="+w.ID).want(t, 200, `name="answers" value="`+w.ID+`"`, "please do this")
}

func TestFiles(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	v := h.arrive(5, parley.Routine, "see the file")
	name := "évidence\u202e\"x\".html"
	h.files[name] = []byte("<script>alert(1)</script>")
	v.Files = []File{{Name: name, Type: "text/html", Size: 25, Have: 25, State: FileHere}}
	a := b.get("/message/" + v.ID + "/file/0")
	a.want(t, 200, "<script>")
	for k, want := range map[string]string{"Content-Type": "application/octet-stream", "X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox", "Content-Length": "25"} {
		if got := a.Header.Get(k); got != want {
			t.Errorf("%s: %q, want %q", k, got, want)
		}
	}
	if got := a.Header.Get("Content-Disposition"); !strings.HasPrefix(got, "attachment") || strings.Contains(got, "%E2%80%AE") || !strings.Contains(got, "vidence") {
		t.Errorf("Content-Disposition: %s", got)
	}
	for _, n := range []string{"1", "-1", "x", "99"} {
		b.get("/message/"+v.ID+"/file/"+n).want(t, 404)
	}
}

func TestWatchPages(t *testing.T) {
	h := newHouse(t)
	anna, boris := h.as("anna"), h.as("boris")
	anna.get("/watch").want(t, 200, "Nobody has the watch", "Take the watch")
	anna.post("/watch/take", "hours", "8").want(t, 303)
	anna.get("/inbox").want(t, 200, "anna has the watch (cert)")
	boris.get("/watch").want(t, 200, "Another officer has it")
	boris.post("/watch/take", "hours", "8").want(t, 409, "anna has the watch", "take it over with a reason")
	anna.post("/watch/handover", "to", "boris", "hours", "4", "note", "one is open").want(t, 303)
	anna.post("/watch/end").want(t, 409)
	boris.post("/watch/end").want(t, 303)
	anna.post("/watch/take", "hours", "x").want(t, 400, "one minute to 24 hours")
	anna.get("/watch").want(t, 200, "handed over", "one is open", "ended")
}

func TestOtherPages(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	b.get("/alarms").want(t, 200, "No alarm stands.", "pager", "Nobody had to be woken yet.")
	fill(h)
	b.get("/lines").want(t, 200, "119 of 121 entries of ours", "−180 ms", "connection refused")
	b.get("/alarms").want(t, 200, "Two histories", "What still works", "/var/lib/parley/evidence/fork-borea-43.evidence", "A thing the catalogue has no words for.")
	b.get("/doctor").want(t, 200, "Something is wrong.", "make one: parley backup")
	b.get("/hotline").want(t, 200, "Cosigned by", "at size 119", "Signed receipt")
	for i := range perPage + 5 {
		h.arrive(1000+i, parley.Routine, fmt.Sprint("number ", i))
	}
	b.get("/hotline").want(t, 200, `rel="next" href="?after=50"`)
	b.get("/hotline?after=50").want(t, 200, "Newest messages")
	for _, rt := range []string{"/inbox", "/hotline", "/lines", "/alarms", "/watch", "/doctor", "/compose", "/message/" + strings.Repeat("b", 64)} {
		a := b.get(rt)
		if i := strings.Index(a.body, "[state."); i >= 0 || strings.Contains(a.body, "&lt;nil&gt;") || strings.Contains(a.body, "%!") {
			t.Errorf("%s has an unknown key or a raw value", rt)
		}
	}
}

func TestLinksOfReferences(t *testing.T) {
	h := newHouse(t)
	b := h.as("anna")
	v := h.arrive(5, parley.Routine, "see the receipt")
	v.Steps[0].Proofs[0].ID = "borea/5"
	b.get("/message/"+v.ID).want(t, 200, `href="/message/borea%2F5"`)
	v.ID = "borea.example/fedcba9876543210/5" // a malformed entry has no other name
	b.get("/message/borea.example%2Ffedcba9876543210%2F5").want(t, 200, `action="/message/borea.example%2Ffedcba9876543210%2F5/acknowledge"`)
	b.post("/message/borea.example%2Ffedcba9876543210%2F5/acknowledge").want(t, 303)
}
