package taxii

import (
	"cmp"
	"context"
	"io"
	"log/slog"
	"net/http"
	"time"

	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
)

// Prefix is where everything of this server stands; Root is its one API root.
const (
	Prefix = "/taxii2/"
	Root   = Prefix + "parley/"
)

// MaxContent is how many octets a body has at most, also after decompression, where
// Options say nothing. OASIS TAXII 2.1 §4.2.1, max_content_length
const MaxContent = 512 << 20

// Intel is what the server needs of the store; *intel.Store is one.
type Intel interface {
	Sources(ctx context.Context, c intel.Clearance) ([]intel.Source, error)
	Find(ctx context.Context, q intel.Query) (intel.Page, error)
	Import(ctx context.Context, r io.Reader, o intel.ImportOptions) (intel.Report, error)
	Delete(ctx context.Context, c intel.Clearance, source int64, id string, versions []string) (int, error)
}

// Statuses keeps status resources; *sqldb.DB does. Times are in microseconds.
type Statuses interface {
	AddClientStatus(ctx context.Context, id, client string, at, forget int64, body []byte) error
	// ClientStatus is NotFound where the client has no such status.
	ClientStatus(ctx context.Context, id, client string) ([]byte, error)
}

// Library is where collections come from; Shelves is one.
type Library interface {
	Of(ctx context.Context, who gateway.Client) ([]Collection, error)
	Find(ctx context.Context, who gateway.Client, id string) (Collection, error)
}

// Options are what a server is made of. Clients, Store, Statuses, Key, Now and Log are needed.
type Options struct {
	Clients  *gateway.Clients
	Store    Intel
	Statuses Statuses
	Library  Library       // nil: Shelves of Store
	Key      []byte        // signs next; 32 octets, the same for the life of the home
	URL      string        // under which tools reach the gateway; empty: as each request says
	Party    func() string // whose gateway it is; may be nil
	Now      func() time.Time
	Log      *slog.Logger

	MaxContent int64         // 0: MaxContent
	Grace      time.Duration // before a slow client is left; 0: gateway.Grace
}

// Server is a TAXII 2.1 server. Safe for concurrent use.
type Server struct {
	Options
	tokens tokens
	mux    *http.ServeMux
	writes chan struct{} // one for each import under way
}

// maxWrites is how many bodies are imported at once; there is one writer below.
const maxWrites = 4

// New makes a server.
func New(o Options) *Server {
	if o.Library == nil {
		o.Library = Shelves{Store: o.Store}
	}
	o.MaxContent, o.Grace = cmp.Or(o.MaxContent, MaxContent), cmp.Or(o.Grace, gateway.Grace)
	s := &Server{Options: o, tokens: tokens{o.Key}, mux: http.NewServeMux(), writes: make(chan struct{}, maxWrites)}
	const collection = Root + "collections/{collection}"
	s.route(Prefix, methods{http.MethodGet: s.discovery})
	s.route(Root, methods{http.MethodGet: s.root})
	s.route(Root+"status/{status}", methods{http.MethodGet: s.status})
	s.route(Root+"collections", methods{http.MethodGet: s.collections})
	s.route(collection, methods{http.MethodGet: s.collection})
	s.route(collection+"/manifest", methods{http.MethodGet: s.manifest})
	s.route(collection+"/objects", methods{http.MethodGet: s.objects, http.MethodPost: s.add})
	s.route(collection+"/objects/{object}", methods{http.MethodGet: s.objects, http.MethodDelete: s.remove})
	s.route(collection+"/objects/{object}/versions", methods{http.MethodGet: s.versions})
	s.mux.HandleFunc(Prefix, func(w http.ResponseWriter, r *http.Request) { s.fail(w, r, errNoSuchPlace) })
	return s
}

// ServeHTTP asks first who it is.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	client, err := s.Clients.Guard(w, r)
	if err != nil {
		s.refuseStranger(w, r, err)
		return
	}
	if len(r.URL.RawQuery) > maxQuery {
		s.fail(w, r, errLongQuery)
		return
	}
	if !accepts(r.Header.Values("Accept")) {
		s.fail(w, r, errNotAcceptable)
		return
	}
	s.mux.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), clientKey{}, client)))
}

type clientKey struct{}

// client is who ServeHTTP found.
func client(r *http.Request) gateway.Client { return r.Context().Value(clientKey{}).(gateway.Client) }
