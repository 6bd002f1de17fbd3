package cli

import (
	"context"
	"os"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
)

// demoBundle is what Aster's analysts have found: documentation addresses and names only.
const demoBundle = `{"type":"bundle","id":"bundle--6a1f0c58-6a3e-4d5c-9a55-0d9a4f7d1001","objects":[
{"type":"identity","spec_version":"2.1","id":"identity--6a1f0c58-6a3e-4d5c-9a55-0d9a4f7d1002","created":"2026-01-05T08:00:00.000Z","modified":"2026-01-05T08:00:00.000Z","name":"CERT of Aster"},
{"type":"malware","spec_version":"2.1","id":"malware--6a1f0c58-6a3e-4d5c-9a55-0d9a4f7d1003","created":"2026-01-05T08:00:00.000Z","modified":"2026-01-05T08:00:00.000Z","name":"Tidewater","is_family":true,"labels":["exercise"]},
{"type":"indicator","spec_version":"2.1","id":"indicator--6a1f0c58-6a3e-4d5c-9a55-0d9a4f7d1004","created_by_ref":"identity--6a1f0c58-6a3e-4d5c-9a55-0d9a4f7d1002","created":"2026-01-05T08:00:00.000Z","modified":"2026-01-05T08:00:00.000Z","name":"Tidewater calls home","labels":["exercise"],"pattern":"[domain-name:value = 'gate.example.org' OR ipv4-addr:value = '203.0.113.77']","pattern_type":"stix","valid_from":"2026-01-05T08:00:00Z"},
{"type":"relationship","spec_version":"2.1","id":"relationship--6a1f0c58-6a3e-4d5c-9a55-0d9a4f7d1005","created":"2026-01-05T08:00:00.000Z","modified":"2026-01-05T08:00:00.000Z","relationship_type":"indicates","source_ref":"indicator--6a1f0c58-6a3e-4d5c-9a55-0d9a4f7d1004","target_ref":"malware--6a1f0c58-6a3e-4d5c-9a55-0d9a4f7d1003","labels":["exercise"]}
]}
`

// gives lets Aster take a bundle in and send it, and Borea find an address of it.
func (s *story) gives(ctx context.Context) error {
	aster, borea := s.w.nodes[demoAster], s.w.nodes[demoBorea]
	path := aster.home.Path("import-demo.json")
	if err := os.WriteFile(path, []byte(demoBundle), 0o600); err != nil {
		return parley.E(parley.Unavailable, "write the demo's bundle: %w", err)
	}
	defer os.Remove(path)
	var report intel.Report
	if err := aster.call(ctx, "intel.import", intelImportIn{Path: path, Name: "tidewater.json", Ticket: "demo"}, &report); err != nil {
		return err
	}
	var sent node.IntelSent
	begun := time.Now()
	if err := aster.call(ctx, "intel.send", node.IntelSend{Query: node.IntelQuery{Labels: []string{"exercise"}},
		SendRequest: node.SendRequest{To: []string{demoBorea + "/cert"}, Exercise: true, Now: true}}, &sent); err != nil {
		return err
	}
	s.result.Messages++
	for {
		var found node.IntelPage
		if err := borea.call(ctx, "intel.find", node.IntelQuery{Values: []string{"203.0.113[.]77"}, NoRaw: true}, &found); err != nil {
			return err
		}
		if len(found.Objects) > 0 {
			o := &found.Objects[0]
			s.say("Aster gave %d objects of intelligence; %.1f s later Borea finds 203.0.113.77: %s, %s, from %s in %s", sent.Objects, time.Since(begun).Seconds(), o.Title, o.Marking, o.From, o.Entry)
			return nil
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return err
		}
	}
}
