package contactfile

import (
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strconv"
	"strings"

	"parley.example/parley"
	"parley.example/parley/form"
)

// columns are the headings that a table may have, in any order; only name is owed.
// A cell with several values has ";" between them.
var columns = []string{"name", "full_name", "host", "country", "website", "party", "body", "point", "title", "track", "emergency_telephone", "telephone", "fax", "email",
	"node", "other", "hours", "zone", "languages", "pgp_fingerprint", "pgp_expires", "asns", "networks", "domains", "sectors", "constituency", "confirmed", "until"}

// readCSV reads a table line by line: RFC 4180, with "," or ";" or a tab between
// cells as the first line has it.
func readCSV(s *source, o Options, yield func(Row) bool) error {
	head, err := s.r.Peek(4096)
	if err != nil && err != io.EOF && len(head) == 0 {
		return err
	}
	first, _, _ := bytes.Cut(head, []byte("\n"))
	r := csv.NewReader(s)
	r.FieldsPerRecord, r.TrimLeadingSpace, r.ReuseRecord = -1, true, true
	for _, c := range []rune{';', '\t'} {
		if bytes.Count(first, []byte(string(c))) > bytes.Count(first, []byte{byte(r.Comma)}) {
			r.Comma = c
		}
	}
	row, err := r.Read()
	if err != nil {
		return parley.E(parley.Invalid, "no line of headings; want columns such as name, email, telephone: %v", err)
	}
	at := make([]string, len(row))
	for i, name := range row {
		name = strings.ReplaceAll(strings.ToLower(strings.TrimSpace(name)), " ", "_")
		if slices.Contains(at[:i], name) && name != "" {
			return parley.E(parley.Invalid, "the heading %s stands twice; want each once", quote(name))
		}
		at[i] = name
	}
	if !slices.Contains(at, "name") {
		return parley.E(parley.Invalid, "no column name; want a line of headings such as: %s", strings.Join(columns, ","))
	}
	var unknown []string
	for _, name := range at {
		if !slices.Contains(columns, name) {
			unknown = append(unknown, name)
		}
	}
	for told := false; ; told = true {
		s.next()
		row, err := r.Read()
		if err == io.EOF {
			return nil
		}
		n := 0
		if err == nil {
			n, _ = r.FieldPos(0)
		}
		var bad *csv.ParseError
		switch {
		case errors.As(err, &bad):
			if !yield(Row{bad.StartLine, nil, parley.E(parley.Invalid, "%v; want cells as RFC 4180 writes them", bad.Err)}) {
				return nil
			}
			continue
		case err != nil:
			return err
		case len(row) > len(at):
			if !yield(Row{n, nil, parley.E(parley.Invalid, "%d cells; want %d, as in the line of headings", len(row), len(at))}) {
				return nil
			}
			continue
		}
		cells := map[string]string{}
		for i, c := range row {
			cells[at[i]] = unguard(strings.TrimSpace(c))
		}
		e, err := o.fromCells(cells)
		if e != nil && !told && len(unknown) > 0 {
			e.left("columns", strings.Join(unknown, ", "), "no column of ours")
		}
		if !yield(Row{n, e, err}) {
			return nil
		}
	}
}

func (o Options) fromCells(cell map[string]string) (*Entry, error) {
	for name, c := range cell {
		if !isText([]byte(c)) {
			return nil, parley.E(parley.Invalid, "%s is not UTF-8; want the file saved as UTF-8", name)
		}
	}
	e, err := o.entry(cell["name"])
	if err != nil {
		return nil, err
	}
	e.Full, e.Host, e.Country, e.Website = line(cell["full_name"], 200), line(cell["host"], 200), line(cell["country"], 60), line(cell["website"], 300)
	if s := cell["party"]; s != "" {
		if _, err := parley.ParseParty(s); err != nil {
			return nil, err
		}
		e.Party = s
	}
	if s := cell["body"]; s != "" {
		b, err := parley.ParseBody(s)
		if err != nil {
			return nil, err
		}
		e.Body, e.Party = s, string(b.Party())
	}
	if s := cell["point"]; s != "" {
		e.Contact.Point = slug(s)
	}
	if s := line(cell["title"], 200); s != "" {
		e.Contact.Title[0].Text = s
	}
	if s := cell["track"]; s != "" {
		e.Contact.Track = slug(s)
	}
	for _, name := range []string{"confirmed", "until"} {
		if s := cell[name]; s != "" {
			if err := e.instant(name, s); err != nil {
				return nil, err
			}
		}
	}
	if e.Contact.Until <= e.Contact.Confirmed {
		return nil, parley.E(parley.Invalid, "until %s is not after confirmed %s; want a later day", e.Contact.Until, e.Contact.Confirmed)
	}
	for _, c := range []struct{ column, kind string }{{"emergency_telephone", parley.RouteEmergency}, {"telephone", parley.RouteTelephone},
		{"email", parley.RouteMail}, {"fax", parley.RouteFax}, {"node", parley.RouteNode}, {"other", parley.RouteOther}} {
		each(cell[c.column], func(s string) { e.route(c.kind, s) })
	}
	e.hours(cell["hours"])
	e.zone(cell["zone"], o)
	each(strings.ReplaceAll(cell["languages"], ",", ";"), e.language)
	var expires []string
	each(cell["pgp_expires"], func(s string) { expires = append(expires, s) })
	each(cell["pgp_fingerprint"], func(s string) {
		day := ""
		if len(expires) > 0 {
			day, expires = expires[0], expires[1:]
		}
		e.key("pgp", s, day, "")
	})
	each(cell["asns"], func(s string) { e.claim("AS" + strings.TrimPrefix(strings.ToUpper(s), "AS")) })
	each(cell["networks"], e.claim)
	each(cell["domains"], e.claim)
	each(cell["sectors"], e.sector)
	e.inWords(cell["constituency"])
	return e, nil
}

// instant reads a day or an instant of a table.
func (e *Entry) instant(name, s string) error {
	t, ok := at(s)
	if !ok {
		day, isDay := parseDay(s)
		if t, ok = at(day + "T00:00:00Z"); !ok || !isDay {
			return parley.E(parley.Invalid, "%s %s is no day that exists; want such as 2027-01-31", name, quote(s))
		}
	}
	if name == "until" {
		e.Contact.Until = t.Format(form.TimeLayout)
	} else {
		e.Contact.Confirmed = t.Format(form.TimeLayout)
	}
	return nil
}

func each(cell string, do func(string)) {
	for s := range strings.SplitSeq(cell, ";") {
		if s = strings.TrimSpace(s); s != "" {
			do(s)
		}
	}
}

// A table opened in a spreadsheet computes cells that begin with these.
const formulas = "=@+-\t"

// guard keeps a spreadsheet from computing what others wrote; a telephone number
// may begin with a plus.
func guard(s string) string {
	if s != "" && strings.ContainsRune(formulas, rune(s[0])) && !form.IsTelephone(firstOf(strings.Split(s, "; "))) {
		return "'" + s
	}
	return s
}

func unguard(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.ContainsRune(formulas, rune(s[1])) {
		return s[1:]
	}
	return s
}

type table struct {
	w    *csv.Writer
	head bool
}

func newTable(w io.Writer) *table { return &table{w: csv.NewWriter(w)} }

func (t *table) Add(e *Entry) error {
	if err := t.heading(); err != nil {
		return err
	}
	c := &e.Contact
	join := func(l []string) string { return strings.Join(l, "; ") }
	cells := map[string]string{"name": e.Name, "full_name": e.Full, "host": e.Host, "country": e.Country, "website": e.Website, "party": e.Party, "body": e.Body,
		"point": c.Point, "track": c.Track, "emergency_telephone": join(routes(c, parley.RouteEmergency)), "telephone": join(routes(c, parley.RouteTelephone)),
		"fax": join(routes(c, parley.RouteFax)), "email": join(routes(c, parley.RouteMail)), "node": join(routes(c, parley.RouteNode)),
		"other": join(routes(c, parley.RouteOther, parley.RouteRadio)), "hours": join(c.Hours), "zone": c.Zone, "languages": join(c.Languages),
		"confirmed": c.Confirmed, "until": c.Until}
	if len(c.Title) > 0 {
		cells["title"] = c.Title[0].Text
	}
	var prints, days []string
	for _, k := range c.Keys {
		if k.Sort == "pgp" {
			prints, days = append(prints, k.Fingerprint), append(days, orElse(k.Expires, "-"))
		}
	}
	cells["pgp_fingerprint"] = join(prints)
	if s := join(days); strings.Trim(s, "-; ") != "" {
		cells["pgp_expires"] = s
	}
	if k := c.Constituency; k != nil {
		var systems []string
		for _, n := range k.ASNs {
			systems = append(systems, asnText(n))
		}
		cells["asns"], cells["networks"], cells["domains"], cells["sectors"] = join(systems), join(k.Networks), join(k.Domains), join(k.Sectors)
		if k.Note != nil {
			cells["constituency"] = k.Note.Text
		}
	}
	row := make([]string, len(columns))
	for i, name := range columns {
		row[i] = guard(cells[name])
	}
	return t.w.Write(row)
}

func (t *table) heading() error {
	if t.head {
		return nil
	}
	t.head = true
	return t.w.Write(columns)
}

func (t *table) Close() error {
	if err := t.heading(); err != nil {
		return err
	}
	t.w.Flush()
	return t.w.Error()
}

func asnText(n uint32) string { return "AS" + strconv.FormatUint(uint64(n), 10) }
