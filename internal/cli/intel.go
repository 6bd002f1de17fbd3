package cli

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/node"
)

// intelCmd keeps and gives intelligence.
type intelCmd struct {
	Import     intelImport     `cmd:"" help:"Take files in: STIX 2.1 and 2.0, MISP, CSAF, CSV, lists of values. One bad object never costs the good ones."`
	Search     intelSearch     `cmd:"" help:"Find objects by value, id, label, type, pattern or words; with --new what has come since you looked last."`
	Show       intelShow       `cmd:"" help:"Show an object: its octets, its versions, who gave it, in which entry, what refers to it."`
	Export     intelExport     `cmd:"" help:"Write what a query finds to a file."`
	Send       intelSend       `cmd:"" help:"Send what a query finds to a counterpart, under the agreement."`
	Rule       intelRuleCmd    `cmd:"" help:"Rules that send by themselves what comes: add, list, pause, resume, remove."`
	Quarantine intelQuarantine `cmd:"" help:"What an import did not take, kept to be looked at: list, show, release, drop."`
	Source     intelSources    `cmd:"" help:"List the sources of the store: our own, and what came and went under each agreement."`
	Sighting   intelSighting   `cmd:"" help:"Say that an object was seen, or that it is a false positive: back to who gave it."`
	Opinion    intelOpinion    `cmd:"" help:"Say what you think of an object: back to who gave it."`
	Recall     intelRecall     `cmd:"" help:"Take back what was sent: an answer is owed."`
	Recalled   intelRecalled   `cmd:"" help:"Answer a recall: it is out of use here, or some of it stays and why."`
}

// intelQuery has the flags of every command that finds objects.
type intelQuery struct {
	Query     []string  `arg:"" optional:"" sep:"none" help:"An id, a value (also defanged), a pattern, label:WORD, type:WORD, tlp:WORD, or words."`
	Type      []string  `sep:"none" placeholder:"WORD" help:"Objects of a STIX type, such as indicator."`
	Label     []string  `sep:"none" placeholder:"WORD" help:"Objects with a label."`
	ID        []string  `sep:"none" name:"id" placeholder:"ID" help:"The object with a STIX id."`
	Value     []string  `sep:"none" placeholder:"VALUE" help:"Observables with a value, and indicators whose pattern it makes true."`
	Covering  bool      `help:"Of a value also what it lies in: the prefixes around an address, the domains above a name, the host of a URL or an e-mail address."`
	Pattern   string    `placeholder:"PATTERN" help:"What is found by a value of a STIX pattern."`
	Ref       []string  `sep:"none" placeholder:"ID" help:"Objects that refer to an object."`
	Text      string    `placeholder:"WORDS" help:"Words of the name, the description or a value."`
	Party     string    `placeholder:"PARTY" help:"Only what came from a party, or went to it."`
	Direction string    `placeholder:"WORD" help:"own, in or out; default: own and in."`
	Source    []int64   `placeholder:"NUMBER" help:"Only a source, by its number."`
	TLP       string    `name:"tlp" placeholder:"WORD" help:"This traffic light and below."`
	MinTLP    string    `name:"min-tlp" placeholder:"WORD" help:"This traffic light and above."`
	Added     time.Time `name:"added-after" placeholder:"TIME" help:"Added after an instant, such as 2027-01-31T09:00:00Z."`
	From      time.Time `name:"modified-from" placeholder:"TIME" help:"Of a version at or after an instant."`
	Until     time.Time `name:"modified-until" placeholder:"TIME" help:"Of a version before an instant."`
	Revoked   bool      `help:"Also what its author has revoked."`
}

func (q *intelQuery) query() node.IntelQuery {
	return node.IntelQuery{Terms: q.Query, Types: q.Type, Labels: q.Label, IDs: q.ID, Values: q.Value, Covering: q.Covering, Pattern: q.Pattern, Refs: q.Ref, Text: q.Text,
		Party: q.Party, Direction: q.Direction, Sources: q.Source, MaxTLP: q.TLP, MinTLP: q.MinTLP, AddedAfter: q.Added, ModifiedFrom: q.From,
		ModifiedUntil: q.Until, Revoked: q.Revoked}
}

type intelSearch struct {
	intelQuery
	New       bool `help:"What counterparts gave since you looked last; it counts as looked at then."`
	Oldest    bool `help:"The first added first."`
	All       bool `name:"all-versions" help:"Every version, not only the last."`
	Recalled  bool `help:"Also what was recalled."`
	Contested bool `help:"Only what claims to be one version and differs, both of each pair."`
	Limit     int  `short:"n" default:"50" placeholder:"OBJECTS" help:"At most so many; 0 is all."`
}

func (s *intelSearch) Run(c *Context) error {
	q := s.query()
	q.New, q.Newest, q.Recalled, q.OnlyContested, q.NoRaw = s.New, !s.Oldest && !s.New, s.Recalled, s.Contested, !c.JSON
	if s.All {
		q.Versions = []string{"all"}
	}
	list := []node.IntelObject{}
	more := false
	err := c.node(func(n ctl.Caller) error {
		for {
			q.Limit = 500
			if s.Limit > 0 {
				q.Limit = min(q.Limit, s.Limit-len(list))
			}
			var p node.IntelPage
			if err := n.Call(c, "intel.find", q, &p); err != nil {
				return err
			}
			list = append(list, p.Objects...)
			if q.After = p.Next; p.Next == 0 {
				break
			}
			if s.Limit > 0 && len(list) >= s.Limit {
				more = true
				break
			}
		}
		if !s.New || len(list) == 0 {
			return nil
		}
		return n.Call(c, "intel.seen", intelSeenIn{list[len(list)-1].N}, nil)
	})
	if err != nil {
		return err
	}
	if more {
		c.Hint("there are more: --limit 0 shows all")
	}
	if len(list) == 0 && !c.JSON {
		c.Say("nothing found")
	}
	return c.Data(list, func(w io.Writer) { intelRows(w, list) })
}

func intelRows(w io.Writer, list []node.IntelObject) {
	var cells [][]string
	for i := range list {
		o := &list[i]
		from := string(o.Direction)
		if o.Direction == intel.Own && o.From != "" {
			from += " " + o.From // the file, feed or tool
		}
		if o.Party != "" {
			from += " " + string(o.Party)
		}
		if o.Entry != "" {
			from += " " + o.Entry
		}
		state := ""
		for _, x := range []struct {
			is   bool
			word string
		}{{o.Recalled, "recalled "}, {o.Revoked, "revoked "}, {o.Contested, "contested "}, {!o.Last, "superseded "}} {
			if x.is {
				state += x.word
			}
		}
		cells = append(cells, []string{o.ID, o.Marking, from, stamp(o.Added), state + o.Title})
	}
	columns(w, []string{"OBJECT", "MARKING", "FROM", "ADDED (UTC)", "WHAT"}, cells)
}

type intelSeenIn struct {
	Upto uint64 `json:"upto"`
}

type intelSources struct{}

func (intelSources) Run(c *Context) error {
	var list []intelSourceOut
	if err := c.Call("intel.sources", ctl.None{}, &list); err != nil {
		return err
	}
	return c.Data(list, func(w io.Writer) {
		var cells [][]string
		for _, s := range list {
			cells = append(cells, []string{strconv.FormatInt(s.N, 10), string(s.Direction), string(s.Party), s.Name, strconv.FormatInt(s.Objects, 10), stamp(s.Added), s.Agreement})
		}
		columns(w, []string{"SOURCE", "DIRECTION", "PARTY", "NAME", "OBJECTS", "LAST (UTC)", "AGREEMENT"}, cells)
	})
}

type intelShow struct {
	ID        string `arg:"" help:"The object's STIX id."`
	Language  string `placeholder:"TAG" help:"Also what it is in a language, such as ru, where somebody gave a translation."`
	Raw       bool   `help:"Only the octets of the last version, as they came."`
	Original  bool   `help:"Only the octets that the last version was made of, where STIX 2.0 came."`
	Contested bool   `help:"Also what claims to be a version that was here already and says something else."`
}

// shownIntel is an object with what is known of it.
type shownIntel struct {
	Versions []node.IntelObject `json:"versions"`              // the first added first
	Refers   []node.IntelObject `json:"referred_by,omitempty"` // objects that name it

	Translations []node.IntelTranslation `json:"translations,omitempty"` // of the last version
}

// last is the version that is the newest, as its author says.
func (s *shownIntel) last() *node.IntelObject {
	last := &s.Versions[0]
	for i := range s.Versions {
		if v := &s.Versions[i]; v.Version.After(last.Version) {
			last = v
		}
	}
	return last
}

// intelNumber is an object by its number in the store.
type intelNumber struct {
	Number uint64 `json:"number"`
}

func (s *intelShow) Run(c *Context) error {
	var out shownIntel
	var came []byte
	err := c.node(func(n ctl.Caller) error {
		all := func(q node.IntelQuery) (list []node.IntelObject, err error) {
			for q.Limit = 500; len(list) < 2000; {
				var p node.IntelPage
				if err := n.Call(c, "intel.find", q, &p); err != nil {
					return nil, err
				}
				list = append(list, p.Objects...)
				if q.After = p.Next; p.Next == 0 {
					break
				}
			}
			return list, nil
		}
		for _, direction := range []string{"", "out"} {
			list, err := all(node.IntelQuery{IDs: []string{s.ID}, Versions: []string{"all"}, Recalled: true, Revoked: true, Contested: s.Contested, Direction: direction, Octets: !c.JSON || s.Raw})
			if err != nil {
				return err
			}
			out.Versions = append(out.Versions, list...)
		}
		if len(out.Versions) == 0 {
			return parley.E(parley.NotFound, "no object %.100s here", s.ID).WithHint("`parley intel search` finds by value, label and words too")
		}
		if s.Original {
			return n.Call(c, "intel.original", intelNumber{out.last().N}, &came)
		}
		var err error
		if out.Refers, err = all(node.IntelQuery{Refs: []string{s.ID}, Revoked: true, NoRaw: !c.JSON}); err != nil || s.Language == "" {
			return err
		}
		contents, err := all(node.TranslationQuery(s.ID))
		out.Translations = node.Translations(contents, s.ID, out.last().Version, []string{s.Language})
		return err
	})
	if err != nil {
		return err
	}
	last := out.last()
	if s.Original {
		_, err := fmt.Fprintf(c.Out, "%s\n", came)
		return err
	}
	if s.Raw {
		_, err := fmt.Fprintf(c.Out, "%s\n", last.Octets)
		return err
	}
	return c.Data(out, func(w io.Writer) {
		intelRows(w, out.Versions)
		for _, v := range out.Versions {
			if v.Proof == "cosigned" {
				fmt.Fprintf(w, "%s of %s: its entry is in a tree that both sides have signed; `parley prove %s` makes evidence of it\n", v.Entry, v.From, v.Entry)
			}
		}
		fmt.Fprintf(w, "\n%s\n", printableText(string(last.Octets)))
		for _, t := range out.Translations {
			fmt.Fprintf(w, "\ntranslation into %s by %s %s (%s); the original counts:\n", printable(t.Language), printable(t.By), t.Entry, t.Marking)
			for _, x := range t.Texts {
				fmt.Fprintf(w, "  %s: %s\n", printable(x.Property), printableText(x.Text))
			}
		}
		if s.Language != "" && len(out.Translations) == 0 {
			fmt.Fprintf(w, "\nnobody gave a translation of this version into %s\n", printable(s.Language))
		}
		if len(out.Refers) > 0 {
			fmt.Fprintln(w, "\nreferred to by:")
			intelRows(w, out.Refers)
		}
	})
}
