package review

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/tlog"

	"parley.example/parley"
	"parley.example/parley/proof"
)

// Cut is what a figure is computed at: how far each journal of the two parties is
// read, and until when stamps count. REVIEW-1
type Cut struct {
	Instant  time.Time // whole seconds, UTC
	Journals []Place   // each party's in order of succession
}

// Place is one journal at one size.
type Place struct {
	Origin parley.Origin
	Size   uint64
	Root   tlog.Hash
}

// about is how many entries the journals hold; a cut that claims absurd sizes is not
// believed.
func (c Cut) about() (n int) {
	const most = 1 << 20
	for _, p := range c.Journals {
		n = min(n+int(min(p.Size, most)), most)
	}
	return n
}

const instantForm = "2006-01-02T15:04:05Z"

type wireCut struct {
	Instant  string      `json:"instant"`
	Journals []wirePlace `json:"journals"`
}

type wirePlace struct {
	Origin parley.Origin `json:"origin"`
	Size   uint64        `json:"size"`
	Root   string        `json:"root"`
}

// MarshalJSON spells a cut.
func (c Cut) MarshalJSON() ([]byte, error) {
	w := wireCut{Instant: c.Instant.UTC().Format(instantForm), Journals: []wirePlace{}}
	for _, p := range c.Journals {
		w.Journals = append(w.Journals, wirePlace{p.Origin, p.Size, p.Root.String()})
	}
	return json.Marshal(w)
}

// UnmarshalJSON reads what MarshalJSON spells.
func (c *Cut) UnmarshalJSON(b []byte) error {
	var w wireCut
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(&w); err != nil {
		return errCut("%v", err)
	}
	out := Cut{}
	var err error
	if out.Instant, err = time.Parse(instantForm, w.Instant); err != nil {
		return errCut("instant %.40q", w.Instant)
	}
	for _, p := range w.Journals {
		if err := out.add(string(p.Origin), strconv.FormatUint(p.Size, 10), p.Root); err != nil {
			return err
		}
	}
	*c = out
	return out.check()
}

// String is the cut on one line: the instant, then <origin>=<size>=<root> for each journal.
func (c Cut) String() string {
	var b strings.Builder
	b.WriteString(c.Instant.UTC().Format(instantForm))
	for _, p := range c.Journals {
		b.WriteString(" " + string(p.Origin) + "=" + strconv.FormatUint(p.Size, 10) + "=" + p.Root.String())
	}
	return b.String()
}

// ParseCut reads a cut as another review printed it: its line, its JSON, or the
// whole review in JSON. Errors are parley.Invalid. REVIEW-1
func ParseCut(b []byte) (Cut, error) {
	var c Cut
	s := strings.TrimSpace(string(b))
	if strings.HasPrefix(s, "{") {
		var whole struct {
			Cut *Cut `json:"cut"`
		}
		if err := json.Unmarshal([]byte(s), &whole); err == nil && whole.Cut != nil {
			return *whole.Cut, nil
		}
		return c, c.UnmarshalJSON([]byte(s))
	}
	fields := strings.Fields(strings.TrimPrefix(s, "cut "))
	if len(fields) == 0 {
		return c, errCut("it is empty")
	}
	var err error
	if c.Instant, err = time.Parse(instantForm, fields[0]); err != nil {
		return c, errCut("instant %.40q", fields[0])
	}
	for _, f := range fields[1:] {
		p := strings.SplitN(f, "=", 3)
		if len(p) != 3 {
			return c, errCut("%.80q", f)
		}
		if err := c.add(p[0], p[1], p[2]); err != nil {
			return c, err
		}
	}
	return c, c.check()
}

func (c *Cut) add(origin, size, root string) error {
	o, err := parley.ParseOrigin(origin)
	if err != nil {
		return err
	}
	n, err := parley.ParseSize(size)
	if err != nil {
		return err
	}
	h, err := proof.ParseTreeHash(root)
	if err != nil {
		return err
	}
	c.Journals = append(c.Journals, Place{o, n, h})
	return nil
}

func (c *Cut) check() error {
	seen := map[parley.Origin]bool{}
	for _, p := range c.Journals {
		if seen[p.Origin] {
			return errCut("%s twice", p.Origin)
		}
		seen[p.Origin] = true
	}
	if len(c.Journals) == 0 {
		return errCut("no journal")
	}
	return nil
}

func errCut(format string, args ...any) error {
	return parley.E(parley.Invalid, "cut: "+format+": want an instant such as 2027-05-22T00:00:00Z and origin=size=root for each journal", args...).
		WithHint("give the file or the line that another review printed")
}

// Of finds the place of a journal; ok is false where the cut does not name it.
func (c Cut) Of(o parley.Origin) (Place, bool) {
	for _, p := range c.Journals {
		if p.Origin == o {
			return p, true
		}
	}
	return Place{}, false
}
