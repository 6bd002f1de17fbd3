package taxii

import (
	"net/http"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
)

// remove takes versions of an object that this client wrote out of its collection:
// all of them where none is named. OASIS TAXII 2.1 §5.7
func (s *Server) remove(w http.ResponseWriter, r *http.Request) error {
	c, err := s.find(r)
	if err != nil {
		return err
	}
	who := client(r)
	if !c.CanDelete || !c.CanWrite {
		return parley.E(parley.Forbidden, "this client may not delete from this collection")
	}
	p, err := s.place(r.URL.RawQuery, place{what: "objects", collection: c.ID, object: r.PathValue("object")})
	if err != nil {
		return err
	}
	id := r.PathValue("object")
	if c.Source.N == 0 {
		return parley.E(parley.NotFound, "there is no object %.80q in this collection", id)
	}
	versions := p.filter.versions
	if versions == nil {
		versions = []string{intel.AllVersions}
	}
	if _, err := s.Store.Delete(r.Context(), who.Clearance, c.Source.N, id, versions); err != nil {
		return err
	}
	s.Log.Info("a client deleted an object", "event", "taxii.delete", "client", who.Name)
	return s.write(w, r, http.StatusOK, nothing{})
}
