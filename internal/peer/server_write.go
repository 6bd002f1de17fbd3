package peer

import (
	"io"
	"net/http"

	"parley.example/parley"
)

// addCheckpoint is that of c2sp.org/tlog-witness for a witness, and of
// tlog-mirror for a mirror: the pending checkpoint moves, the mirror signs nothing.
func (s *Server) addCheckpoint(w http.ResponseWriter, r *http.Request) error {
	b, err := s.whole(w, r, "add-checkpoint", MaxCheckpoint)
	if err != nil {
		return err
	}
	c, err := ParseAddCheckpoint(b)
	if err != nil {
		return err
	}
	origin, err := NoteOrigin(c.Note)
	if err != nil {
		return err
	}
	m, err := roomOf(r, origin.PathHash())
	if err != nil {
		return err
	}
	var to Cosigner
	switch {
	case m.Writes != nil:
		to = m.Writes
	case m.Witness != nil:
		to = m.Witness
	default:
		return errStranger
	}
	lines, err := to.AddCheckpoint(r.Context(), c)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, typeText, lines)
	return nil
}

// addEntries streams packages to the mirror, one in memory at a time.
// c2sp.org/tlog-mirror, add-entries
func (s *Server) addEntries(w http.ResponseWriter, r *http.Request) error {
	w.Header().Set("Accept-Encoding", "gzip")
	if t := r.Header.Get("Content-Type"); t != typeOctets {
		return &statusError{http.StatusUnsupportedMediaType, parley.E(parley.Invalid, "add-entries: want Content-Type %s", typeOctets)}
	}
	raw, err := s.body(w, r, "add-entries", maxEntriesHeader+MaxPackages*maxPackage)
	if err != nil {
		return err
	}
	var in io.Reader = raw
	switch r.Header.Get("Content-Encoding") {
	case "", "identity":
	case "gzip":
		if in, err = inflate(raw); err != nil {
			return err
		}
	default:
		return &statusError{http.StatusUnsupportedMediaType, parley.E(parley.Invalid, "add-entries: want Content-Encoding gzip or none")}
	}
	p, err := ReadEntries(in)
	if err != nil {
		return err
	}
	m, err := roomOf(r, p.Origin.PathHash())
	if err != nil {
		return err
	}
	if m.Writes == nil {
		return errStranger
	}
	result, err := m.Writes.AddEntries(r.Context(), Upload{Start: p.Start, End: p.End, Ticket: p.Ticket, Next: atMost(MaxPackages, p)})
	switch {
	case err != nil:
		return err
	case result.Info != nil:
		answer(w, http.StatusAccepted, typeInfo, FormatInfo(*result.Info))
	default:
		answer(w, http.StatusOK, typeText, result.Lines)
	}
	return nil
}

// atMost ends a longer request after n packages: what came is kept, and 202 says
// where to go on. The end of the body is looked at only where the last package came.
func atMost(n int, p *PackageReader) func() (Package, error) {
	return func() (Package, error) {
		if p.Read() == n && p.next != p.End {
			return Package{}, io.EOF
		}
		return p.Next()
	}
}

// push is the three in one. WIRE-13
func (s *Server) push(w http.ResponseWriter, r *http.Request) error {
	b, err := s.whole(w, r, "push", MaxPush)
	if err != nil {
		return err
	}
	origin, p, err := ParsePush(b)
	if err != nil {
		return err
	}
	m, err := roomOf(r, origin.PathHash())
	if err != nil {
		return err
	}
	if m.Writes == nil {
		return errStranger
	}
	lines, err := m.Writes.Push(r.Context(), p)
	if err != nil {
		return err
	}
	answer(w, http.StatusOK, typeText, lines)
	return nil
}

// putPart stores a part under the hash of its bytes. WIRE-11
func (s *Server) putPart(w http.ResponseWriter, r *http.Request) error {
	m, err := room(r)
	if err != nil {
		return err
	}
	if m.Writes == nil {
		return errStranger
	}
	h, err := parley.ParseHash(r.PathValue("hash"))
	if err != nil {
		return err
	}
	part, err := s.whole(w, r, "sealed part", parley.MaxSealed)
	if err != nil {
		return err
	}
	if parley.Sum(part) != h {
		return parley.E(parley.Untrusted, "sealed part: its SHA-256 is %s: want %s", parley.Sum(part), h)
	}
	if err := m.Writes.PutPart(r.Context(), h, part); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// cosignatures takes what a mirror signed on a journal of ours. WIRE-15
func (s *Server) cosignatures(w http.ResponseWriter, r *http.Request) error {
	m, err := room(r)
	if err != nil {
		return err
	}
	if m.Returns == nil {
		return errStranger
	}
	note, err := s.whole(w, r, "cosignatures", MaxCheckpoint)
	if err != nil {
		return err
	}
	if o, err := NoteOrigin(note); err != nil || o != m.Origin {
		return parley.E(parley.Invalid, "cosignatures: want a checkpoint of %s", m.Origin)
	}
	if err := m.Returns.Return(r.Context(), note); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// succession takes the note that closes a journal of the caller. WIRE-16
func (s *Server) succession(w http.ResponseWriter, r *http.Request) error {
	m, err := room(r)
	if err != nil {
		return err
	}
	if m.Ends == nil {
		return errStranger
	}
	note, err := s.whole(w, r, "succession", MaxCheckpoint)
	if err != nil {
		return err
	}
	if err := m.Ends.Succeed(r.Context(), note); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}
