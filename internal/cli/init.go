package cli

import (
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // machines without a network often have no time zones either

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/clock"
	"parley.example/parley/internal/node"
)

// initCmd makes a home: keys, settings, card. With --name it asks nothing.
type initCmd struct {
	Name     string   `placeholder:"HOST" help:"Name of the party, a lower-case host name such as aster.example; without it, a few questions are asked."`
	Title    string   `help:"Name of the organisation, for people."`
	Language []string `placeholder:"TAG" help:"Languages that it reads, the best first; default en."`
	Body     []string `placeholder:"NAME:ROLE" help:"A competent body: cert:technical. Repeat for more; default cert:technical."`
	Address  string   `placeholder:"HOST:PORT" help:"Where counterparts reach this node; without it, it opens no port to them."`
	Listen   string   `placeholder:"HOST:PORT" help:"Where the node listens for counterparts; default the port of --address, on every interface."`
	Desk     *string  `placeholder:"HOST:PORT" help:"Where the desk listens for officers' browsers; default 127.0.0.1, 37 above the port for counterparts: 7480. An empty one: no desk."`
	Zone     string   `default:"UTC" help:"Time zone of the working calendar; its changes are listed for ten years."`
	Hours    []string `placeholder:"HOURS" help:"Working hours, such as \"mon-fri 09:00-17:00\" (the default). Repeat for more."`
	Holiday  []string `placeholder:"DAY" help:"A holiday, MM-DD for every year or YYYY-MM-DD. Repeat for more."`
	Archive  bool     `help:"Make an archive instead of a party: a node that keeps the journals of others."`
}

// Run makes the home and prints the card. KEYS-1
func (i initCmd) Run(c *Context) error {
	if i.Name == "" {
		if err := i.ask(c); err != nil {
			return err
		}
	}
	s, err := i.setup(time.Now())
	if err != nil {
		return usage(err)
	}
	home, card, err := node.Create(c.Home, s, i.listen(), i.desk())
	if err != nil {
		return err
	}
	c.Say("made %s: keys, settings, and the card of %s", c.Home, card.Name())
	c.Hint("send the card to the other side, and read them its fingerprint; move keys/identity.key to a medium of its own when it is not needed")
	made := initData{home.Path("card.txt"), cardView(card)}
	return c.Data(made, func(w io.Writer) {
		fmt.Fprintf(w, "card         %s\nfingerprint  %s\nnext         parley agreement new --template bilateral --card %[1]s --card THEIRS -o agreement.toml\n", made.Card, made.Fingerprint)
	})
}

// initData is what init made: the file to send, and what it says.
type initData struct {
	Card string `json:"card"` // a file
	cardData
}

// ask fills in what a person answers; an empty answer takes the default.
func (i *initCmd) ask(c *Context) error {
	q := newQuestions(c)
	name := "Name of the party, a host name of yours such as aster.example"
	if i.Archive {
		name = "Name of the archive, such as archive.example/parley"
	}
	q.must(name, &i.Name)
	q.may("Name of the organisation", &i.Title, i.Name)
	body, language := "cert:technical", "en"
	if !i.Archive {
		q.may("Competent bodies, NAME:ROLE with spaces between", &body, body)
		i.Body = strings.Fields(body)
		q.may("Languages that it reads", &language, language)
		i.Language = strings.Fields(language)
		q.may("Time zone", &i.Zone, i.Zone)
	}
	q.may("Address at which counterparts reach this node, HOST:PORT, empty for none", &i.Address, "")
	return q.err
}

// setup checks what was given before anything is written.
func (i *initCmd) setup(now time.Time) (node.Setup, error) {
	s := node.Setup{Name: i.Name, Languages: i.Language, Address: i.Address, Archive: i.Archive}
	if len(s.Languages) == 0 {
		s.Languages = []string{"en"}
	}
	title := i.Title
	if title == "" {
		title = i.Name
	}
	s.Title = agreement.Texts{s.Languages[0]: title}
	host, _, _ := strings.Cut(i.Name, "/")
	if !i.Archive {
		host = i.Name
	}
	if _, err := parley.ParseParty(host); err != nil {
		return s, err
	}
	if i.Address != "" {
		if _, port, err := net.SplitHostPort(i.Address); err != nil || port == "" {
			return s, parley.E(parley.Invalid, "address %q: want HOST:PORT, such as parley.%s:7443", i.Address, host)
		}
	}
	if i.Archive {
		if i.Address == "" {
			return s, parley.E(parley.Invalid, "an archive that nobody reaches keeps nothing: want --address")
		}
		return s, nil
	}
	var err error
	if s.Calendar, err = i.calendar(now); err != nil {
		return s, err
	}
	s.Bodies, err = i.bodies(title, s.Languages[0])
	return s, err
}

func (i *initCmd) bodies(title, language string) ([]node.SetupBody, error) {
	given := i.Body
	if len(given) == 0 {
		given = []string{"cert:technical"}
	}
	var all []node.SetupBody
	seen := map[string]bool{}
	for _, b := range given {
		name, roles, _ := strings.Cut(b, ":")
		if _, err := parley.ParseBody(i.Name + "/" + name); err != nil || seen[name] {
			return nil, parley.E(parley.Invalid, "body %q: want NAME:ROLE, such as cert:technical or mfa:diplomatic, each name once", b)
		}
		seen[name] = true
		body := node.SetupBody{Name: name, Title: agreement.Texts{language: name + ", " + title}}
		for role := range strings.SplitSeq(roles, ",") {
			if role != "" {
				body.Roles = append(body.Roles, role)
			}
		}
		all = append(all, body)
	}
	return all, nil
}

// calendar lists the offsets of the zone for ten years from the first of January. CLOCK-3
func (i *initCmd) calendar(now time.Time) (clock.Table, error) {
	t := clock.Table{Hours: i.Hours, Holidays: i.Holiday}
	if len(t.Hours) == 0 {
		t.Hours = []string{"mon-fri 09:00-17:00"}
	}
	zone, err := time.LoadLocation(i.Zone)
	if err != nil {
		return t, parley.E(parley.Invalid, "time zone %q: want a name such as Europe/Tallinn, or UTC", i.Zone)
	}
	first := time.Date(now.Year(), 1, 1, 0, 0, 0, 0, time.UTC)
	last := first.AddDate(10, 0, -1)
	t.From, t.To = first.Format(time.DateOnly), last.Format(time.DateOnly)
	t.Offsets = offsets(zone, first.AddDate(0, 0, -1), last.AddDate(0, 0, 2))
	if _, err := t.Calendar(); err != nil {
		return t, parley.E(parley.Invalid, "calendar: %w", err)
	}
	return t, nil
}

// offsets lists the offset at from and every change up to to, to the minute.
func offsets(zone *time.Location, from, to time.Time) []clock.Offset {
	east := func(t time.Time) int { _, s := t.In(zone).Zone(); return s }
	list := []clock.Offset{{UTC: spellOffset(east(from))}}
	for day := from; day.Before(to); day = day.AddDate(0, 0, 1) {
		next := day.AddDate(0, 0, 1)
		if east(day) == east(next) {
			continue
		}
		low, high := day, next
		for high.Sub(low) > time.Minute {
			if mid := low.Add(high.Sub(low) / 2).Truncate(time.Minute); east(mid) == east(day) {
				low = mid
			} else {
				high = mid
			}
		}
		list = append(list, clock.Offset{From: high.Format(time.RFC3339), UTC: spellOffset(east(high))})
	}
	return list
}

func spellOffset(seconds int) string {
	sign := '+'
	if seconds < 0 {
		sign, seconds = '-', -seconds
	}
	return fmt.Sprintf("%c%02d:%02d", sign, seconds/3600, seconds/60%60)
}

// desk is where the desk listens: two homes on one machine get along.
func (i *initCmd) desk() string {
	if i.Desk != nil {
		return *i.Desk
	}
	_, port, err := net.SplitHostPort(i.listen())
	if n, err2 := strconv.Atoi(port); err == nil && err2 == nil && n > 0 && n < 65000 {
		return fmt.Sprintf("127.0.0.1:%d", n+37)
	}
	return "127.0.0.1:7480"
}

// listen is where the node waits for counterparts: nowhere without an address.
func (i *initCmd) listen() string {
	if i.Listen != "" || i.Address == "" {
		return i.Listen
	}
	_, port, err := net.SplitHostPort(i.Address)
	if err != nil {
		return ""
	}
	return "0.0.0.0:" + port
}
