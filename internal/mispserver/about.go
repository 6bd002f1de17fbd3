package mispserver

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"

	"parley.example/parley/internal/gateway"
)

// The version of MISP whose calls these are: instances of one minor version take
// each other for compatible, whatever the last number.
const (
	speaks       = "2.5.1"
	pymispSpeaks = "2.5.1"
)

// version answers GET /servers/getVersion: what a peer may do here. An instance
// decides by perm_sync whether it pushes events, by perm_sighting whether it pushes
// sightings, and it compresses what it sends as request_encoding says.
func (q *request) version() error {
	may := q.who.Clearance.Write
	return q.json(struct {
		Version         string   `json:"version"`
		PyMISP          string   `json:"pymisp_recommended_version"`
		Sync            bool     `json:"perm_sync"`
		Sighting        bool     `json:"perm_sighting"`
		GalaxyEditor    bool     `json:"perm_galaxy_editor"`
		AnalystData     bool     `json:"perm_analyst_data"`
		UUID            string   `json:"uuid"`
		RequestEncoding []string `json:"request_encoding"`
		FilterSightings bool     `json:"filter_sightings"`
	}{speaks, pymispSpeaks, may, may, false, false, q.org().UUID, []string{"gzip"}, true})
}

func (q *request) pymispVersion() error {
	return q.json(map[string]string{"version": pymispSpeaks})
}

// postTest answers POST /servers/postTest: what came, so that a peer sees that
// nothing on the way changes a body.
func (q *request) postTest() error {
	var body any
	if err := q.question(&body); err != nil {
		return err
	}
	head := func(name string) any {
		if v := q.r.Header.Get(name); v != "" {
			return v
		}
		return 0
	}
	authorization := any("OK")
	if q.r.Header.Get("Authorization") == "" {
		authorization = 0
	}
	return q.json(map[string]any{"body": body, "headers": map[string]any{
		"Content-type": head("Content-Type"), "Accept": head("Accept"), "Authorization": authorization,
	}})
}

// filteringRules answers GET /servers/getAvailableSyncFilteringRules: who wrote the events
// that the client sees, and the tags of them, to make its rules of.
func (q *request) filteringRules() error {
	entries, err := q.indexOf(q.who).list(q.ctx(), nil)
	if err != nil {
		return err
	}
	orgs, tags := map[string]bool{}, map[string]bool{}
	for _, e := range entries {
		orgs[e.Orgc.Name] = true
		for _, t := range e.Tags {
			if !t.Local {
				tags[t.Name] = true
			}
		}
	}
	sorted := func(m map[string]bool) []string {
		return slices.AppendSeq([]string{}, slices.Values(slices.Sorted(maps.Keys(m))))
	}
	return q.json(map[string][]string{"organisations": sorted(orgs), "tags": sorted(tags)})
}

// user answers GET /users/view/me: the client itself, as MISP shows a user.
func (q *request) user() error {
	if who := q.at.arg(0); who != "me" && who != "" && who != userID {
		return errNoSuchCall
	}
	may := q.who.Clearance.Write
	org := q.org()
	organisation := map[string]any{"id": orgID, "name": org.Name, "uuid": org.UUID, "local": true}
	return q.json(map[string]any{
		"User": map[string]any{
			"id": userID, "email": q.who.Name + "@gateway.invalid", "org_id": orgID, "role_id": roleID, "server_id": "0",
			"autoalert": false, "contactalert": false, "disabled": false, "change_pw": "0", "termsaccepted": true, "newsread": "0",
			"expiration": nil, "date_created": "0", "date_modified": "0", "last_login": "0", "current_login": "0",
		},
		"Role": map[string]any{
			"id": roleID, "name": "Gateway client", "permission": map[bool]string{false: "0", true: "1"}[may],
			"permission_description": map[bool]string{false: "read_only", true: "manage_own_events"}[may],
			"perm_add":               may, "perm_modify": may, "perm_modify_org": false, "perm_publish": may, "perm_delegate": false, "perm_sync": may,
			"perm_admin": false, "perm_audit": false, "perm_auth": true, "perm_site_admin": false, "perm_regexp_access": false, "perm_tagger": false,
			"perm_template": false, "perm_sharing_group": false, "perm_tag_editor": false, "perm_sighting": may, "perm_object_template": false,
			"perm_publish_zmq": false, "perm_publish_kafka": false, "perm_decaying": false, "perm_galaxy_editor": false, "perm_warninglist": false,
			"perm_view_feed_correlations": false, "perm_analyst_data": false, "default_role": false, "memory_limit": "", "max_execution_time": "",
			"restricted_to_site_admin": false, "enforce_rate_limit": false, "rate_limit_count": "0",
		},
		"UserSetting":  []any{},
		"Organisation": organisation,
	})
}

// Numbers that MISP's tools want to see: there is one of each.
const (
	userID = "1"
	roleID = "1"
	orgID  = "1"
)

func (q *request) json(v any) error { return q.write(q.w, q.r, http.StatusOK, v) }

func (q *request) text(kind string, raw []byte) error {
	gateway.Write(q.w, q.r, http.StatusOK, kind, raw, 0)
	return nil
}

// nothing answers with an empty list.
func (q *request) nothing() error { return q.json([]json.RawMessage{}) }
