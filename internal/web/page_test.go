package web

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

// fill puts a little of everything into the node.
func fill(h *house) {
	now := h.now().UTC()
	long := "Since 14:20 UTC we see traffic from your network that exploits the flaw in mail gateways published this morning.\n\nWe would like to know whether you see the same from your side, and whom to talk to.\n\n— Duty officer, Aster CERT"
	h.arrive(40, parley.Routine, "Monthly list of contacts is attached. Nothing has changed since October.")
	old := h.arrive(41, parley.Priority, "Доброе утро. Мы подтверждаем получение вашего запроса и ответим сегодня до 18:00.")
	old.May = May{Answer: true}
	h.step(old, StateAcknowledged, "")
	ours := h.add(View{Row: Row{ID: strings.Repeat("b", 64), Short: "aster/118", Agreement: bilateral, Ours: true, From: asterCert, To: []parley.Body{boreaCert, boreaMFA}, Kind: parley.KindHotline,
		Precedence: parley.Immediate, State: StateDelivered, By: "borea.example", At: now.Add(-12 * time.Minute), Due: now.Add(2 * time.Hour), Line: strings.Split(long, "\n")[0],
		Proof: &Proof{Kind: ProofCosignature, Time: now.Add(-11 * time.Minute), Size: 119}},
		Thread: strings.Repeat("b", 64), Text: long, Marking: "TLP:AMBER", Languages: []string{"en"},
		Files: []File{{Name: "indicators-2026-11-22.csv", Size: 48231, Have: 48231, State: FileHere, Hash: strings.Repeat("3f9a", 16)}, {Name: "sample.pcap", Size: 32 << 20, Have: 11 << 20, State: FileWaiting}},
		May:   May{Answer: true}})
	ours.Row.Files = 2
	h.files["indicators-2026-11-22.csv"] = []byte("<script>alert(1)</script>,1\n")
	ours.Steps = []Step{
		{State: StateHeldBack, At: now.Add(-12*time.Minute - 10*time.Second), Proofs: []Proof{{Kind: ProofOwn, Time: now.Add(-12*time.Minute - 10*time.Second)}}},
		{State: StateSent, By: "aster.example", At: now.Add(-12 * time.Minute), Proofs: []Proof{{Kind: ProofEntry, Ref: "aster/118", ID: ours.ID, Key: "aster.example/cert+1a2b3c4d", Time: now.Add(-12 * time.Minute), Line: "— aster.example/cert " + strings.Repeat("Dx4tPAkq", 10) + "=="}}},
		{State: StateTendered, By: "archive.example", At: now.Add(-12*time.Minute + time.Second), Proofs: []Proof{{Kind: ProofCosignature, Key: "archive.example/parley/mirror+99aa88bb", Time: now.Add(-12*time.Minute + time.Second), Size: 119, Line: "— archive.example/parley " + strings.Repeat("qT7v", 18)}}},
		{State: StateDelivered, By: "borea.example", At: now.Add(-11 * time.Minute), Proofs: []Proof{{Kind: ProofCosignature, Key: "borea.example/fedcba9876543210/mirror+5a6b7c8d", Time: now.Add(-11 * time.Minute), Size: 119, Line: "— borea.example/fedcba9876543210/mirror " + strings.Repeat("Wmt8", 24), Verify: "parley prove aster/118 -o aster-118.evidence"}}},
	}
	h.add(View{Row: Row{ID: strings.Repeat("c", 64), Short: "aster/119", Agreement: bilateral, Ours: true, From: asterCert, To: []parley.Body{boreaCert}, Kind: parley.KindHotline, Precedence: parley.Routine,
		State: StateDeclined, By: "borea.example", Proof: &Proof{Kind: ProofReceipt, Ref: "borea/39", Time: now.Add(-time.Hour)}, At: now.Add(-2 * time.Hour), Line: "May we publish our exchange of last week?"},
		Thread: strings.Repeat("c", 64), Text: "May we publish our exchange of last week?", Steps: []Step{{State: StateDeclined, By: "borea.example", At: now.Add(-time.Hour), Text: "Not before our parliament has seen it.", Proofs: []Proof{{Kind: ProofReceipt, Ref: "borea/39", Time: now.Add(-time.Hour)}}}}})
	flash := h.arrive(42, parley.Flash, "对方网络正在攻击我们的电力调度中心。Please call our duty desk at once: +999 1234.\nWe see it from three of your networks.")
	flash.Languages = []string{"zh"}
	h.lines = []Line{
		{Agreement: bilateral, Party: "borea.example", Role: RoleCounterpart, State: LineQuiet, Since: now.Add(-3 * time.Minute), Heard: now.Add(-4 * time.Second), Signed: now.Add(-11 * time.Minute), Ours: 121, Cosigned: 119, Theirs: 43, Waiting: 2, Offset: -180 * time.Millisecond, HasOffset: true, Attended: []node.Attendance{{Body: boreaCert, Attended: true, Until: now.Add(8 * time.Hour), Role: "duty-officer"}}},
		{Agreement: bilateral, Party: "archive.example", Role: RoleArchive, State: LineUp, Heard: now.Add(-2 * time.Second), Signed: now.Add(-2 * time.Second), Ours: 121, Cosigned: 121, Theirs: 0},
		{Agreement: "Aster – Borea – Corvia 2025", Party: "corvia.example", Role: RoleCounterpart, State: LineDown, Since: now.Add(-26 * time.Hour), Heard: now.Add(-26 * time.Hour), Ours: 12, Cosigned: 11, Theirs: 7, Waiting: 1, Why: "connection refused"},
	}
	h.alarms = []Alarm{
		{ID: "1", Kind: AlarmFork, Agreement: bilateral, Party: "borea.example", At: now.Add(-time.Minute), Detail: "size 43", Evidence: "/var/lib/parley/evidence/fork-borea-43.evidence", Convicts: true},
		{ID: "2", Kind: "something-new", At: now.Add(-time.Hour), What: "A thing the catalogue has no words for.", Works: "The rest.", Back: "Wait."},
		{ID: "3", Kind: AlarmLineDown, Party: "corvia.example", At: now.Add(-50 * time.Hour), Over: now.Add(-49 * time.Hour)},
	}
	h.readOnly = "The disk is nearly full."
	h.findings = []Finding{{Name: "disk", State: FindingOK, Value: "41 % of 120 GiB in use"}, {Name: "clock", State: FindingOK, Value: "0.18 s from borea.example"},
		{Name: "backup", State: FindingWarn, Value: "3 days old", Hint: "make one: parley backup"}, {Name: "alarms", State: FindingBad, Value: "2 stand"}}
}

func TestPicturesOfEveryPage(t *testing.T) {
	h := newHouse(t)
	b := chromium(h)
	b.open("/login")
	b.shot("login", 1280, "light")
	fill(h)
	called(h)
	b.login("anna")
	paths := map[string]string{"calls": "/calls", "words": "/words", "checks": "/checks", "inbox": "/inbox", "hotline": "/hotline", "message-ours": "/message/" + strings.Repeat("b", 64), "compose": "/compose", "lines": "/lines",
		"alarms": "/alarms", "watch": "/watch", "doctor": "/doctor", "error": "/message/none", "thread": "/thread/" + strings.Repeat("b", 64)}
	for _, v := range h.messages {
		if v.Precedence == parley.Flash {
			paths["message-flash"] = "/message/" + v.ID
		}
	}
	schemes := []string{"light", "dark"}
	if os.Getenv("PARLEY_SCREENSHOTS") == "" {
		schemes = schemes[:1] // nobody will look: the layout is the same in both, contrast has a test of its own
	}
	for name, path := range paths {
		b.open(path)
		if name != "error" {
			b.until(`document.documentElement.dataset.state === "live"`)
		}
		if strings.HasPrefix(name, "message-ours") {
			b.press(".step:last-child summary")
		}
		for _, w := range []int64{1280, 390} {
			for _, scheme := range schemes {
				suffix := map[int64]string{1280: "", 390: "-phone"}[w]
				if scheme == "dark" {
					suffix += "-dark"
				}
				b.shot(name+suffix, w, scheme)
				if over := b.eval(`String(document.documentElement.scrollWidth - document.documentElement.clientWidth)`); over != "0" && over[0] != '-' {
					t.Errorf("%s at %d is wider than its window by %s", name, w, over)
				}
			}
		}
	}
}

// TestPageOnPaper: what is printed has the message and its proofs, and no button.
func TestPageOnPaper(t *testing.T) {
	h := newHouse(t)
	fill(h)
	b := chromium(h)
	b.login("anna")
	b.open("/message/" + strings.Repeat("b", 64))
	b.do(chromedp.EmulateViewport(800, 1000), paper())
	b.has("Since 14:20 UTC", "TLP:AMBER", "What happened")
	b.until(`[...document.querySelectorAll("nav, button, .live, .button")].every((e) => getComputedStyle(e).display === "none" || !e.getClientRects().length)`)
	b.until(`[...document.querySelectorAll(".proof-data .line")].every((e) => e.getClientRects().length > 0 && e.checkVisibility({ contentVisibilityAuto: true }))`)
	raw, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.shots, "paper.png"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestPageLoginComposeUndo(t *testing.T) {
	h := newHouse(t)
	h.memory.hold = 30 * time.Second
	b := chromium(h)
	b.open("/compose") // leads to the login page, and back
	b.do(chromedp.SendKeys(chromedp.ID("name"), "anna"), chromedp.SendKeys(chromedp.ID("passphrase"), "not it"), chromedp.Click(chromedp.CSS(".gate .primary")))
	b.has("do not belong together")
	b.do(chromedp.SendKeys(chromedp.ID("passphrase"), passphrase), chromedp.Click(chromedp.CSS(".gate .primary")))
	b.until(`location.pathname === "/compose"`)

	file := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(file, []byte("a,b\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	b.do(chromedp.Click(chromedp.CSS(`input[value="borea.example/cert"]`)), chromedp.Click(chromedp.CSS(`input[value="priority"]`)),
		chromedp.SendKeys(chromedp.ID("text"), "Good morning.\nПривет. 你好。"), chromedp.SetUploadFiles(chromedp.ID("file"), []string{file}))
	b.press(".send button")
	b.until(`location.pathname.startsWith("/message/")`)
	b.has("Held back", "s left to undo", "Good morning.", "Привет. 你好。", "list.csv")
	if v := h.last(); v.Precedence != parley.Priority || string(h.uploads["list.csv"]) != "a,b\n" || v.Marking != "TLP:AMBER" {
		t.Errorf("sent %+v, files %q", v.Row, h.uploads)
	}
	b.press(".act-undo button")
	b.has("Taken back", "Nobody else has it.")
	b.until(`location.pathname === "/hotline"`)
	if v := h.last(); v.State != StateUndone {
		t.Errorf("state %s", v.State)
	}
}

func TestPageHoldBackRunsOutByItself(t *testing.T) {
	h := newHouse(t)
	h.memory.hold = 2 * time.Second
	b := chromium(h)
	b.login("anna")
	b.open("/compose")
	b.do(chromedp.Click(chromedp.CSS(`input[value="borea.example/cert"]`)), chromedp.SendKeys(chromedp.ID("text"), "Soon gone."))
	b.press(".send button")
	b.has("left to undo")
	v := h.last()
	h.change(v.ID, func(May) bool { return true }, func(v *View) { v.Held, v.May = time.Time{}, May{}; h.step(v, StateSent, "") })
	b.has("Sent, not delivered")
	b.until(`!document.querySelector(".act-undo")`)
}

func TestPageAcknowledgeAndDecline(t *testing.T) {
	h := newHouse(t)
	b := chromium(h)
	b.login("anna")
	v, w := h.arrive(1, parley.Flash, "Call us."), h.arrive(2, parley.Routine, "Please confirm.")
	b.until(`document.querySelectorAll(".waiting .row").length === 2`)
	b.press(`a[href="/message/` + chromedp.CSS(v.ID) + `"]`)
	b.has("It admits nothing")
	b.do(chromedp.SendKeys(chromedp.ID("note"), "calling"))
	b.press(".act-acknowledge button")
	b.has("Acknowledged. The alert is over.", "calling")
	if v.State != StateAcknowledged {
		t.Errorf("state %s", v.State)
	}
	b.open("/message/" + w.ID)
	b.press("#decline summary")
	b.press("#decline button") // without a reason the browser itself refuses
	if w.State != StateNew {
		t.Errorf("declined without a reason")
	}
	b.do(chromedp.SendKeys(chromedp.ID("reason"), "This is not ours to do."))
	b.press("#decline button")
	b.has("Declined. The sender will get the reason.", "This is not ours to do.")
}

func TestPageIsLiveAndSaysWhenNot(t *testing.T) {
	h := newHouse(t)
	b := chromium(h)
	b.login("anna")
	b.until(`document.getElementById("live-text").textContent === "Live"`)
	h.arrive(1, parley.Flash, "Something has happened.")
	begin := time.Now()
	b.has("Something has happened.")
	if took := time.Since(begin); took > time.Second {
		t.Errorf("it took %v to show", took)
	}
	b.until(`document.title.startsWith("(1)") && document.getElementById("say").textContent === "A flash has arrived."`)
	b.until(`document.querySelector(".nav .count.hot").textContent === "1"`)

	h.handler.Close()
	b.has("Not live: the node has stopped. This page shows how things stood at")
	b.until(`document.getElementById("live-text").textContent.startsWith("Not live: as of") && document.documentElement.dataset.state === "lost"`)
	b.shot("not-live", 1280, "light")
}

func TestPageSaysWhenTheNodeVanishes(t *testing.T) {
	h := newHouse(t)
	b := chromium(h)
	b.login("anna")
	b.until(`document.documentElement.dataset.state === "live"`)
	h.vanish()
	b.has("Not live: the node does not answer.")
	h.comeBack()
	b.until(`document.documentElement.dataset.state === "live" && document.getElementById("lost").hidden`)
}

func TestPageIsNotExchangedWhileSomebodyWrites(t *testing.T) {
	h := newHouse(t)
	b := chromium(h)
	b.login("anna")
	v := h.arrive(1, parley.Routine, "Please confirm.")
	b.open("/message/" + v.ID)
	b.until(`document.documentElement.dataset.state === "live"`)
	b.press("#decline summary")
	b.do(chromedp.SendKeys(chromedp.ID("reason"), "I am still writ"))
	h.arrive(2, parley.Flash, "Another.")
	b.until(`document.querySelector(".nav .count").textContent === "2"`) // the frame lives on
	if got := b.eval(`document.getElementById("reason").value`); got != "I am still writ" {
		t.Errorf("what was written became %q", got)
	}
	b.open("/inbox")
	b.until(`document.documentElement.dataset.state === "live"`)
	b.eval(`getSelection().selectAllChildren(document.querySelector(".row-text")); ""`)
	h.arrive(4, parley.Flash, "Yet another.")
	b.until(`document.querySelector(".nav .count").textContent === "3"`)
	if got := b.eval(`getSelection().toString()`); got == "" {
		t.Error("what was marked is marked no more")
	}
	b.open("/compose")
	b.do(chromedp.SendKeys(chromedp.ID("text"), "half a sent"))
	h.arrive(3, parley.Flash, "A third.")
	b.until(`document.querySelector(".nav .count").textContent === "4"`)
	if got := b.eval(`document.getElementById("text").value`); got != "half a sent" {
		t.Errorf("what was written became %q", got)
	}
}

func TestPageWithoutJavaScript(t *testing.T) {
	h := newHouse(t)
	b := chromium(h)
	b.do(func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	v := h.arrive(1, parley.Flash, "Something has happened.")
	b.open("/login")
	b.do(chromedp.SendKeys(chromedp.ID("name"), "anna"), chromedp.SendKeys(chromedp.ID("passphrase"), passphrase), chromedp.Click(chromedp.CSS(".gate .primary")))
	b.do(chromedp.WaitVisible(chromedp.CSS(".waiting")))
	text := b.text("#live-text")
	if !strings.HasPrefix(text, "Not live: as of ") {
		t.Errorf("without JavaScript the page says %q", text)
	}
	b.press(`a[href="/message/` + chromedp.CSS(v.ID) + `"]`)
	b.do(chromedp.WaitVisible(chromedp.CSS(".act-acknowledge")))
	b.press(".act-acknowledge button")
	b.do(chromedp.WaitVisible(chromedp.CSS(".done")))
	if v.State != StateAcknowledged {
		t.Errorf("state %s", v.State)
	}
	b.open("/compose")
	b.do(chromedp.Click(chromedp.CSS(`input[value="borea.example/mfa"]`)), chromedp.SendKeys(chromedp.ID("text"), "By hand."), chromedp.Click(chromedp.CSS(".send button")))
	b.do(chromedp.WaitVisible(chromedp.CSS(".act-undo")))
	b.press(".act-undo button")
	b.do(chromedp.WaitNotPresent(chromedp.CSS(".act-undo")))
	if v := h.last(); v.State != StateUndone || v.Text != "By hand." {
		t.Errorf("%s %q", v.State, v.Text)
	}
}

func TestPageByKeyboardAlone(t *testing.T) {
	h := newHouse(t)
	b := chromium(h)
	v := h.arrive(1, parley.Flash, "Something has happened.")
	b.open("/login")
	b.keys("anna", kb.Tab, passphrase, kb.Enter) // the name has the focus from the start
	b.until(`location.pathname === "/inbox"`)
	b.until(`document.documentElement.dataset.state === "live"`)
	b.keys(kb.Tab)
	if got := b.eval(`document.activeElement.className`); got != "skip" {
		t.Errorf("the first stop is %q, not the link to the content", got)
	}
	b.keys(kb.Enter)
	b.until(`document.activeElement.id === "main"`)
	b.keys(kb.Tab)
	b.until(`document.activeElement.classList.contains("row-link")`)
	if got := b.eval(`getComputedStyle(document.activeElement).outlineStyle`); got == "none" {
		t.Error("the focus cannot be seen")
	}
	b.keys(kb.Enter)
	b.until(`location.pathname === "/message/` + v.ID + `" && document.readyState === "complete"`)
	b.keys(kb.Tab, kb.Enter) // the skip link again
	b.until(`document.activeElement.id === "main"`)
	b.keys(kb.Tab, "on it", kb.Tab, kb.Enter)
	b.has("Acknowledged. The alert is over.", "on it")

	b.open("/compose")
	b.until(`document.readyState === "complete"`)
	b.eval(`document.querySelector(".compose input[type=checkbox]").focus(); ""`)
	b.keys(" ", kb.Tab, kb.Tab, "By keyboard", kb.Tab, kb.ArrowUp, kb.ArrowUp, kb.ArrowUp)
	b.eval(`document.querySelector(".send button").focus(); ""`)
	b.keys(kb.Enter)
	b.until(`location.pathname.startsWith("/message/")`)
	if v := h.last(); v.Text != "By keyboard" || v.Precedence != parley.Flash || v.State != StateQueued {
		t.Errorf("sent %q %s %s", v.Text, v.Precedence, v.State)
	}
}

// TestPageIsAccessible asks what a machine can ask: a name for everything that
// can be used, a language, landmarks, one h1, no id twice, and enough contrast.
func TestPageIsAccessible(t *testing.T) {
	h := newHouse(t)
	b := chromium(h)
	fill(h)
	b.login("anna")
	paths := []string{"/inbox", "/hotline", "/message/" + strings.Repeat("b", 64), "/message/" + h.messages[0].ID, "/thread/" + strings.Repeat("b", 64), "/compose", "/lines", "/alarms", "/watch", "/doctor", "/message/none"}
	for _, scheme := range []string{"light", "dark"} {
		for _, path := range paths {
			b.open(path)
			b.do(media(scheme))
			if got := b.eval(audit); got != "" {
				t.Errorf("%s in %s:\n%s", path, scheme, got)
			}
		}
	}
}

// audit gives one line for each fault. Contrast: WCAG 2.2, 1.4.3.
const audit = `(() => {
  const faults = [];
  if (!document.documentElement.lang) faults.push("no language");
  if (document.querySelectorAll("h1").length !== 1) faults.push("not one h1");
  for (const tag of ["header", "main", "nav", "footer"]) if (document.querySelectorAll("body > " + tag).length !== 1) faults.push("not one " + tag);
  const ids = new Set();
  for (const e of document.querySelectorAll("[id]")) { if (ids.has(e.id)) faults.push("id twice: " + e.id); ids.add(e.id); }
  for (const e of document.querySelectorAll("[aria-labelledby], [aria-describedby]"))
    for (const id of ((e.getAttribute("aria-labelledby") || "") + " " + (e.getAttribute("aria-describedby") || "")).trim().split(/ +/))
      if (!ids.has(id)) faults.push("names an id that is not there: " + id);
  for (const e of document.querySelectorAll("input:not([type=hidden]), textarea, select"))
    if (!e.labels.length) faults.push("no label: " + e.outerHTML);
  for (const e of document.querySelectorAll("a[href], button, summary"))
    if (!e.textContent.trim() && !e.getAttribute("aria-label")) faults.push("no name: " + e.outerHTML);
  const canvas = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const rgba = (c) => { canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = c; canvas.fillRect(0, 0, 1, 1); return [...canvas.getImageData(0, 0, 1, 1).data]; };
  const light = (c) => { const [r, g, b] = c.slice(0, 3).map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4); return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
  const back = (e) => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] === 255) return c; } return [255, 255, 255]; };
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement, style = getComputedStyle(e);
    if (!walk.currentNode.data.trim() || !e.getClientRects().length || style.visibility === "hidden" || style.clipPath !== "none") continue;
    const a = light(rgba(style.color)), c = light(back(e));
    const ratio = (Math.max(a, c) + 0.05) / (Math.min(a, c) + 0.05);
    if (ratio < 4.5) faults.push("contrast " + ratio.toFixed(2) + ": " + walk.currentNode.data.trim().slice(0, 40) + " (" + e.className + ")");
  }
  return [...new Set(faults)].join("\n");
})()`

// TestPageOfWhatIsNotThereYet: a page that came a moment too early becomes the message by itself.
func TestPageOfWhatIsNotThereYet(t *testing.T) {
	h := newHouse(t)
	b := chromium(h)
	b.login("anna")
	b.open("/message/" + strings.Repeat("0", 63) + "7")
	b.has("there is no such message")
	b.until(`document.documentElement.dataset.state === "live"`)
	h.arrive(7, parley.Routine, "Here I am.")
	b.has("Here I am.")
}
