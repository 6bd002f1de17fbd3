package taxii

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
)

// statusLife is how long a status is kept; OASIS TAXII 2.1 §4.3 wants 24 hours.
const statusLife = 7 * 24 * time.Hour

// add takes the objects of an envelope as they come, one after the other, and answers
// when all of them are durable: its status is complete at once. OASIS TAXII 2.1 §5.5
func (s *Server) add(w http.ResponseWriter, r *http.Request) error {
	c, err := s.find(r)
	if err != nil {
		return err
	}
	who := client(r)
	if !c.CanWrite {
		return parley.E(parley.Forbidden, "this client may not write to this collection").WithHint("the collections resource says can_write of the one that it may write to")
	}
	if err := takes(r.Header.Get("Content-Type")); err != nil {
		return gateway.WithStatus(http.StatusUnsupportedMediaType, err)
	}
	select {
	case s.writes <- struct{}{}:
		defer func() { <-s.writes }()
	default:
		return parley.E(parley.Unavailable, "%d envelopes are being taken already", maxWrites).WithHint("send it again in some seconds")
	}
	begun := s.Now().UTC()
	in, err := gateway.Body(w, r, s.MaxContent, s.Grace)
	if err != nil {
		return err
	}
	report, err := s.take(r.Context(), bufio.NewReaderSize(in, lookAhead), c, who)
	if err != nil && report.Objects == 0 {
		return gateway.BodyError(err, "")
	}
	st := newStatus(begun, report)
	raw, failed := json.Marshal(st)
	if failed != nil {
		return failed
	}
	// One commit makes the objects durable, and says so.
	if failed := s.Statuses.AddClientStatus(r.Context(), st.ID, who.Name, begun.UnixMicro(), begun.Add(-statusLife).UnixMicro(), raw); failed != nil {
		return failed
	}
	if err != nil {
		return gateway.BodyError(err, "what came before is taken")
	}
	s.Log.Info("a client wrote objects", "event", "taxii.add", "client", who.Name, "taken", st.SuccessCount, "failed", st.FailureCount)
	return s.write(w, r, http.StatusAccepted, st)
}

func (s *Server) take(ctx context.Context, in *bufio.Reader, c Collection, who gateway.Client) (intel.Report, error) {
	if err := isEnvelope(in); err != nil {
		return intel.Report{}, err
	}
	return s.Store.Import(ctx, in, intel.ImportOptions{Format: intel.STIX, Name: "TAXII client " + who.Name, Source: c.Source, Lazily: true})
}

// lookAhead is how much of a body is looked at before any of it is taken.
const lookAhead = 64 << 10

// isEnvelope refuses what is no envelope: an object alone, a list, a text. Of a long
// one it sees the beginning only; the reader of objects finds the rest. OASIS TAXII 2.1 §3.7
func isEnvelope(in *bufio.Reader) error {
	head, err := in.Peek(lookAhead)
	if err != nil && err != io.EOF {
		return err
	}
	whole := err == io.EOF
	d := json.NewDecoder(bytes.NewReader(head))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return parley.E(parley.Invalid, `the body is not an envelope: want {"objects":[...]}`)
	}
	for {
		key, err := d.Token()
		switch {
		case err != nil && whole:
			return parley.E(parley.Invalid, "the body is not JSON: %w", err)
		case err != nil || key == "objects":
			return nil
		case key == json.Delim('}'):
			return gateway.Refuse(http.StatusUnprocessableEntity, `While processing supplied content, an error occurred: the envelope has no objects: want {"objects":[...]}`)
		}
		var skipped json.RawMessage
		if err := d.Decode(&skipped); err != nil {
			if whole {
				return parley.E(parley.Invalid, "the body is not JSON: %w", err)
			}
			return nil
		}
	}
}

// newStatus says what became of each object that was not simply taken: by its id, or by its place
// where it says none, and by its version, or by a constant. OASIS TAXII 2.1 §4.3.1, status-details
func newStatus(begun time.Time, r intel.Report) Status {
	s := Status{ID: randomID(), Status: "complete", RequestTimestamp: formatAdded(begun),
		SuccessCount: r.Taken + r.Changed + r.Known + r.Contested, FailureCount: r.Quarantined + r.Refused}
	s.TotalCount = s.SuccessCount + s.FailureCount
	for _, l := range r.Lines {
		d := Detail{ID: cmp.Or(l.ID, l.Path, "objects"), Version: formatVersion(l.Version), Message: l.Reason}
		if l.What == intel.Quarantined || l.What == intel.Refused {
			s.Failures = append(s.Failures, d)
		}
	}
	return s
}

// randomID is a UUID of version 4. RFC 9562 §5.4
func randomID() string {
	var u [16]byte
	rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	x := hex.EncodeToString(u[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
