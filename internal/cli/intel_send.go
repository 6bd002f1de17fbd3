package cli

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// intelOut has the flags of what sends objects.
type intelOut struct {
	To        []string `required:"" placeholder:"BODY" help:"To whom, such as borea.example/cert."`
	Marking   string   `placeholder:"WORD" help:"Of the message, such as TLP:AMBER: what is stricter stays; default: the agreement's."`
	About     string   `short:"m" placeholder:"TEXT" help:"What it is, and what the reader may want to do with it."`
	Agreement string   `placeholder:"ID" help:"The agreement, where more than one names the addressee."`
	Speaker   string   `name:"as" placeholder:"BODY" help:"The body of ours that speaks; default: the first."`
	Yes       bool     `help:"Also what a warninglist names as harmless."`
}

type intelSend struct {
	intelQuery
	intelOut
	Answers    string `placeholder:"ID" help:"The message that this answers: sightings, opinions and notes go as what was seen of it."`
	Corrects   string `placeholder:"ID" help:"The message of ours whose place this takes: what that gave, and this does not give again, is out of use."`
	Precedence string `short:"p" default:"routine" enum:"flash,immediate,priority,routine" placeholder:"WORD" help:"flash, immediate, priority or routine."`
	DryRun     bool   `help:"Say what would go and what would stay, and send nothing."`
	waiting
	Nonce string `placeholder:"HEX" help:"32 hex digits; the same again is the same message, sent once."`
}

func (s *intelSend) Run(c *Context) error {
	in := node.IntelSend{Query: s.query(), Yes: s.Yes, Dry: s.DryRun, Corrects: s.Corrects, SendRequest: node.SendRequest{Agreement: s.Agreement, From: s.Speaker, To: s.To,
		Precedence: s.Precedence, Marking: s.Marking, Text: s.About, Answers: s.Answers, Now: s.Now, Nonce: s.Nonce}}
	for _, to := range s.To {
		if _, err := parley.ParseBody(to); err != nil {
			return usage(err)
		}
	}
	var out node.IntelSent
	err := c.node(func(n ctl.Caller) error {
		if err := n.Call(c, "intel.send", in, &out); err != nil {
			return err
		}
		return s.each(c, n, out.Messages)
	})
	if err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) { sentText(w, &out, s.DryRun) })
}

// sentText says what went, or would go, and what stays.
func sentText(w io.Writer, out *node.IntelSent, dry bool) {
	for _, m := range out.Messages {
		fmt.Fprintf(w, "%s %s\n", m.Nonce, m.State)
	}
	word := "sent"
	if dry {
		word = "would go"
	}
	fmt.Fprintf(w, "%s %s, %d octets, %s\n", count(out.Objects, "object"), word, out.Octets, out.Marking)
	for i, l := range out.Held {
		if i == 20 {
			fmt.Fprintf(w, "  and %d more stay\n", len(out.Held)-20+out.HeldMore)
			break
		}
		fmt.Fprintf(w, "  %s stays: %s\n", printable(l.ID), printable(l.Reason))
	}
}

// intelRuleCmd keeps the rules.
type intelRuleCmd struct {
	Add    intelRuleAdd    `cmd:"" help:"Make a rule: what it finds goes by itself, as it comes."`
	List   intelRuleList   `cmd:"" help:"List the rules: what, to whom, how many objects of the store are still to be looked at, and why the last round sent nothing."`
	Pause  intelRulePause  `cmd:"" help:"Stop a rule; nothing is lost."`
	Resume intelRuleResume `cmd:"" help:"Let a rule go on from where it stopped."`
	Remove intelRuleRemove `cmd:"" help:"Remove a rule; what it sent stays sent."`
}

type intelRuleAdd struct {
	Name string `arg:"" help:"The rule's name: lower-case letters, digits, hyphens."`
	intelQuery
	intelOut
	Every time.Duration `placeholder:"TIME" help:"At most one message in this time; default: at once."`
	Past  bool          `help:"Also what is in the store already."`
}

func (r *intelRuleAdd) Run(c *Context) error {
	in := node.IntelRule{Name: r.Name, Query: r.query(), To: r.To, Marking: r.Marking, From: r.Speaker, About: r.About, Past: r.Past, Yes: r.Yes, Every: node.Seconds((r.Every + time.Second - 1) / time.Second)}
	var out node.IntelRule
	if err := c.Call("intel.rule.add", in, &out); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) { fmt.Fprintf(w, "rule %s goes to %s\n", out.Name, strings.Join(out.To, ", ")) })
}

type intelRuleList struct{}

func (intelRuleList) Run(c *Context) error {
	list := []node.IntelRule{}
	if err := c.Call("intel.rule.list", ctl.None{}, &list); err != nil {
		return err
	}
	return c.Data(list, func(w io.Writer) {
		var cells [][]string
		for _, r := range list {
			state := "runs"
			if r.Paused {
				state = "paused"
			}
			cells = append(cells, []string{r.Name, state, strings.Join(r.To, " "), ruleText(&r.Query), r.Marking, strconv.FormatUint(r.Behind, 10), strconv.FormatUint(r.Stayed, 10), cmp.Or(r.Trouble, r.StayedWhy)})
		}
		columns(w, []string{"RULE", "STATE", "TO", "WHAT", "MARKING", "BEHIND", "STAYED", "WHY"}, cells)
	})
}

// ruleText says in a line what a rule finds.
func ruleText(q *node.IntelQuery) string {
	text := ""
	add := func(word string, list ...string) {
		for _, x := range list {
			if x != "" {
				text += " " + word + x
			}
		}
	}
	add("", q.Terms...)
	add("type:", q.Types...)
	add("label:", q.Labels...)
	add("", q.IDs...)
	add("", q.Values...)
	add("text:", q.Text)
	add("party:", q.Party)
	add("tlp:", q.MaxTLP)
	if text == "" {
		return "everything"
	}
	return text[1:]
}

type intelRulePause struct {
	Name string `arg:"" help:"The rule."`
}

func (r *intelRulePause) Run(c *Context) error {
	return c.Call("intel.rule.pause", intelPauseIn{r.Name, true}, nil)
}

type intelRuleResume struct {
	Name string `arg:"" help:"The rule."`
}

func (r *intelRuleResume) Run(c *Context) error {
	return c.Call("intel.rule.pause", intelPauseIn{r.Name, false}, nil)
}

type intelPauseIn struct {
	Name   string `json:"name"`
	Paused bool   `json:"paused"`
}

type intelRuleRemove struct {
	Name string `arg:"" help:"The rule."`
}

func (r *intelRuleRemove) Run(c *Context) error {
	return c.Call("intel.rule.remove", named{r.Name}, nil)
}
