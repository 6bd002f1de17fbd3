package review

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"strconv"
	"strings"
	"text/tabwriter"

	"parley.example/parley/clock"
)

// JSON is the one spelling of a review: its members in their order, two spaces of
// indent, a newline at the end, nothing escaped that JSON does not ask for. REVIEW-14
func (r *Review) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(r)
	return b.Bytes(), err
}

// Parse reads what JSON spells.
func Parse(raw []byte) (*Review, error) {
	r := new(Review)
	if err := json.Unmarshal(raw, r); err != nil || r.Format != Format {
		return nil, errCut("this is no review")
	}
	return r, nil
}

// Text writes the review as plain tables, for people. It says no more than the JSON.
func (r *Review) Text(w io.Writer) error {
	fmt.Fprintf(w, "Review of %s and %s under the agreement %s\n", r.Parties[0], r.Parties[1], r.Agreement)
	fmt.Fprintf(w, "cut %s\n", r.Cut)
	for _, c := range r.Commitments {
		fmt.Fprintf(w, "\n%s: %s", c.ID, line(c.Title))
		if c.Article != "" {
			fmt.Fprintf(w, " (article %s)", c.Article)
		}
		fmt.Fprintln(w)
		if err := c.text(w); err != nil {
			return err
		}
	}
	if len(r.Requests) > 0 {
		fmt.Fprintln(w, "\nRequests")
		t := table(w)
		fmt.Fprintln(t, "by\tof\twhat\tasked\toffered\tgiven")
		for _, q := range r.Requests {
			fmt.Fprintf(t, "%s\t%s\t%s%s\t%d\t%d\t%d\n", q.By, q.Of, q.Step, exercise(q.Exercise), q.Asked, q.Offered, q.Given)
		}
		if err := t.Flush(); err != nil {
			return err
		}
	}
	for _, v := range r.Void {
		fmt.Fprintf(w, "%s is no message: %s\n", v.Entry, v.Reason)
	}
	for _, e := range r.Unreadable {
		fmt.Fprintf(w, "%s did not open at its addressee, who has signed that\n", e)
	}
	for _, e := range r.Closed {
		fmt.Fprintf(w, "the facts of %s are not open here: this account leaves it out\n", e)
	}
	_, err := fmt.Fprintln(w, "\nA lapse is a fact about a record, not a finding of breach. Undelivered and disputed blame nobody.")
	return err
}

func (c *Commitment) text(w io.Writer) error {
	if c.Sort == "standing" {
		_, err := fmt.Fprintln(w, "  stands; nothing on the record measures it")
		return err
	}
	t := table(w)
	fmt.Fprintln(t, "  owed by\tdue\tmet\tlate\tdisputed\tundelivered\topen\twithdrawn\trefused\tunanswered\tcontested")
	for _, o := range c.Owed {
		o.Counts.text(t, string(o.By))
		if o.Exercises.Due > 0 {
			o.Exercises.text(t, string(o.By)+exercise(true))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	t = table(w)
	for _, o := range c.Owed {
		for i := range o.Rows {
			o.Rows[i].text(t)
		}
	}
	return t.Flush()
}

func (c *Counts) text(w io.Writer, by string) {
	fmt.Fprintf(w, "  %s", by)
	for _, n := range []int{c.Due, c.Met, c.Late, c.Disputed, c.Undelivered, c.Open, c.Withdrawn, c.Refused, c.Unanswered, c.Contested} {
		fmt.Fprint(w, "\t"+strconv.Itoa(n))
	}
	fmt.Fprintln(w)
}

// text is one row on one line, and its remarks below it.
func (r *Row) text(w io.Writer) {
	verdict := string(r.Verdict)
	if r.Why != "" {
		verdict += " (" + r.Why + ")"
	}
	var more []string
	say := func(format string, args ...any) { more = append(more, fmt.Sprintf(format, args...)) }
	if r.Held != "" {
		say("%s %s", r.Held, r.Delivered)
	}
	if a := r.Answer; a != nil {
		say("%s by %s", a.Entry, a.Says)
		if r.Verdict == clock.Disputed || r.Verdict == clock.Late {
			say("between %s and %s", orNobody(a.NotBefore), orNobody(a.NotAfter))
		}
	}
	if k := r.Counted; k != nil {
		say("%d of %d, %d at an end", k.Given, k.Wanted, k.Maybe)
	}
	if s := r.Silence; s != nil {
		say("nothing in %s up to %d", s.Journal, s.Size)
	}
	if r.Withdrawn != "" {
		say("withdrawn by %s", r.Withdrawn)
	}
	for _, x := range r.Contested {
		say("contested by %s", x)
	}
	if r.Age != "" {
		say("%s old", r.Age)
	}
	due := ""
	if r.Due != "" {
		due = "due " + r.Due
	}
	fmt.Fprintf(w, "  %s\t%s%s\t%s\t%s\n", r.Name, verdict, exercise(r.Exercise), due, strings.Join(more, "; "))
	for _, m := range r.Remarks {
		fmt.Fprintf(w, "    %s remarks (%s): %s\t\t\t\n", m.By, m.Language, line(m.Text))
	}
}

func orNobody(s string) string {
	if s == "" {
		return "nobody says"
	}
	return s
}

func exercise(is bool) string {
	if is {
		return " (exercise)"
	}
	return ""
}

func table(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 4, 2, ' ', 0) }

// line keeps foreign text on one line of a terminal, without its control characters.
func line(s string) string {
	return strings.Map(func(r rune) rune {
		if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069 {
			return ' '
		}
		return r
	}, s)
}
