package parleytest_test

import (
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// story is half a year as a script that a diplomat could read, told over real
// nodes with a clock of its own.
type story struct {
	*parleytest.Circle
	t    *testing.T
	line int
	said map[string]parley.MessageID // what the script calls a message
}

// verb is a sentence that the story understands; do gets what its groups matched.
type verb struct {
	sentence *regexp.Regexp
	do       func(s *story, m []string) error
}

// verbs of the whole story; each noun's file has its own, and one line here.
func verbs() []verb {
	all := []verb{
		sentence(`Nothing happens\.`, func(*story, []string) error { return nil }),
		sentence(`The line is up\.`, func(*story, []string) error { return nil }),
		sentence(`The line is cut\.`, func(s *story, _ []string) error { return s.cut(true) }),
		sentence(`The line is restored\.`, func(s *story, _ []string) error { return s.cut(false) }),
		sentence(`The arrangement is in force on both sides\.`, (*story).inForce),
		sentence(`Both sides print the same review\.`, func(s *story, _ []string) error { return s.SameReview(s.t.Context(), nil) }),
	}
	return slices.Concat(all, requestVerbs(), matterVerbs())
}

func sentence(pattern string, do func(*story, []string) error) verb {
	return verb{regexp.MustCompile("^" + pattern + "$"), do}
}

// TestHalfYear tells testdata/half-year.txt.
func TestHalfYear(t *testing.T) {
	script, err := os.ReadFile("testdata/half-year.txt")
	if err != nil {
		t.Fatal(err)
	}
	c, err := parleytest.MakeCircle(t.TempDir(), 2027, parleytest.Daily, "", parleytest.Aster, parleytest.Borea)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := &story{Circle: c, t: t, said: map[string]parley.MessageID{}}
	s.rest()
	known := verbs()
	for i, line := range strings.Split(string(script), "\n") {
		s.line = i + 1
		if strings.TrimSpace(line) == "" || strings.HasPrefix(line, "#") {
			continue
		}
		happens := !strings.HasPrefix(line, " ")
		if happens {
			at, err := time.Parse("2006-01-02 15:04", line[:min(16, len(line))])
			if err != nil || at.Before(c.Clock.Now()) {
				t.Fatalf("line %d: want an instant after %s: %s", s.line, c.Clock.Now().Format("2006-01-02 15:04"), line)
			}
			c.Clock.Advance(at.Sub(c.Clock.Now()))
			line = line[16:]
		}
		if err := s.tell(known, strings.TrimSpace(line)); err != nil {
			t.Fatalf("line %d: %s\n\t%v", s.line, strings.TrimSpace(line), err)
		}
		if happens {
			s.rest()
		}
	}
	if err := c.Check(t.Context()); err != nil {
		t.Error(err)
	}
}

func (s *story) tell(known []verb, sentence string) error {
	for _, v := range known {
		if m := v.sentence.FindStringSubmatch(sentence); m != nil {
			return v.do(s, m)
		}
	}
	return fmt.Errorf("no verb for this sentence")
}

// rest lets everything that can come to rest do so: three minutes pass.
func (s *story) rest() {
	s.t.Helper()
	if err := s.Settle(s.t.Context()); err != nil {
		s.t.Fatalf("line %d: %v", s.line, err)
	}
}

// member is the node of Aster or Borea.
func (s *story) member(name string) *parleytest.Member {
	return s.Nodes[strings.ToLower(name)+".example"]
}

// body is what the script calls Aster's cert, or Borea's ministry.
func body(party, name string) string {
	return strings.ToLower(party) + ".example/" + map[string]string{"cert": "cert", "ministry": "mfa"}[name]
}

func (s *story) cut(apart bool) error {
	a, b := s.member("Aster").Address, s.member("Borea").Address
	if apart {
		s.Net.Part(a, b)
		s.Net.Part(b, a)
		return nil
	}
	s.Net.Heal(a, b)
	s.Net.Heal(b, a)
	for range 40 { // those who could not reach each other try again after a while
		s.rest()
	}
	return nil
}

func (s *story) inForce(_ []string) error {
	for _, name := range s.Order {
		list, err := s.Nodes[name].Node.Agreements(s.t.Context())
		if err != nil || len(list) != 1 || list[0].State != "in force" {
			return fmt.Errorf("%s: %+v, %v", name, list, err)
		}
	}
	return nil
}

// reviewed finds the row of a message in a node's review, and the whole of it.
func (s *story) reviewed(m *parleytest.Member, id parley.MessageID) (row map[string]any, whole map[string]any, err error) {
	file, err := m.Node.Review(s.t.Context(), node.ReviewRequest{})
	if err != nil {
		return nil, nil, err
	}
	if err := json.Unmarshal(file.Review, &whole); err != nil {
		return nil, nil, err
	}
	var look func(v any)
	look = func(v any) {
		switch v := v.(type) {
		case map[string]any:
			if v["id"] == id.String() && v["verdict"] != nil {
				row = v
			}
			for _, x := range v {
				look(x)
			}
		case []any:
			for _, x := range v {
				look(x)
			}
		}
	}
	look(whole)
	return row, whole, nil
}
