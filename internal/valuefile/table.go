package valuefile

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/indicator"
	"parley.example/parley/internal/stix"
)

// What a column may be called, in lower case and without punctuation.
var (
	valueNames = []string{"value", "indicator", "indicatorvalue", "ioc", "iocvalue", "observable", "ip", "ipaddress", "ipaddr", "address", "dstip", "srcip", "domain", "domainname",
		"host", "hostname", "fqdn", "url", "uri", "md5", "md5hash", "sha1", "sha1hash", "sha256", "sha256hash", "hash", "email", "cidr", "network", "netblock", "asn"}
	typeNames       = []string{"type", "ioctype", "indicatortype", "kind", "datatype"}
	commentNames    = []string{"comment", "comments", "description", "desc", "note", "notes", "reason", "details", "malware", "malwareprintable", "threat", "threattype"}
	nameNames       = []string{"name", "title"}
	labelNames      = []string{"tags", "tag", "labels", "label", "category", "categories"}
	sourceNames     = []string{"source", "reference", "references", "reporter", "feed"}
	firstNames      = []string{"firstseen", "firstseenutc", "first", "date", "dateadded", "added", "created", "validfrom", "timestamp"}
	lastNames       = []string{"lastseen", "lastseenutc", "last", "lastonline", "updated", "modified"}
	untilNames      = []string{"validuntil", "expires", "expiration", "expiry"}
	confidenceNames = []string{"confidence", "confidencelevel", "score"}
	tlpNames        = []string{"tlp", "marking"}
	revokedNames    = []string{"revoked"}
)

// columns say where what stands; -1 for nowhere.
type columns struct {
	values                                                                            []int
	kind, comment, name, labels, source, first, last, until, confidence, tlp, revoked int
}

// table reads a table whose first row may name its columns.
func table(l *lines, comma rune, o Options, yield func(Row) bool) {
	var c *columns
	for {
		record, at, err := l.record(comma)
		if err != nil {
			if !l.broken(err, yield) {
				return
			}
			continue
		}
		if record == nil {
			continue
		}
		text := strings.Join(record, string(comma))
		if len(record) > maxColumns {
			if !yield(Row{Line: at, Text: cut(text), Err: parley.E(parley.Invalid, "the line has more than %d columns", maxColumns)}) {
				return
			}
			continue
		}
		if ok, more := l.sound(text, yield); !ok {
			if !more {
				return
			}
			continue
		}
		if c == nil {
			var heading bool
			if c, heading, err = findColumns(record, o); err != nil {
				yield(Row{Line: at, Text: cut(text), Err: err})
				return
			}
			if heading {
				continue
			}
		}
		for _, row := range c.rows(record, o) {
			row.Line = at
			if !yield(row) {
				return
			}
		}
	}
}

// record is the next row of the table, and the line on which it starts; nil for a
// comment or a blank line. A quoted field may go over lines.
func (l *lines) record(comma rune) ([]string, int, error) {
	s, err := l.next()
	if err != nil {
		return nil, 0, err
	}
	at := l.line
	if t := strings.TrimSpace(s); t == "" || isComment(t) {
		return nil, at, nil
	}
	for !closed(s, comma) && len(s) < maxLine {
		more, err := l.next()
		if err != nil {
			break // the quote is never closed: the field ends where the file does
		}
		s += "\n" + more
	}
	return split(s, comma), at, nil
}

// closed reports whether no quoted field goes on after s.
func closed(s string, comma rune) bool {
	quoted, start := false, true
	for i, r := range s {
		switch {
		case quoted:
			if r == '"' {
				quoted = false
			}
		case r == '"' && (start || i > 0 && s[i-1] == '"'):
			quoted = true
		}
		start = r == comma || start && r == ' '
	}
	return !quoted
}

// split cuts a row into its fields. RFC 4180 §2; a quote in the middle of a field
// stands for itself.
func split(s string, comma rune) []string {
	var fields []string
	var b strings.Builder
	for {
		s = strings.TrimLeft(s, " ")
		b.Reset()
		if strings.HasPrefix(s, `"`) {
			for s = s[1:]; s != ""; {
				i := strings.IndexByte(s, '"')
				if i < 0 {
					b.WriteString(s)
					s = ""
					break
				}
				b.WriteString(s[:i])
				s = s[i+1:]
				if !strings.HasPrefix(s, `"`) {
					break
				}
				b.WriteByte('"')
				s = s[1:]
			}
		}
		i := strings.IndexRune(s, comma)
		if i < 0 {
			b.WriteString(s)
			return append(fields, strings.TrimSpace(b.String()))
		}
		b.WriteString(s[:i])
		fields = append(fields, strings.TrimSpace(b.String()))
		s = s[i+len(string(comma)):]
	}
}

func plain(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return -1
	}, strings.ToLower(s))
}

// findColumns tells what the columns are from the first row, and whether that row
// names them.
func findColumns(record []string, o Options) (*columns, bool, error) {
	find := func(names []string) int {
		for _, name := range names {
			if i := slices.IndexFunc(record, func(f string) bool { return plain(f) == name }); i >= 0 {
				return i
			}
		}
		return -1
	}
	c := &columns{
		kind: find(typeNames), comment: find(commentNames), name: find(nameNames), labels: find(labelNames), source: find(sourceNames), first: find(firstNames),
		last: find(lastNames), until: find(untilNames), confidence: find(confidenceNames), tlp: find(tlpNames),
		revoked: find(revokedNames),
	}
	for i, f := range record {
		if slices.Contains(valueNames, plain(f)) {
			c.values = append(c.values, i)
		}
	}
	first := slices.IndexFunc(record, func(f string) bool {
		_, err := value(unguard(f), o)
		return err == nil && !slices.Contains(valueNames, plain(f))
	})
	heading := first < 0 && (len(c.values) > 0 || len(record) > 1)
	if o.Column != "" {
		n, err := strconv.Atoi(o.Column)
		if err != nil {
			n = 1 + slices.IndexFunc(record, func(f string) bool { return strings.EqualFold(strings.TrimSpace(f), o.Column) })
			heading = heading || n > 0
		}
		if n < 1 || n > len(record) {
			return nil, false, parley.E(parley.Invalid, "no column %.40q: the first row has %.200q", o.Column, strings.Join(record, ", "))
		}
		c.values = []int{n - 1}
	}
	switch {
	case heading && len(c.values) == 0:
		return nil, false, parley.E(parley.Invalid, "no column holds values: the first row has %.200q; name one of them", strings.Join(record, ", "))
	case heading:
		if v := c.preferred(record); len(v) > 0 && o.Column == "" {
			c.values = v
		}
		return c, true, nil
	case len(c.values) == 0 || o.Column == "":
		c = &columns{values: []int{max(first, 0)}, kind: -1, comment: -1, name: -1, labels: -1, source: -1, first: -1, last: -1, until: -1, confidence: -1, tlp: -1, revoked: -1}
	default:
		c = &columns{values: c.values, kind: -1, comment: -1, name: -1, labels: -1, source: -1, first: -1, last: -1, until: -1, confidence: -1, tlp: -1, revoked: -1}
	}
	return c, false, nil
}

// preferred is the one column that is called the value, where there is one: what
// else is called an address or a host then says something of it.
func (c *columns) preferred(record []string) []int {
	for _, i := range c.values {
		if slices.Contains(valueNames[:6], plain(record[i])) {
			return []int{i}
		}
	}
	return nil
}

// rows reads one row of the table: a value for each column that holds some.
func (c *columns) rows(record []string, o Options) []Row {
	at := func(i int) string {
		if i < 0 || i >= len(record) {
			return ""
		}
		return unguard(record[i])
	}
	row := Row{Comment: at(c.comment), Name: at(c.name), Source: at(c.source), Confidence: -1, Revoked: strings.EqualFold(at(c.revoked), "true") || at(c.revoked) == "1"}
	row.First, row.Last, row.Until = row.when(at(c.first)), row.when(at(c.last)), row.when(at(c.until))
	row.TLP = row.light(at(c.tlp))
	if n, err := strconv.Atoi(strings.TrimSuffix(at(c.confidence), "%")); err == nil && n >= 0 && n <= 100 {
		row.Confidence = n
	}
	for _, s := range strings.FieldsFunc(at(c.labels), func(r rune) bool { return r == ',' || r == ';' || r == '|' }) {
		if s = strings.TrimSpace(s); s != "" && !strings.EqualFold(s, "none") {
			row.Labels = append(row.Labels, s)
		}
	}
	if o.Kind == "" {
		o.Kind = kindOf(at(c.kind))
	}
	var rows []Row
	for _, i := range c.values {
		if row.Text = at(i); row.Text == "" {
			continue
		}
		row.Value, row.Err = value(row.Text, o)
		if row.Err != nil && o.Kind != "" {
			if v, err := indicator.Recognise(row.Text); err == nil { // the column says another kind
				row.Value, row.Err = v, nil
			}
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		row.Text, row.Err = cut(strings.Join(record, " ")), parley.E(parley.Invalid, "the row has no value in its column")
		rows = append(rows, row)
	}
	return rows
}

// kindOf reads a column that says what the value is; "" where it does not help.
func kindOf(s string) indicator.Kind {
	if k := indicator.Kind(strings.ToLower(s)); k.Known() {
		return k
	}
	switch plain(s) {
	case "ip", "ipv4", "ipdst", "ipsrc", "ipv4address":
		return indicator.IPv4
	case "ipv6":
		return indicator.IPv6
	case "domain", "hostname", "host", "fqdn":
		return indicator.Domain
	case "url", "uri", "link":
		return indicator.URL
	case "email", "emailaddress", "emailsrc", "emaildst":
		return indicator.Email
	case "md5hash", "filehashmd5":
		return indicator.MD5
	case "sha1hash", "filehashsha1":
		return indicator.SHA1
	case "sha256hash", "filehashsha256":
		return indicator.SHA256
	case "filename", "file":
		return indicator.FileName
	case "mutex":
		return indicator.Mutex
	case "useragent":
		return indicator.UserAgent
	case "regkey", "registry", "registrykey":
		return indicator.Registry
	}
	return ""
}

// light reads a traffic light. A word that nobody knows counts as TLP:RED: nothing gets looser.
func (r *Row) light(s string) stix.TLP {
	t, ok := stix.ParseTLP(s)
	if !ok && strings.TrimSpace(s) != "" {
		r.Unread = append(r.Unread, fmt.Sprintf("%.40q is no traffic light, such as TLP:AMBER: it counts as TLP:RED", s))
		return stix.Red
	}
	return t
}

// when reads a time, and says so where it is none.
func (r *Row) when(s string) time.Time {
	t := when(s)
	if t.IsZero() && s != "" && s != "0" && s != "-" && !strings.EqualFold(s, "none") && !strings.EqualFold(s, "null") {
		r.Unread = append(r.Unread, fmt.Sprintf("%.40q is no time: want one such as 2026-11-30 08:15:00", s))
	}
	return t
}

// when reads a time as tables write it; zero for none.
func when(s string) time.Time {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil && n > 1e8 && n < 1e11 {
		return time.Unix(n, 0).UTC()
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05", "2006-01-02 15:04:05 UTC", "2006-01-02T15:04:05", "2006-01-02 15:04", time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil && t.UTC().Year() > 0 && t.UTC().Year() < 10000 {
			return t.UTC()
		}
	}
	return time.Time{}
}
