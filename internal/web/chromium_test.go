package web

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
)

// tab is a page in headless Chromium. Every step has a bound of its own.
type tab struct {
	ctx   context.Context
	t     *testing.T
	h     *house
	shots string
}

// chromium opens a browser of its own, or skips the test where there is none.
func chromium(h *house) *tab {
	h.t.Helper()
	var path string
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if p, err := exec.LookPath(name); err == nil {
			path = p
			break
		}
	}
	if path == "" {
		h.t.Skip("chromium is not installed: page tests are skipped (apt-get install chromium)")
	}
	opts := []chromedp.ExecAllocatorOption{chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.Headless, chromedp.DisableGPU, chromedp.NoFirstRun,
		chromedp.NoDefaultBrowserCheck, chromedp.UserDataDir(h.t.TempDir()), chromedp.WindowSize(1280, 900),
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true)}
	actx, cancel := chromedp.NewExecAllocator(context.Background(), opts...)
	h.t.Cleanup(cancel)
	ctx, cancelTab := chromedp.NewContext(actx)
	h.t.Cleanup(cancelTab)
	if err := chromedp.Do(ctx); err != nil {
		h.t.Fatal(err)
	}
	shots := os.Getenv("PARLEY_SCREENSHOTS") // a folder to look at them; otherwise they vanish with the test
	if shots == "" {
		shots = h.t.TempDir()
	}
	return &tab{ctx, h.t, h, shots}
}

func (b *tab) do(steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 30*time.Second)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%v\n%s", err, b.html())
	}
}

func (b *tab) open(path string) { b.t.Helper(); b.do(chromedp.Navigate(b.h.url + path)) }

// login fills in the form of the page that asks for it.
func (b *tab) login(name string) {
	b.t.Helper()
	b.open("/login")
	b.do(chromedp.SendKeys(chromedp.ID("name"), name), chromedp.SendKeys(chromedp.ID("passphrase"), passphrase))
	b.press(chromedp.CSS(".gate .primary"))
	b.until(`location.pathname === "/inbox"`)
}

// press clicks without waiting for what follows.
func (b *tab) press(sel chromedp.CSS) { b.t.Helper(); b.do(chromedp.Click(sel)) }

func (b *tab) html() string {
	ctx, cancel := context.WithTimeout(b.ctx, 5*time.Second)
	defer cancel()
	s, _ := chromedp.Run(ctx, chromedp.Evaluate[string]("document.documentElement ? document.documentElement.outerHTML : ''"))
	return s
}

// until waits for an expression to become true, also across pages.
func (b *tab) until(expression string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, 15*time.Second)
	defer cancel()
	for ctx.Err() == nil {
		ok, err := chromedp.Run(ctx, chromedp.Poll[bool](expression, chromedp.WithPollingInterval(20*time.Millisecond), chromedp.WithPollingTimeout(2*time.Second)))
		if err == nil && ok {
			return
		}
	}
	b.t.Fatalf("never true: %s\n%s", expression, b.html())
}

// has waits for a text in the page.
func (b *tab) has(texts ...string) {
	b.t.Helper()
	for _, s := range texts {
		b.until(`document.body.innerText.includes(` + quote(s) + `)`)
	}
}

func quote(s string) string { return "`" + strings.ReplaceAll(s, "`", "") + "`" }

func (b *tab) eval(expression string) string {
	b.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.Evaluate[string](expression))
	if err != nil {
		b.t.Fatalf("%s: %v", expression, err)
	}
	return s
}

// text is what an element says, without asking a script of the page.
func (b *tab) text(sel chromedp.CSS) string {
	b.t.Helper()
	s, err := chromedp.Run(b.ctx, chromedp.TextContent(sel))
	if err != nil {
		b.t.Fatal(err)
	}
	return s
}

// keys types at whatever has the focus.
func (b *tab) keys(keys ...string) {
	b.t.Helper()
	for _, k := range keys {
		b.do(chromedp.KeyEvent(k))
	}
}

// shot saves the whole page as it looks at a width, in a colour scheme.
func (b *tab) shot(name string, width int64, scheme string) {
	b.t.Helper()
	b.do(chromedp.EmulateViewport(width, 900), media(scheme))
	raw, err := chromedp.Run(b.ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatal(err)
	}
	if len(raw) < 2000 {
		b.t.Errorf("%s: %d bytes of picture", name, len(raw))
	}
	if err := os.WriteFile(filepath.Join(b.shots, name+".png"), raw, 0o600); err != nil {
		b.t.Fatal(err)
	}
}

// paper shows the page as it is printed.
func paper() chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return chromedp.Void{}, err
	}
}

func media(scheme string) chromedp.Action[chromedp.Void] {
	return func(ctx context.Context, t *chromedp.Target) (chromedp.Void, error) {
		_, err := chromedp.Call(ctx, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{
			Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}, {Name: "prefers-reduced-motion", Value: "reduce"}}})
		return chromedp.Void{}, err
	}
}
