package peer

import (
	"compress/gzip"
	"encoding/json"
	"net/http"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
)

// status says what we hold of a journal, our clock and our software. WIRE-10
func (s *Server) status(w http.ResponseWriter, r *http.Request) error {
	from, err := reader(r)
	if err != nil {
		return err
	}
	st, err := from.Status(r.Context())
	if err != nil {
		return err
	}
	st.Software, st.Time = s.software, s.now().UTC()
	b, err := json.Marshal(st)
	if err != nil {
		return parley.E(parley.Internal, "status: %w", err)
	}
	w.Header().Set("Cache-Control", "no-store")
	answer(w, http.StatusOK, "application/json", append(b, '\n'))
	return nil
}

// checkpoint is c2sp.org/tlog-tiles, Checkpoints.
func (s *Server) checkpoint(w http.ResponseWriter, r *http.Request) error {
	from, err := reader(r)
	if err != nil {
		return err
	}
	note, err := from.Checkpoint(r.Context())
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	answer(w, http.StatusOK, typeText, note)
	return nil
}

// tile is c2sp.org/tlog-tiles, Merkle Tree and Log entries.
func (s *Server) tile(w http.ResponseWriter, r *http.Request) error {
	from, err := reader(r)
	if err != nil {
		return err
	}
	t, err := ParseTilePath("tile/" + r.PathValue("rest"))
	if err != nil {
		return err
	}
	st, err := from.Status(r.Context())
	if err != nil {
		return err
	}
	if !TileWithin(t, st.Size) {
		return parley.E(parley.NotFound, "%s: want a tile of a tree of size %d", TilePath(t), st.Size)
	}
	var data []byte
	if t.L == EntriesTile {
		start := uint64(t.N) << tileHeight
		entries, err := from.Entries(r.Context(), start, start+uint64(t.W))
		if err != nil {
			return err
		}
		data = FormatBundle(entries)
	} else if data, err = tlog.ReadTileData(t, from.Hashes(r.Context())); err != nil {
		return parley.E(parley.Internal, "read %s: %w", TilePath(t), err)
	}
	// Immutable, but for the parties' eyes only: no shared cache may keep it.
	w.Header().Set("Cache-Control", "private, max-age=31536000, immutable")
	if t.L == EntriesTile && strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		return squeeze(w, data)
	}
	answer(w, http.StatusOK, typeOctets, data)
	return nil
}

// squeeze answers with gzip, which halves an entry bundle.
func squeeze(w http.ResponseWriter, data []byte) error {
	w.Header().Set("Content-Type", typeOctets)
	w.Header().Set("Content-Encoding", "gzip")
	z := gzip.NewWriter(w)
	z.Write(data) // a caller that has gone is nobody's error
	z.Close()
	return nil
}

// getPart is a sealed part, for those who may hold it. WIRE-11
func (s *Server) getPart(w http.ResponseWriter, r *http.Request) error {
	from, err := reader(r)
	if err != nil {
		return err
	}
	h, err := parley.ParseHash(r.PathValue("hash"))
	if err != nil {
		return err
	}
	part, err := from.Part(r.Context(), h)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store")
	answer(w, http.StatusOK, typeOctets, part)
	return nil
}
