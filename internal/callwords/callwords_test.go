package callwords

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"parley.example/parley"
)

var (
	there = Pair{Agreement: parley.Sum([]byte("a")), Caller: "aster.example/cert", Called: "borea.example/cert"}
	back  = Pair{Agreement: there.Agreement, Caller: there.Called, Called: there.Caller}
	noon  = time.Date(2027, 1, 31, 12, 30, 0, 0, time.UTC)
)

func fixed(t *testing.T) Secret {
	t.Helper()
	s, err := New(bytes.NewReader(bytes.Repeat([]byte{7}, 32)))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// TestList: a word that is half heard is no other word. CALL-9
func TestList(t *testing.T) {
	for i, w := range list {
		if len(w) < 4 || len(w) > 8 || strings.Trim(w, "abcdefghijklmnopqrstuvwxyz") != "" {
			t.Errorf("%q: want four to eight lower-case letters", w)
		}
		for _, o := range list[:i] {
			if w[:4] == o[:4] || distance(w, o) < 3 {
				t.Errorf("%s and %s sound too much alike", w, o)
			}
			if w < o {
				t.Errorf("%s stands after %s", w, o)
			}
		}
	}
}

func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0]++
		for j := range len(b) {
			change := before
			if a[i] != b[j] {
				change++
			}
			before = row[j+1]
			row[j+1] = min(row[j+1]+1, row[j]+1, change)
		}
	}
	return row[len(b)]
}

// TestBothSidesSayTheSame, and every other slot says something else.
func TestBothSidesSayTheSame(t *testing.T) {
	s := fixed(t)
	again, err := ParseSecret(s.Text())
	if err != nil || again != s {
		t.Fatalf("the secret does not read back: %v", err)
	}
	seen := map[string]Slot{}
	for _, p := range []Pair{there, back} {
		for _, slot := range Open(noon) {
			x := s.At(p, slot)
			if x != again.At(p, slot) {
				t.Fatalf("%v differs on the two sides", slot)
			}
			for _, h := range []Half{x.Caller, x.Called} {
				if was, twice := seen[h.String()]; twice {
					t.Errorf("%v and %v say the same", slot, was)
				}
				seen[h.String()] = slot
			}
		}
	}
	if other := (Pair{parley.Sum([]byte("b")), there.Caller, there.Called}); s.At(other, Slot{1, 1}) == s.At(there, Slot{1, 1}) {
		t.Error("another agreement has the same words")
	}
}

// TestKnownWords pins the derivation: a change is another format. CALL-9
func TestKnownWords(t *testing.T) {
	x := fixed(t).At(there, Slot{HourOf(noon), 1})
	if got, want := x.Caller.String()+"/"+x.Caller.Digits+"/"+x.Called.String(), "ocean album vanilla/03890195/lizard paper kernel"; got != want {
		t.Errorf("words are %s, want %s", got, want)
	}
}

func TestFind(t *testing.T) {
	s := fixed(t)
	third := s.At(there, Slot{HourOf(noon), 3})
	loud := strings.ToUpper(strings.ReplaceAll(third.Caller.String(), " ", ", "))
	short := third.Caller.Words[0][:4] + " " + third.Caller.Words[1] + " " + third.Caller.Words[2]
	for _, c := range []struct {
		name, heard string
		pair        Pair
		at          time.Time
		found       bool
	}{
		{"as said", third.Caller.String(), there, noon, true},
		{"loud", loud, there, noon, true},
		{"half heard", short, there, noon, true},
		{"digits", third.Caller.Spoken(), there, noon, true},
		{"just after the hour", third.Caller.String(), there, noon.Add(39 * time.Minute), true},
		{"before the hour, by a slow clock", third.Caller.String(), there, noon.Add(-39 * time.Minute), true},
		{"an hour later", third.Caller.String(), there, noon.Add(time.Hour), false},
		{"a day later", third.Caller.String(), there, noon.Add(24 * time.Hour), false},
		{"by the other side", third.Caller.String(), back, noon, false},
		{"the answer, said first", third.Called.String(), there, noon, false},
		{"two words", third.Caller.Words[0] + " " + third.Caller.Words[1], there, noon, false},
		{"nothing", "", there, noon, false},
		{"no words of the list", "hello there friend", there, noon, false},
	} {
		x, ok := s.Find(c.pair, c.heard, c.at)
		if ok != c.found || ok && x != third {
			t.Errorf("%s: found %v %v", c.name, ok, x.Slot)
		}
	}
	card := s.Card(there, 24)
	if x, ok := s.Find(there, card[4].Caller.String(), noon.AddDate(1, 0, 0)); !ok || x.Slot != (Slot{N: 5}) {
		t.Errorf("line 5 of the card: %v %v", ok, x.Slot)
	}
}

func TestParseSecret(t *testing.T) {
	good := fixed(t).Text()
	for name, text := range map[string]string{"nothing": "", "short": good[1:], "long": good + "a", "upper case": strings.ToUpper(good),
		"other spelling": good[:51] + "h", "no base32": "1" + good[1:]} {
		if _, err := ParseSecret(text); parley.KindOf(err) != parley.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzNormal: whatever was typed, what comes out is one spelling of itself.
func FuzzNormal(f *testing.F) {
	for _, s := range []string{"river window lemon", "1234 5678", "RIVER-window, lemo", "é è ê", "abcd abcd abcd", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, heard string) {
		said, ok := Normal(heard)
		if !ok {
			return
		}
		if again, ok := Normal(said); !ok || again != said {
			t.Errorf("%q is %q, and that is %q", heard, said, again)
		}
	})
}
