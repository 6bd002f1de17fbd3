package peer

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"parley.example/parley"
)

// completeName says whether all of a blob is held, as a structured field boolean.
// Both names are those of the IETF's resumable uploads (draft-ietf-httpbis-resumable-upload).
const completeName = "Upload-Complete"

func blobsOf(r *http.Request) (Room, parley.Hash, error) {
	m, err := room(r)
	if err == nil && m.Blobs == nil {
		err = errStranger
	}
	if err != nil {
		return Room{}, parley.Hash{}, err
	}
	h, err := parley.ParseHash(r.PathValue("hash"))
	return m, h, err
}

// getBlob answers HEAD with how much is held, and GET with the octets of a
// complete blob, in ranges where asked. WIRE-12
func (s *Server) getBlob(w http.ResponseWriter, r *http.Request) error {
	m, h, err := blobsOf(r)
	if err != nil {
		return err
	}
	st, err := m.Blobs.State(r.Context(), h)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	setBlobState(w, st)
	if r.Method == http.MethodHead {
		w.Header().Set("Content-Type", typeOctets)
		w.Header().Set("Content-Length", strconv.FormatInt(st.Size, 10))
		w.WriteHeader(http.StatusOK)
		return nil
	}
	if !st.Complete() {
		return parley.E(parley.NotFound, "%d of %d octets of the blob are here: want it when it is whole", st.Held, st.Size)
	}
	f, err := m.Blobs.Open(r.Context(), h)
	if err != nil {
		return err
	}
	defer f.Close()
	w.Header().Set("Content-Type", typeOctets)
	w.Header().Set("ETag", `"`+h.String()+`"`)
	http.ServeContent(w, r, "", time.Time{}, f)
	return nil
}

// putBlob appends octets of a blob that an entry names; what came before an
// interruption is kept. WIRE-12
func (s *Server) putBlob(w http.ResponseWriter, r *http.Request) error {
	m, h, err := blobsOf(r)
	if err != nil {
		return err
	}
	if m.Writes == nil {
		return errStranger
	}
	st, err := m.Blobs.State(r.Context(), h)
	if err != nil {
		return err
	}
	offset, size, err := contentRange(r.Header.Get("Content-Range"), st.Size)
	if err != nil {
		return err
	}
	if size != st.Size {
		return parley.E(parley.Invalid, "blob of %d octets: its entry says %d", size, st.Size)
	}
	if st.Complete() {
		setBlobState(w, st)
		w.WriteHeader(http.StatusNoContent)
		return nil
	}
	if offset != st.Held {
		return &OffsetConflict{Held: st.Held}
	}
	b, err := s.body(w, r, "blob", st.Size-offset)
	if err != nil {
		return err
	}
	if st, err = m.Blobs.Write(r.Context(), h, offset, b); err != nil {
		return err
	}
	setBlobState(w, st)
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func setBlobState(w http.ResponseWriter, st BlobState) {
	w.Header().Set(offsetName, strconv.FormatInt(st.Held, 10))
	complete := "?0"
	if st.Complete() {
		complete = "?1"
	}
	w.Header().Set(completeName, complete)
}

// contentRange reads "bytes <first>-<last>/<size>" (RFC 9110 §14.4); without it
// the body begins at 0.
func contentRange(field string, whole int64) (offset, size int64, err error) {
	if field == "" {
		return 0, whole, nil
	}
	var last int64
	n, err := fmt.Sscanf(field, "bytes %d-%d/%d", &offset, &last, &size)
	if err != nil || n != 3 || offset < 0 || size != last+1 || field != formatRange(offset, size) {
		return 0, 0, parley.E(parley.Invalid, "Content-Range: want such as: bytes 1024-4095/4096, up to the blob's end")
	}
	return offset, size, nil
}

func formatRange(offset, size int64) string {
	return fmt.Sprintf("bytes %d-%d/%d", offset, size-1, size)
}
