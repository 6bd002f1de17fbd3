package web

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"slices"
	"time"

	"golang.org/x/text/language"

	"parley.example/parley"
	"parley.example/parley/internal/alert"
	"parley.example/parley/internal/officer"
)

// Options are what a desk is made of. Party, Desk, Officers, Watch and URL are needed.
type Options struct {
	Party    func() parley.Party // whose desk it is; empty before the first agreement
	Desk     Desk
	Officers *officer.Officers
	Watch    *officer.Watch
	Alerts   *alert.Alerts // nil: the alarms page says that nobody is woken
	URL      string        // under which officers reach the desk, such as http://127.0.0.1:7480
	Now      func() time.Time
	Zone     *time.Location // of the desk; nil: the system's
	Beat     time.Duration  // between signs of life to a page; 0: five seconds
	Log      *slog.Logger
}

// Handler serves the desk. Safe for concurrent use.
type Handler struct {
	Options
	host     string // that a request must name, with its port
	secure   bool   // the desk is reached by https
	cookie   string
	assets   assets
	views    map[string]*views // by language tag
	tags     []language.Tag    // English first: the answer to who asks for none of them
	matcher  language.Matcher
	limit    *loginLimit
	streams  *streams
	serve    http.Handler
	shutdown context.Context // ends the streams
	stop     context.CancelFunc
}

// New makes the desk. It fails where a template or a catalogue is wrong, never later.
func New(o Options) (*Handler, error) {
	u, err := url.Parse(o.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, parley.E(parley.Invalid, "desk URL %q: want one such as http://127.0.0.1:7480", o.URL)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Zone == nil {
		o.Zone = time.Local
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	o.Beat = cmp.Or(o.Beat, 5*time.Second)
	h := &Handler{Options: o, host: u.Host, secure: u.Scheme == "https", cookie: cookieName(u), views: map[string]*views{},
		limit: newLoginLimit(o.Now), streams: newStreams()}
	h.shutdown, h.stop = context.WithCancel(context.Background())
	if h.assets, err = loadAssets(); err != nil {
		return nil, err
	}
	catalogues, err := loadCatalogues()
	if err != nil {
		return nil, err
	}
	for tag, c := range catalogues {
		if h.views[tag], err = parseViews(c, o.Zone, h.assets); err != nil {
			return nil, err
		}
		h.tags = append(h.tags, c.Tag)
	}
	slices.SortFunc(h.tags, func(a, b language.Tag) int {
		return cmp.Or(cmp.Compare(rank(a), rank(b)), cmp.Compare(a.String(), b.String()))
	})
	h.matcher = language.NewMatcher(h.tags)
	h.serve = h.wrap(h.mux())
	o.Watch.Notify(func() { h.streams.tell(Event{Topic: TopicWatch}) })
	return h, nil
}

func rank(t language.Tag) int {
	if t == language.English {
		return 0
	}
	return 1
}

// ServeHTTP implements http.Handler.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.serve.ServeHTTP(w, r) }

// Close ends all live streams, so that a server can shut down. The desk says "not live" from then on.
func (h *Handler) Close() { h.stop() }

// Server is an http.Server for the desk with bounds that fit it: headers come
// at once, bodies are bounded by each route, streams end at shutdown.
func (h *Handler) Server() *http.Server {
	s := &http.Server{Handler: h, ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 32 << 10,
		ErrorLog: slog.NewLogLogger(h.Log.Handler(), slog.LevelDebug)}
	s.RegisterOnShutdown(h.Close)
	return s
}

const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; " +
	"form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// wrap is what holds for every answer: headers, the right host, no other site's posts.
func (h *Handler) wrap(next http.Handler) http.Handler {
	protect := http.NewCrossOriginProtection()
	protect.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.fail(w, &request{Request: r, views: h.pick(r)}, parley.E(parley.Forbidden, "this came from another site").WithHint("open the desk itself and try again"))
	}))
	inner := protect.Handler(next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		head := w.Header()
		head.Set("Content-Security-Policy", policy)
		head.Set("X-Content-Type-Options", "nosniff")
		head.Set("Referrer-Policy", "same-origin") // with no-referrer a form's Origin would be null
		head.Set("Cross-Origin-Opener-Policy", "same-origin")
		head.Set("Cross-Origin-Resource-Policy", "same-origin")
		head.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		head.Set("Cache-Control", "no-store")
		if h.secure {
			head.Set("Strict-Transport-Security", "max-age=31536000")
		}
		if !h.ourHost(r.Host) {
			http.Error(w, "This desk is reached at "+h.URL+" (desk.url in parley.toml).", http.StatusMisdirectedRequest)
			return
		}
		inner.ServeHTTP(w, r)
	})
}

// ourHost keeps a page of another name that resolves to this address out (DNS
// rebinding). On loopback every name of this machine is ours, at whatever port a
// tunnel brings it to the officer.
func (h *Handler) ourHost(host string) bool {
	name, _ := splitHost(host)
	own, _ := splitHost(h.host)
	return host == h.host || isLoopback(own) && isLoopback(name)
}

func splitHost(s string) (name, port string) {
	if name, port, err := net.SplitHostPort(s); err == nil {
		return name, port
	}
	return s, ""
}

func isLoopback(name string) bool {
	ip := net.ParseIP(name)
	return name == "localhost" || ip != nil && ip.IsLoopback()
}

// request is one request of an officer, or of somebody who is not logged in.
type request struct {
	*http.Request
	views   *views
	session officer.Session
	token   string
}

func (r *request) lang() string { return r.views.catalogue.Tag.String() }

// text is a text of the catalogue in the language of the request.
func (r *request) text(key string, args ...any) string { return r.views.catalogue.Text(key, args...) }

// pick chooses the language of the answer: the best that the browser asks for.
func (h *Handler) pick(r *http.Request) *views {
	_, i := language.MatchStrings(h.matcher, r.Header.Get("Accept-Language"))
	return h.views[h.tags[i].String()]
}

var statuses = map[parley.ErrorKind]int{
	parley.Invalid:     http.StatusBadRequest,
	parley.NotFound:    http.StatusNotFound,
	parley.Conflict:    http.StatusConflict,
	parley.Forbidden:   http.StatusForbidden,
	parley.Untrusted:   http.StatusBadGateway,
	parley.Unavailable: http.StatusServiceUnavailable,
	parley.Internal:    http.StatusInternalServerError,
}

// told is what of an error is shown: the message and the hint of the outermost
// error of ours. An internal one has neither.
func told(err error) (message, hint string) {
	var e *parley.Error
	if !errors.As(err, &e) || e.Kind == parley.Internal {
		return "", ""
	}
	return e.Msg, parley.HintOf(err)
}
