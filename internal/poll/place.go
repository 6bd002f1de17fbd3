package poll

import (
	"encoding/json"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
)

// place is where a feed has come to. It is durable before the next page is asked for.
type place struct {
	AddedAfter string           `json:"added_after,omitempty"` // TAXII: as the server wrote it
	Next       string           `json:"next,omitempty"`        // TAXII: within a poll that has not ended
	Last       string           `json:"last,omitempty"`        // TAXII: the newest date of this poll so far
	Limit      int              `json:"limit,omitempty"`       // TAXII: objects of a page, where the usual number made no way
	ETag       string           `json:"etag,omitempty"`        // HTTP; MISP: of a manifest whose events are all here
	Modified   string           `json:"modified,omitempty"`    // HTTP
	Pushed     intel.Cursor     `json:"pushed,omitempty"`      // Push: all up to this
	Events     map[string]int64 `json:"events,omitempty"`      // MISP: the timestamps of the events that are here, in seconds, by UUID
	Pending    string           `json:"pending,omitempty"`     // Push: the status that was not complete
}

func parsePlace(s string) (p place, err error) {
	if err = json.Unmarshal([]byte(s), &p); err != nil {
		err = parley.E(parley.Internal, "the cursor of a feed is damaged: %w", err)
	}
	return p, err
}

func (p place) format() string {
	raw, _ := json.Marshal(p) // plain fields
	return string(raw)
}

// Report says what one poll did.
type Report struct {
	Name     string    `json:"name"`
	Pages    int       `json:"pages"`
	Objects  int       `json:"objects"`           // seen there, or pushed
	New      int       `json:"new"`               // taken, or accepted there
	Failed   int       `json:"failed"`            // not taken, or refused there
	Reasons  []string  `json:"reasons,omitempty"` // of the first of those
	Complete bool      `json:"complete"`          // nothing was left
	Until    time.Time `json:"until,omitzero"`    // the server wants us back then
}

// maxReasons bounds Report.Reasons.
const maxReasons = 20

// add is what one part of a poll did.
func (r *Report) add(o Report) {
	r.Pages, r.Objects, r.New, r.Failed = r.Pages+o.Pages, r.Objects+o.Objects, r.New+o.New, r.Failed+o.Failed
	for _, s := range o.Reasons {
		r.reason(s)
	}
}

func (r *Report) reason(s string) {
	if len(r.Reasons) < maxReasons {
		r.Reasons = append(r.Reasons, s)
	}
}
