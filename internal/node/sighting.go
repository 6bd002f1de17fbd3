package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// Sighting is what people here saw of an object, or think of it. Of SendRequest, Text
// says more about it. Without addressees it goes to who gave the object, as an answer to
// the message that did.
type Sighting struct {
	SendRequest
	Object  string    `json:"object"`            // its id
	Count   int       `json:"count,omitempty"`   // how often it was seen; 0: once
	First   time.Time `json:"first,omitzero"`    // zero: as Last
	Last    time.Time `json:"last,omitzero"`     // zero: now
	Opinion string    `json:"opinion,omitempty"` // instead of having been seen: one of Opinions
	False   bool      `json:"false,omitempty"`   // instead of having been seen: it names what is harmless
	Keep    bool      `json:"keep,omitempty"`    // send nothing: it stays among our own
}

// Opinions are what people may think of an object. OASIS STIX 2.1 §10.13
var Opinions = []string{"strongly-disagree", "disagree", "neutral", "agree", "strongly-agree"}

// maxSightings bounds Sighting.Count. OASIS STIX 2.1 §5.2
const maxSightings = 999_999_999

// ReportSighting keeps a sighting or an opinion as an object of our own and sends it back
// to who gave the object. What came from a party goes to nobody else: to be told what was
// seen of it is to be told of it. Errors: NotFound where no such object is here, Invalid,
// Forbidden. INTEL-6
func (n *Node) ReportSighting(ctx context.Context, r Sighting) (IntelSent, error) {
	if err := r.check(n.now()); err != nil {
		return IntelSent{}, err
	}
	about, err := n.sighted(ctx, &r)
	if err != nil {
		return IntelSent{}, err
	}
	if r.Nonce == "" {
		var fresh parley.Nonce
		rand.Read(fresh[:])
		r.Nonce = fresh.String()
	} else if _, err := parley.ParseNonce(r.Nonce); err != nil {
		return IntelSent{}, err
	}
	id, objects, err := n.sightingObjects(&r, about)
	if err != nil {
		return IntelSent{}, err
	}
	own := IntelQuery{IDs: []string{id}, Direction: string(intel.Own)}
	before, err := n.FindIntel(ctx, own)
	if err != nil {
		return IntelSent{}, err
	}
	if len(before.Objects) == 0 { // else it was made under this nonce
		report, err := n.intel.Import(ctx, bytes.NewReader(objects), intel.ImportOptions{Format: "stix", Name: "sightings"})
		if err != nil {
			return IntelSent{}, err
		}
		for _, l := range report.Lines {
			return IntelSent{}, parley.E(parley.Invalid, "%s: %s", l.ID, l.Reason)
		}
	}
	if r.Keep {
		return IntelSent{Messages: []Held{}, Objects: 1, Octets: int64(len(objects)), Marking: about.Marking.String()}, nil
	}
	return n.SendIntel(ctx, IntelSend{SendRequest: r.SendRequest, Query: own, Yes: true})
}

// SightedIn is the message that gave the object of a sighting: one of its addressees
// reports it. NotFound where nobody gave the object.
func (n *Node) SightedIn(ctx context.Context, r Sighting) (Message, error) {
	if _, err := n.sighted(ctx, &r); err != nil {
		return Message{}, err
	}
	if r.Answers == "" {
		return Message{}, parley.E(parley.NotFound, "nobody gave %.100s", r.Object)
	}
	return n.Message(ctx, r.Answers)
}

// check looks at what needs no store.
func (r *Sighting) check(now time.Time) error {
	if r.Last.IsZero() {
		r.Last = now
	}
	if r.First.IsZero() {
		r.First = r.Last
	}
	thinks := r.False || r.Opinion != ""
	switch {
	case r.False && r.Opinion != "":
		return parley.E(parley.Invalid, "a false positive is an opinion of its own: want one of them")
	case r.Opinion != "" && !slices.Contains(Opinions, r.Opinion):
		return parley.E(parley.Invalid, "opinion %.40q: want one of %s", r.Opinion, strings.Join(Opinions, ", "))
	case thinks && r.Count != 0:
		return parley.E(parley.Invalid, "a count says how often it was seen: an opinion has none")
	case r.Count < 0 || r.Count > maxSightings:
		return parley.E(parley.Invalid, "count %d: want 1 to %d", r.Count, maxSightings)
	case r.Last.Before(r.First):
		return parley.E(parley.Invalid, "last seen %s, before it was first seen: want it at or after %s", r.Last.UTC().Format(time.RFC3339), r.First.UTC().Format(time.RFC3339))
	case r.Last.After(now.Add(time.Hour)):
		return parley.E(parley.Invalid, "seen at %s: that is still to come", r.Last.UTC().Format(time.RFC3339))
	case r.Keep && len(r.To) > 0:
		return parley.E(parley.Invalid, "it is kept or it goes to %s: want one of them", strings.Join(r.To, ", "))
	}
	return nil
}

// sighted is the object, from whom it is answered: the addressee's party, where one is
// named, else who gave it last. It fills in the addressee, the message that is answered,
// and the marking.
func (n *Node) sighted(ctx context.Context, r *Sighting) (intel.Held, error) {
	page, err := n.intel.Find(ctx, intel.Query{Clearance: intel.Operator(), IDs: []string{r.Object}, Directions: []intel.Direction{intel.Own, intel.In}, Newest: true, WithRevoked: true, Limit: 100})
	if err != nil {
		return intel.Held{}, err
	}
	if len(page.Objects) == 0 {
		return intel.Held{}, parley.E(parley.NotFound, "no object %.100s here", r.Object).WithHint("`parley intel search` finds by value, label and words")
	}
	about, given := page.Objects[0], []intel.Held{}
	var parties []string
	for _, h := range page.Objects {
		if h.Source.Direction == intel.In {
			given = append(given, h)
			parties = append(parties, string(h.Source.Party))
		}
	}
	if o, err := stix.Parse(about.Raw, stix.Limits{}); err == nil && !r.False && r.Opinion == "" && o.Class != stix.SDO && o.Class != stix.Unknown {
		return about, parley.E(parley.Invalid, "%.100s is a %s: STIX has sightings of what people describe, such as an indicator", r.Object, about.Type). // OASIS STIX 2.1 §5.2
																					WithHint("`parley intel search` with its value finds the indicator; an opinion may be of any object")
	}
	if len(given) == 0 {
		if len(r.To) == 0 && !r.Keep {
			return about, parley.E(parley.Invalid, "%s is our own: nobody gave it", r.Object).WithHint("say to whom it goes: --to BODY; or keep it: --keep")
		}
		return about, nil
	}
	about = given[0]
	if len(r.To) == 0 {
		r.To = []string{about.From}
	} else {
		for i, to := range r.To {
			at := slices.IndexFunc(given, func(h intel.Held) bool { return parley.Body(to).Party() == h.Source.Party })
			if at < 0 {
				return about, parley.E(parley.Forbidden, "%.100s did not give %s: what was seen of it goes back to %s", to, r.Object, strings.Join(slices.Compact(slices.Sorted(slices.Values(parties))), ", "))
			}
			if i == 0 {
				about = given[at]
			}
		}
	}
	if r.Keep {
		r.To = nil
	}
	if r.Answers == "" {
		r.Answers = about.Entry
	}
	if r.Agreement == "" {
		r.Agreement = about.Source.Agreement.String()
	}
	if r.Marking == "" {
		r.Marking = about.Marking.String()
	}
	return about, nil
}

// sightingObjects are who says it and what was seen or is thought, marked as the object
// is, as a bundle. The identifier comes of the nonce.
func (n *Node) sightingObjects(r *Sighting, about intel.Held) (id string, bundle []byte, err error) {
	name := "parley" // before the first agreement
	if lines := n.Lines(); len(lines) > 0 {
		name = string(lines[0].us)
	}
	us, who, err := intel.Organisation(name)
	if err != nil {
		return "", nil, err
	}
	at := func(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }
	m := map[string]any{"spec_version": "2.1", "created": at(n.now()), "modified": at(n.now()), "created_by_ref": us, "object_marking_refs": []string{stix.MarkingID(about.Marking)}}
	text := "explanation"
	switch {
	case r.False:
		m["type"], m["opinion"], m["object_refs"], m["labels"] = "opinion", Opinions[0], []string{about.ID}, []string{`misp:sighting="false-positive"`}
		if r.Text == "" {
			m[text] = "a false positive"
		}
	case r.Opinion != "":
		m["type"], m["opinion"], m["object_refs"] = "opinion", r.Opinion, []string{about.ID}
	default:
		text = "description"
		m["type"], m["sighting_of_ref"], m["count"], m["where_sighted_refs"] = "sighting", about.ID, max(r.Count, 1), []string{us}
		m["first_seen"], m["last_seen"] = at(r.First), at(r.Last)
	}
	if r.Text != "" {
		m[text] = r.Text
	}
	u := sha256.Sum256([]byte("sighting " + r.Nonce))
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80 // STIX knows the versions of RFC 4122 alone
	id = fmt.Sprintf("%s--%x-%x-%x-%x-%x", m["type"], u[:4], u[4:6], u[6:8], u[8:10], u[10:16])
	m["id"] = id
	raw, err := json.Marshal(m)
	if err != nil {
		return "", nil, parley.E(parley.Internal, "sighting: %w", err)
	}
	var b bytes.Buffer
	w := stix.NewBundle(&b, "")
	for _, x := range [][]byte{who, raw} {
		if err := w.Add(x); err != nil {
			return "", nil, err
		}
	}
	err = w.Close()
	return id, b.Bytes(), err
}
