package taxii

import (
	"encoding/json"
	"net/http"
)

// status shows a client what became of what it wrote, and no other client: OASIS
// TAXII 2.1 §4.3
func (s *Server) status(w http.ResponseWriter, r *http.Request) error {
	raw, err := s.Statuses.ClientStatus(r.Context(), r.PathValue("status"), client(r).Name)
	if err != nil {
		return err
	}
	return s.write(w, r, http.StatusOK, json.RawMessage(raw))
}
