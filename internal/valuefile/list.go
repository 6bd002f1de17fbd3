package valuefile

import (
	"strings"

	"parley.example/parley"
	"parley.example/parley/indicator"
)

// sinkholes are the addresses to which a hosts file sends a name.
var sinkholes = map[string]bool{"0.0.0.0": true, "127.0.0.1": true, "::": true, "::1": true, "0": true, "255.255.255.255": true}

// list reads one value a line, and the shapes that blocklists put around it.
func list(l *lines, o Options, yield func(Row) bool) {
	for {
		s, err := l.next()
		if err != nil {
			if !l.broken(err, yield) {
				return
			}
			continue
		}
		ok, more := l.sound(s, yield)
		if !more {
			return
		}
		s = strings.TrimSpace(s)
		if !ok || s == "" || isComment(s) {
			continue
		}
		for _, row := range line(s, o) {
			row.Line = l.line
			if !yield(row) {
				return
			}
		}
	}
}

// line reads one line of a list.
func line(s string, o Options) []Row {
	text, comment := s, ""
	for _, sign := range []string{" #", "\t#", " //", " ;"} {
		if before, after, ok := strings.Cut(text, sign); ok {
			text, comment = strings.TrimSpace(before), strings.TrimSpace(after)
		}
	}
	row := Row{Text: s, Comment: comment, Confidence: -1}
	if text == "" {
		return nil
	}
	if v, err := value(text, o); err == nil {
		row.Value = v
		return []Row{row}
	}
	if rows, ok := shaped(text, row, o); ok {
		return rows
	}
	fields := strings.FieldsFunc(text, func(r rune) bool { return r == ' ' || r == '\t' || r == ',' })
	var rows []Row
	for i, f := range fields {
		v, err := value(f, o)
		switch {
		case err == nil:
			row.Value = v
			rows = append(rows, row)
		case i == 1 && len(rows) == 1: // a value, and what is said of it
			rows[0].Comment = strings.TrimSpace(strings.Join(fields[1:], " ") + " " + comment)
			return rows
		default:
			_, err := value(text, o)
			row.Value, row.Err = indicator.Value{}, err
			return []Row{row}
		}
	}
	return rows
}

// value recognises one text, or reads it as what all values are said to be.
func value(s string, o Options) (indicator.Value, error) {
	if o.Kind != "" {
		return indicator.Parse(o.Kind, s)
	}
	return indicator.Recognise(s)
}

// shaped reads the lines of hosts files, filter lists, dnsmasq and response policy
// zones; false where the line has none of their shapes.
func shaped(s string, row Row, o Options) ([]Row, bool) {
	refuse := func(why string) ([]Row, bool) {
		row.Err = parley.E(parley.Invalid, "%s", why)
		return []Row{row}, true
	}
	take := func(name, changed string) ([]Row, bool) {
		v, err := value(name, o)
		row.Value, row.Err, row.Changed = v, err, changed
		return []Row{row}, true
	}
	fields := strings.Fields(s)
	switch {
	case len(fields) > 1 && sinkholes[fields[0]]:
		var rows []Row
		for _, name := range fields[1:] {
			r := row
			if own(name) {
				r.Err = parley.E(parley.Invalid, "%s is a name of this machine: a hosts file has it for itself", name)
			} else {
				r.Value, r.Err = value(name, o)
				r.Changed = "the address of the hosts file is left out"
			}
			rows = append(rows, r)
		}
		return rows, true
	case strings.HasPrefix(s, "@@"):
		return refuse("an exception of a filter list: it names what is not blocked")
	case strings.Contains(s, "##"), strings.Contains(s, "#@#"), strings.Contains(s, "#?#"):
		return refuse("a rule of a filter list that hides parts of pages: no value")
	case strings.HasPrefix(s, "||"):
		rule, options, has := strings.Cut(s[2:], "$")
		name := strings.TrimSuffix(rule, "^")
		changed := "the signs of the filter list are left out"
		if has && options != "third-party" && options != "all" && options != "important" && options != "document" {
			return refuse("a rule of a filter list with conditions (" + cut(options) + "): it is not meant for every use of the name")
		}
		if strings.ContainsAny(name, "*^") {
			return refuse("a rule of a filter list with a pattern: no single value")
		}
		return take(name, changed)
	case strings.HasPrefix(s, "address=/"), strings.HasPrefix(s, "server=/"), strings.HasPrefix(s, "local=/"):
		if parts := strings.Split(s, "/"); len(parts) >= 3 {
			return take(parts[1], "the words of dnsmasq are left out")
		}
	case strings.HasPrefix(s, "local-zone:"):
		if parts := strings.Split(s, `"`); len(parts) >= 3 {
			return take(parts[1], "the words of unbound are left out")
		}
	case len(fields) >= 3 && strings.EqualFold(fields[len(fields)-2], "CNAME"):
		if strings.EqualFold(fields[len(fields)-1], "rpz-passthru.") {
			return refuse("an exception of a response policy zone: it names what is not blocked")
		}
		return take(strings.TrimPrefix(fields[0], "*."), "the words of the response policy zone are left out")
	case strings.HasPrefix(s, "*.") && !strings.ContainsAny(s[2:], "*/ "):
		return take(s[2:], "*. is left out: the name itself is taken, which a list of names holds with all below it")
	}
	return nil, false
}

// own reports whether a hosts file names a machine by it, everywhere.
func own(name string) bool {
	switch strings.ToLower(name) {
	case "localhost", "localhost.localdomain", "local", "broadcasthost", "ip6-localhost", "ip6-loopback", "ip6-localnet", "ip6-mcastprefix",
		"ip6-allnodes", "ip6-allrouters", "ip6-allhosts", "0.0.0.0":
		return true
	}
	return false
}
