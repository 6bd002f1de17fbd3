package mispserver

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/misp"
	"parley.example/parley/internal/stix"
)

// sighted makes the objects that say so, marked as what was seen is, and the last of
// them as MISP shows it.
func (q *request) sighted(targets []intel.Held, s *seen) (objects [][]byte, last map[string]any, err error) {
	kind, err := s.kind()
	if err != nil {
		return nil, nil, err
	}
	when, err := s.at(q.Now())
	if err != nil {
		return nil, nil, err
	}
	by := q.org()
	if s.By != nil && len(s.By.UUID) == 36 {
		by = misp.Org{Name: s.By.Name, UUID: lower(s.By.UUID)}
	}
	author := "identity--" + by.UUID
	const epoch = "1970-01-01T00:00:00.000Z"
	raw, err := json.Marshal(map[string]any{"type": "identity", "spec_version": "2.1", "id": author, "created": epoch, "modified": epoch, "name": by.Name, "identity_class": "organization"})
	if err != nil {
		return nil, nil, err
	}
	objects = append(objects, raw)
	at := when.UTC().Format("2006-01-02T15:04:05.000Z")
	for _, h := range targets {
		uuid := lower(s.UUID)
		if len(uuid) != 36 || len(targets) > 1 {
			uuid = random()
		}
		m := map[string]any{"spec_version": "2.1", "created": at, "modified": at, "created_by_ref": author, "object_marking_refs": []string{stix.MarkingID(h.Marking)}}
		if s.Source != "" {
			m["x_misp_source"] = s.Source
		}
		switch kind {
		case 0:
			m["type"], m["sighting_of_ref"], m["count"], m["first_seen"], m["last_seen"], m["where_sighted_refs"] = "sighting", h.ID, 1, at, at, []string{author}
		case 1:
			m["type"], m["opinion"], m["explanation"], m["object_refs"], m["labels"] = "opinion", "strongly-disagree", "MISP false positive", []string{h.ID}, []string{`misp:sighting="false-positive"`}
		case 2:
			m["type"], m["content"], m["object_refs"], m["labels"] = "note", "expires at "+when.UTC().Format(time.RFC3339), []string{h.ID}, []string{`misp:sighting="expiration"`}
		}
		m["id"] = m["type"].(string) + "--" + uuid
		if raw, err = json.Marshal(m); err != nil {
			return nil, nil, err
		}
		objects = append(objects, raw)
		_, attribute, _ := strings.Cut(h.ID, "--")
		last = map[string]any{"id": number(uuid), "uuid": uuid, "attribute_id": number(attribute), "attribute_uuid": attribute, "event_id": "0", "org_id": orgID,
			"date_sighting": unix(when), "source": s.Source, "type": strconv.Itoa(kind)}
	}
	return objects, last, nil
}

// sightable says whether STIX lets an object be sighted: domain objects only. OASIS STIX 2.1 §5.2
func sightable(id string) bool {
	kind, _, _ := strings.Cut(id, "--")
	switch kind {
	case "indicator", "observed-data", "vulnerability":
		return true
	}
	return strings.HasPrefix(kind, "x-misp-")
}

// random is a UUID of version 4. RFC 9562 §5.4
func random() string {
	var u [16]byte
	rand.Read(u[:])
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	x := hex.EncodeToString(u[:])
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
