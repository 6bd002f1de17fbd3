package cli

import (
	"io"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/ctl"
	"parley.example/parley/internal/node"
)

// intelSighting says that something was seen.
type intelSighting struct {
	ID    string    `arg:"" help:"The object that was seen: an indicator, a malware, a campaign; \"parley intel search\" finds it by its value."`
	Count int       `placeholder:"NUMBER" help:"How often it was seen; default: once."`
	Seen  time.Time `placeholder:"TIME" help:"When it was last seen, such as 2027-01-31T09:00:00Z; default: now."`
	First time.Time `name:"first-seen" placeholder:"TIME" help:"When it was seen first; default: as --seen."`
	False bool      `name:"false-positive" help:"It was seen, and is harmless: an opinion that says so, which MISP shows as a false positive."`
	sightingOut
}

// intelOpinion says what people think of an object.
type intelOpinion struct {
	ID      string `arg:"" help:"The object."`
	Opinion string `arg:"" enum:"strongly-disagree,disagree,neutral,agree,strongly-agree" help:"strongly-disagree, disagree, neutral, agree or strongly-agree."`
	sightingOut
}

// sightingOut has the flags of both.
type sightingOut struct {
	To         []string `placeholder:"BODY" help:"To whom; default: who gave the object. What a party gave goes to nobody else."`
	Keep       bool     `help:"Send nothing: it stays among our own objects, where a rule or \"parley intel send\" finds it."`
	Text       string   `short:"m" placeholder:"TEXT" help:"More about it: where it was seen, or why you think so."`
	Marking    string   `placeholder:"WORD" help:"Of the message; default: as the object is marked."`
	Agreement  string   `placeholder:"ID" help:"The agreement, where more than one names the addressee."`
	Speaker    string   `name:"as" placeholder:"BODY" help:"The body of ours that speaks; default: the one that was given it."`
	Precedence string   `short:"p" default:"routine" enum:"flash,immediate,priority,routine" placeholder:"WORD" help:"flash, immediate, priority or routine."`
	Nonce      string   `placeholder:"HEX" help:"32 hex digits; the same again is the same message, sent once."`
	waiting
}

// Run reports a sighting.
func (s *intelSighting) Run(c *Context) error {
	return s.report(c, node.Sighting{Object: s.ID, Count: s.Count, First: s.First, Last: s.Seen, False: s.False})
}

// Run reports an opinion.
func (o *intelOpinion) Run(c *Context) error {
	return o.report(c, node.Sighting{Object: o.ID, Opinion: o.Opinion})
}

func (o *sightingOut) report(c *Context, in node.Sighting) error {
	for _, to := range o.To {
		if _, err := parley.ParseBody(to); err != nil {
			return usage(err)
		}
	}
	in.SendRequest, in.Keep = node.SendRequest{To: o.To, Text: o.Text, Marking: o.Marking, Agreement: o.Agreement, From: o.Speaker, Precedence: o.Precedence, Now: o.Now, Nonce: o.Nonce}, o.Keep
	var out node.IntelSent
	if err := c.node(func(n ctl.Caller) error {
		if err := n.Call(c, "intel.sighting", in, &out); err != nil {
			return err
		}
		return o.each(c, n, out.Messages)
	}); err != nil {
		return err
	}
	return c.Data(out, func(w io.Writer) {
		if in.Keep {
			io.WriteString(w, "kept, and sent to nobody\n")
			return
		}
		sentText(w, &out, false)
	})
}
