package evidence_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/evidence"
	"parley.example/parley/seal"
)

// A second signature that is shown is judged with the message that it is about, which
// the file then holds too. JUDGE-22
func TestCountersign(t *testing.T) {
	for name, tt := range map[string]struct {
		other, stranger bool
		want            string
	}{
		"holds":                 {},
		"about another message": {other: true, want: "content"},
		"by another key":        {stranger: true, want: "content"},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			ref := w.write(aster, message("on one signature", parley.MessageID{}, parley.MessageID{}), borea)
			second := w.write(aster, message("something else", parley.MessageID{}, parley.MessageID{}), borea)
			at := func(r parley.Ref) seal.Envelope {
				env, err := seal.ParseEntry(w.books[r.Origin].raw[r.Index])
				w.must(err)
				return env
			}
			about, signs := at(ref), at(ref)
			if tt.other {
				signs = at(second)
			}
			key := w.parties["aster.example"].release[0]
			if tt.stranger {
				key = w.parties["borea.example"].release[0]
			}
			c, err := seal.NewCountersign(signs, key)
			w.must(err)
			c.About = about.ID()
			content, err := json.Marshal(c)
			w.must(err)
			mark := w.write(aster, seal.Message{Kind: parley.KindCountersign, Version: 1, Precedence: parley.Routine, Marking: "TLP:AMBER", Languages: []string{"en"},
				Thread: about.ID(), Answers: about.ID(), Content: content}, borea)
			w.cosign(mark.Origin, w.parties["borea.example"].mirror...)
			raw, err := evidence.Build(w, w.signed.Note(), nil, evidence.Ask{Message: mark, Reveal: true})
			if tt.want != "" {
				if parley.KindOf(err) != parley.Untrusted || !strings.Contains(err.Error(), tt.want) {
					t.Fatalf("%v: want it void for its %s", err, tt.want)
				}
				return
			}
			w.must(err)
			if r := w.verify(raw); !r.Proven() {
				t.Errorf("%+v", r.Statements)
			}
			f, err := evidence.Parse(raw)
			w.must(err)
			if len(f.Steps) != 2 || f.Steps[0].Leaf.Ref != ref {
				t.Errorf("%d entries: want the message and its second signature", len(f.Steps))
			}
			from, to := bytes.Index(raw, []byte("entry "+ref.String())), bytes.Index(raw, []byte("entry "+mark.String()))
			alone := edit(t, raw, string(raw[from:to]), "")
			if _, err := evidence.Verify(alone, w.trusting()); err == nil || !strings.Contains(err.Error(), "not in the file") {
				t.Errorf("without the message: %v", err)
			}
		})
	}
}
