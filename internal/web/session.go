package web

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"parley.example/parley"
)

// cookieName differs between desks of one host: browsers share cookies across
// ports, and two desks on loopback must not log each other out.
func cookieName(u *url.URL) string {
	sum := sha256.Sum256([]byte(u.Host))
	name := "parley-" + hex.EncodeToString(sum[:4])
	if u.Scheme == "https" {
		return "__Host-" + name
	}
	return name
}

// identify finds the session of the request's cookie. Forbidden where there is none.
func (h *Handler) identify(r *request) error {
	c, err := r.Cookie(h.cookie)
	if err != nil {
		return parley.E(parley.Forbidden, "nobody is logged in here")
	}
	r.session, err = h.Officers.FindSession(r.Context(), c.Value)
	if err == nil {
		r.token = c.Value
	}
	return err
}

// askToLogIn leads to the login page and back. A link in a mail reaches us from
// another site, without the cookie: a page of ours that asks again brings it.
func (h *Handler) askToLogIn(w http.ResponseWriter, r *request) {
	switch {
	case r.URL.Path == "/events":
		w.WriteHeader(http.StatusUnauthorized)
	case r.Method != http.MethodGet:
		h.fail(w, r, parley.E(parley.Forbidden, "the session has ended, and this was not done").WithHint("log in and do it again"))
	case r.Header.Get("Sec-Fetch-Site") == "cross-site":
		p := AgainPage{Frame: Frame{Lang: r.lang(), Party: h.Party(), Title: r.text("again.title")}, To: r.URL.RequestURI()}
		if err := r.views.render(w, http.StatusOK, "again", p); err != nil {
			h.fail(w, r, err)
		}
	default:
		to := "/login"
		if back := r.URL.RequestURI(); back != "/" && back != "/inbox" {
			to += "?" + url.Values{"next": {back}}.Encode()
		}
		http.Redirect(w, r.Request, to, http.StatusSeeOther)
	}
}

// AgainPage asks the browser to ask again, from this site.
type AgainPage struct {
	Frame
	To string
}

// LoginPage asks who is there.
type LoginPage struct {
	Frame
	Next  string
	Name  string
	Wrong string // what was wrong with the last attempt
	Empty bool   // no officer has been added yet
}

func (h *Handler) loginPage(w http.ResponseWriter, r *request) error {
	if r.token != "" {
		http.Redirect(w, r.Request, ownPath(r.FormValue("next")), http.StatusSeeOther)
		return nil
	}
	return h.showLogin(w, r, http.StatusOK, LoginPage{Next: r.FormValue("next")})
}

func (h *Handler) showLogin(w http.ResponseWriter, r *request, status int, p LoginPage) error {
	p.Frame = Frame{Lang: r.lang(), Party: h.Party(), Title: r.text("login.title"), Now: h.Now().UTC()}
	if list, err := h.Officers.List(r.Context(), officerList); err == nil {
		p.Empty = len(list.Officers) == 0
	}
	return r.views.render(w, status, "login", p)
}

func (h *Handler) login(w http.ResponseWriter, r *request) error {
	if err := r.ParseForm(); err != nil {
		return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
	}
	name, passphrase := r.PostForm.Get("name"), r.PostForm.Get("passphrase")
	p := LoginPage{Next: r.PostForm.Get("next"), Name: name}
	if wait := h.limit.wait(name, remote(r.Request)); wait > 0 {
		w.Header().Set("Retry-After", "30")
		p.Wrong = r.text("login.slow")
		return h.showLogin(w, r, http.StatusTooManyRequests, p)
	}
	who, err := h.Officers.Authenticate(r.Context(), name, passphrase)
	if parley.KindOf(err) == parley.Forbidden && err != nil {
		p.Wrong = r.text("login.wrong")
		h.Log.Warn("a login to the desk was refused", "event", "desk.login", "remote", remote(r.Request)) // who it was is nobody's business
		return h.showLogin(w, r, http.StatusForbidden, p)
	}
	if err != nil {
		return err
	}
	h.limit.forget(name, remote(r.Request))
	token, session, err := h.Officers.StartSession(r.Context(), who)
	if err != nil {
		return err
	}
	h.setCookie(w, token, session.Ends)
	http.Redirect(w, r.Request, ownPath(p.Next), http.StatusSeeOther)
	return nil
}

func (h *Handler) logout(w http.ResponseWriter, r *request) error {
	if err := h.Officers.EndSession(r.Context(), r.token); err != nil {
		return err
	}
	h.streams.end(r.token)
	h.setCookie(w, "", time.Unix(1, 0))
	w.Header().Set("Clear-Site-Data", `"cache"`)
	http.Redirect(w, r.Request, "/login", http.StatusSeeOther)
	return nil
}

func (h *Handler) setCookie(w http.ResponseWriter, token string, ends time.Time) {
	http.SetCookie(w, &http.Cookie{Name: h.cookie, Value: token, Path: "/", Expires: ends, HttpOnly: true, Secure: h.secure, SameSite: http.SameSiteStrictMode})
}

// ownPath is a path of this desk, or the inbox.
func ownPath(s string) string {
	if strings.HasPrefix(s, "/") && !strings.HasPrefix(s, "//") && !strings.ContainsAny(s, "\\\r\n\t") {
		return s
	}
	return "/inbox"
}

func remote(r *http.Request) string {
	name, _ := splitHost(r.RemoteAddr)
	return name
}

// loginLimit slows guessing: a few attempts for a name from one address at
// once, then one each half minute; and all together a few each second.
type loginLimit struct {
	now func() time.Time
	mu  sync.Mutex
	all *rate.Limiter            // guarded by mu
	by  map[string]*rate.Limiter // guarded by mu; bounded
}

func newLoginLimit(now func() time.Time) *loginLimit {
	return &loginLimit{now: now, all: rate.NewLimiter(2, 20), by: map[string]*rate.Limiter{}}
}

// wait counts an attempt and says whether it comes too early.
func (l *loginLimit) wait(name, from string) time.Duration {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := limitKey(name, from)
	one := l.by[key]
	if one == nil {
		if len(l.by) >= 10000 {
			clear(l.by) // somebody tries many names: the common limit goes on
		}
		one = rate.NewLimiter(rate.Every(30*time.Second), 5)
		l.by[key] = one
	}
	now := l.now()
	if !one.AllowN(now, 1) || !l.all.AllowN(now, 1) {
		return 30 * time.Second
	}
	return 0
}

// forget starts afresh after a login.
func (l *loginLimit) forget(name, from string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.by, limitKey(name, from))
}

func limitKey(name, from string) string {
	sum := sha256.Sum256([]byte(strings.ToLower(strings.TrimSpace(name)) + "\x00" + from))
	return string(sum[:])
}
