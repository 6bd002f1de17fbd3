package contactfile

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // zones are listed when a record is written, on any machine

	"parley.example/parley"
	"parley.example/parley/clock"
	"parley.example/parley/form"
)

var (
	around    = regexp.MustCompile(`(?i)\b24\s*(/|x|×|h/|hours?\s*(a|per)\s*day)`)
	times     = regexp.MustCompile(`\b([01]?\d|2[0-4])[:.h]([0-5]\d)\s*(?:h|hrs?|hours?)?\s*(?:to|till|until|-|–|—)\s*([01]?\d|2[0-4])[:.h]([0-5]\d)`)
	dayNames  = `(mon|tue|tues|wed|thu|thur|thurs|fri|sat|sun)(?:day|nesday|rsday|urday|sday)?s?`
	dayRange  = regexp.MustCompile(`(?i)\b` + dayNames + `\s*(?:to|till|through|-|–|—)\s*` + dayNames + `\b`)
	dayAlone  = regexp.MustCompile(`(?i)\b` + dayNames + `\b`)
	ownHours  = regexp.MustCompile(`^(sun|mon|tue|wed|thu|fri|sat)(-(sun|mon|tue|wed|thu|fri|sat))? \d\d:\d\d-\d\d:\d\d$`)
	everyDay  = regexp.MustCompile(`(?i)\b(every day|daily|7 days)\b`)
	weekdays  = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	noteOfDay = "no days said, taken as Monday to Friday"
)

// hours reads what people write, such as "08:00 to 18:00 Monday to Friday". What
// it does not understand is left out with a word: nobody is called at an hour that
// was guessed.
func (e *Entry) hours(s string) {
	s = line(s, 300)
	if s == "" {
		return
	}
	lines, note := ParseHours(s)
	if len(lines) == 0 {
		e.left("hours", s, "want such as 09:00 to 17:00 Monday to Friday, or 24/7")
		return
	}
	if note != "" {
		e.left("days of", s, note)
	}
	e.Contact.Hours = lines
}

// ParseHours reads hours in the words of the field, or in the spelling of a
// calendar with ";" between lines. A shift over midnight becomes two lines.
// CONTACT-3
func ParseHours(s string) (lines []string, note string) {
	if around.MatchString(s) || strings.EqualFold(strings.TrimSpace(s), "always") {
		return []string{form.Always}, ""
	}
	var own []string
	for one := range strings.SplitSeq(s, ";") {
		if one = strings.TrimSpace(one); one == "" {
			continue
		}
		if !ownHours.MatchString(one) {
			own = nil
			break
		}
		own = append(own, SplitShift(one)...)
	}
	if len(own) > 0 {
		if _, err := clock.ParseHours(own); err == nil {
			return own, ""
		}
		return nil, ""
	}
	spans := times.FindAllStringSubmatch(s, -1)
	if len(spans) == 0 {
		return nil, ""
	}
	days, note := dayWords(s)
	for _, m := range spans {
		lines = append(lines, SplitShift(fmt.Sprintf("%s %s-%s", days, two(m[1], m[2]), two(m[3], m[4])))...)
	}
	if _, err := clock.ParseHours(lines); err != nil {
		return nil, ""
	}
	return lines, note
}

func two(h, m string) string {
	n, _ := strconv.Atoi(h)
	return fmt.Sprintf("%02d:%s", n, m)
}

func dayWords(s string) (days, note string) {
	if m := dayRange.FindStringSubmatch(s); m != nil {
		return strings.ToLower(m[1][:3] + "-" + m[2][:3]), ""
	}
	if everyDay.MatchString(s) {
		return "mon-sun", ""
	}
	if list := dayAlone.FindAllStringSubmatch(s, -1); len(list) == 1 {
		return strings.ToLower(list[0][1][:3]), ""
	} else if len(list) > 1 {
		return "none", "" // "Monday, Wednesday": not understood
	}
	return "mon-fri", noteOfDay
}

// SplitShift makes two lines of one that goes over midnight: "fri 22:00-06:00" is
// "fri 22:00-24:00" and "sat 00:00-06:00". CONTACT-3
func SplitShift(s string) []string {
	days, hours, ok := strings.Cut(s, " ")
	from, to, ok2 := strings.Cut(hours, "-")
	if !ok || !ok2 || len(from) != 5 || len(to) != 5 || from < to {
		return []string{s}
	}
	first, last, ranged := strings.Cut(days, "-")
	first = after(first)
	if ranged {
		first += "-" + after(last)
	}
	if days == "mon-sun" {
		first = days
	}
	lines := []string{days + " " + from + "-24:00"}
	if to != "00:00" {
		lines = append(lines, first+" 00:00-"+to)
	}
	return lines
}

func after(day string) string {
	for i, d := range weekdays {
		if d == day {
			return weekdays[(i+1)%7]
		}
	}
	return day
}

// maxYears bounds how far ahead the offsets of a zone are listed: nobody promises
// the rules of summer time further.
const maxYears = 10

// Zone lists the offsets of a zone of the IANA database from a year before now to
// years after it, for a record. NotFound where there is no such zone. CONTACT-4
func Zone(name string, now time.Time, years int) (*form.ContactCalendar, error) {
	if name == "" || name == "Local" || len(name) > 60 {
		return nil, parley.E(parley.Invalid, "zone %q: want a name such as Europe/Vienna", name)
	}
	if years < 1 || years > maxYears {
		return nil, parley.E(parley.Invalid, "offsets of zone %s for %d years: want 1 to %d", name, years, maxYears)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, parley.E(parley.NotFound, "zone %q is not in the IANA database; want a name such as Europe/Vienna", name)
	}
	from := time.Date(now.Year()-1, 1, 1, 0, 0, 0, 0, time.UTC)
	to := time.Date(now.Year()+years, 12, 31, 0, 0, 0, 0, time.UTC)
	c := &form.ContactCalendar{From: from.Format(form.DateLayout), To: to.Format(form.DateLayout)}
	last := to.AddDate(0, 0, 2)
	for at := from.AddDate(0, 0, -2); at.Before(last); {
		local := at.In(loc)
		o := form.ContactOffset{UTC: local.Format("-07:00")}
		if _, sec := local.Zone(); sec%60 != 0 {
			return nil, parley.E(parley.Invalid, "zone %q: its offset has seconds, which no calendar lists", name)
		}
		if n := len(c.Offsets); n > 0 {
			o.From = at.UTC().Format(form.TimeLayout)
		}
		if n := len(c.Offsets); n == 0 || c.Offsets[n-1].UTC != o.UTC {
			c.Offsets = append(c.Offsets, o)
		}
		_, end := local.ZoneBounds()
		if !end.After(at) { // none follows; or the database has no more than a rule, whose bounds stand still
			break
		}
		at = end
	}
	t := c.Table()
	if _, err := t.Calendar(); err != nil {
		return nil, parley.E(parley.Internal, "zone %q: %w", name, err)
	}
	return c, nil
}

// zone gives the entry a calendar from a zone's name, or from a fixed offset.
func (e *Entry) zone(name string, o Options) {
	name = line(name, 60)
	if name == "" {
		return
	}
	if c, err := Zone(name, o.Now, o.Years); err == nil {
		e.Contact.Zone, e.Contact.Calendar = name, c
		return
	}
	utc, ok := fixedOffset(name)
	if !ok {
		e.left("zone", name, "want a name of the IANA database, or an offset such as +02:00")
		return
	}
	e.Contact.Zone = name
	e.Contact.Calendar = &form.ContactCalendar{From: fmt.Sprintf("%d-01-01", o.Now.Year()-1), To: fmt.Sprintf("%d-12-31", o.Now.Year()+o.Years),
		Offsets: []form.ContactOffset{{UTC: utc}}}
}

var offsetWords = regexp.MustCompile(`^(?:\(?(?:UTC|GMT)\)?\s*)?([+-])(\d{1,2})(?::?(\d\d))?\)?$`)

// fixedOffset reads +01:00, UTC+1, GMT-0330, UTC.
func fixedOffset(s string) (string, bool) {
	if s == "UTC" || s == "GMT" || s == "Z" {
		return "+00:00", true
	}
	m := offsetWords.FindStringSubmatch(s)
	if m == nil {
		return "", false
	}
	h, _ := strconv.Atoi(m[2])
	minutes := m[3]
	if minutes == "" {
		minutes = "00"
	}
	if h > 14 || minutes > "59" {
		return "", false
	}
	return fmt.Sprintf("%s%02d:%s", m[1], h, minutes), true
}

// summer says that a file knows a summer offset and not when it holds.
func (e *Entry) summer(s string) {
	if s = line(s, 40); s != "" && e.Contact.Calendar != nil && len(e.Contact.Calendar.Offsets) == 1 {
		if utc, ok := fixedOffset(s); ok && utc != e.Contact.Calendar.Offsets[0].UTC {
			e.left("summer time", s, "the file does not say when it holds: give the zone a name")
		}
	}
}
