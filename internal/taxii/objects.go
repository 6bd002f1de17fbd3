package taxii

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
)

// objects answers for a collection and for one object of it, octet for octet as they
// were stored. OASIS TAXII 2.1 §5.4, §5.6
func (s *Server) objects(w http.ResponseWriter, r *http.Request) error {
	page, next, err := s.page(w, r, "objects", func(q *intel.Query) {})
	if err != nil {
		return err
	}
	if len(page.Objects) == 0 {
		return s.write(w, r, http.StatusOK, nothing{})
	}
	head := `{"more":false,"objects":[`
	if next != "" {
		name, err := json.Marshal(next)
		if err != nil {
			return err
		}
		head = `{"more":true,"next":` + string(name) + `,"objects":[`
	}
	size := len(head) + len(page.Objects) - 1 + len("]}")
	for i := range page.Objects {
		size += len(page.Objects[i].Raw)
	}
	out := gateway.Stream(w, r, http.StatusOK, MediaType, size, s.Grace)
	if envelope(out, head, page.Objects) == nil { // who has gone away is told nothing
		out.Close()
	}
	return nil
}

// envelope writes the stored octets between commas, in pieces of some size, so that a
// page costs few writes. OASIS TAXII 2.1 §3.7
func envelope(w io.Writer, head string, objects []intel.Held) error {
	const piece = 64 << 10
	buf := append(make([]byte, 0, piece+4096), head...)
	for i := range objects {
		if i > 0 {
			buf = append(buf, ',')
		}
		buf = append(buf, objects[i].Raw...)
		if len(buf) >= piece {
			if _, err := w.Write(buf); err != nil {
				return err
			}
			buf = buf[:0]
		}
	}
	_, err := w.Write(append(buf, "]}"...))
	return err
}

// manifest: OASIS TAXII 2.1 §5.3
func (s *Server) manifest(w http.ResponseWriter, r *http.Request) error {
	page, next, err := s.page(w, r, "manifest", func(q *intel.Query) { q.NoRaw = true })
	if err != nil {
		return err
	}
	if len(page.Objects) == 0 {
		return s.write(w, r, http.StatusOK, nothing{})
	}
	m := manifest{More: next != "", Next: next, Objects: make([]record, len(page.Objects))}
	for i, o := range page.Objects {
		m.Objects[i] = record{ID: o.ID, DateAdded: formatAdded(o.Added), Version: formatVersion(o.Version), MediaType: "application/stix+json;version=" + o.Spec}
	}
	return s.write(w, r, http.StatusOK, m)
}

// versions: OASIS TAXII 2.1 §5.8
func (s *Server) versions(w http.ResponseWriter, r *http.Request) error {
	page, next, err := s.page(w, r, "versions", func(q *intel.Query) { q.NoRaw, q.Versions = true, []string{intel.AllVersions} })
	if err != nil {
		return err
	}
	if len(page.Objects) == 0 {
		return s.write(w, r, http.StatusOK, nothing{})
	}
	l := versionList{More: next != "", Next: next, Versions: make([]string, len(page.Objects))}
	for i, o := range page.Objects {
		l.Versions[i] = formatVersion(o.Version)
	}
	return s.write(w, r, http.StatusOK, l)
}

// page finds what one request asks for, and sets the headers of what it holds.
func (s *Server) page(w http.ResponseWriter, r *http.Request, what string, change func(*intel.Query)) (intel.Page, string, error) {
	c, err := s.find(r)
	if err != nil {
		return intel.Page{}, "", err
	}
	if !c.CanRead {
		return intel.Page{}, "", parley.E(parley.Forbidden, "this client may not read this collection")
	}
	p := place{what: what, collection: c.ID, object: r.PathValue("object")}
	if p, err = s.place(r.URL.RawQuery, p); err != nil {
		return intel.Page{}, "", err
	}
	q := p.filter.on(c, client(r).Clearance, p.after)
	if p.object != "" { // OASIS TAXII 2.1 §5.6, §5.8: neither id nor type is a filter here
		q.IDs, q.Types = []string{p.object}, nil
	}
	change(&q)
	page := intel.Page{}
	for c.Source.N != 0 { // the store ends a page early where little fits; a client takes an empty one for the last
		if page, err = s.Store.Find(r.Context(), q); err != nil {
			return page, "", err
		}
		if len(page.Objects) > 0 || !page.More {
			break
		}
		q.After = page.Next
	}
	if len(page.Objects) == 0 && p.object != "" {
		return page, "", s.there(r, c, q)
	}
	if n := len(page.Objects); n > 0 { // never an empty value: OASIS TAXII 2.1 §3.2
		w.Header().Set("X-TAXII-Date-Added-First", formatAdded(page.Objects[0].Added))
		w.Header().Set("X-TAXII-Date-Added-Last", formatAdded(page.Objects[n-1].Added))
	}
	next := ""
	if page.More {
		p.after = page.Next
		next = s.tokens.format(p)
	}
	return page, next, nil
}

// place reads the parameters of a request, with the token of the page before where
// there is one.
func (s *Server) place(query string, p place) (place, error) {
	v, err := url.ParseQuery(query)
	if err != nil {
		return p, parley.E(parley.Invalid, "the query cannot be read: %w", err)
	}
	asked, err := parseFilter(v)
	if err != nil {
		return p, err
	}
	if token := v.Get("next"); token != "" {
		if p, err = s.tokens.parse(token, p); err != nil {
			return p, err
		}
		p.filter, err = p.filter.goesOn(asked)
		return p, err
	}
	if p.filter = asked; len(asked.encode()) > maxFilter {
		return p, errLongQuery
	}
	return p, nil
}

// there is NotFound where the client sees no version of the object at all: that a
// filter leaves none is an empty page. OASIS TAXII 2.1 §5.6
func (s *Server) there(r *http.Request, c Collection, q intel.Query) error {
	if c.Source.N != 0 {
		page, err := s.Store.Find(r.Context(), intel.Query{Clearance: q.Clearance, Sources: q.Sources, MinTLP: q.MinTLP, MaxTLP: q.MaxTLP, IDs: q.IDs,
			Versions: []string{intel.AllVersions}, SpecVersions: []string{"2.0", "2.1"}, WithRevoked: true, Limit: 1, NoRaw: true})
		if err != nil || len(page.Objects) > 0 {
			return err
		}
	}
	return parley.E(parley.NotFound, "there is no object %.80q in this collection", q.IDs[0])
}
