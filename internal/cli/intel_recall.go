package cli

import (
	"strconv"

	"parley.example/parley"
	"parley.example/parley/internal/node"
)

type intelRecall struct {
	ID     string   `arg:"" help:"The message that gave it, such as aster/118."`
	Reason string   `required:"" enum:"wrong,harmless,marking,source,mistake" placeholder:"WORD" help:"wrong, harmless, marking, source or mistake."`
	Object []string `placeholder:"ID" help:"Only this object; may be given more than once; default: everything in the message."`
	To     []string `placeholder:"BODY" help:"To whom; default: everybody who has it."`
	Text   string   `short:"m" placeholder:"TEXT" help:"More about it."`
	waiting
}

func (r *intelRecall) Run(c *Context) error {
	say := node.FormRequest{Kind: parley.KindRecall, Step: parley.RecallAsk, Fields: map[string]any{"reason": r.Reason},
		SendRequest: node.SendRequest{Answers: r.ID, To: r.To, Now: r.Now}}
	if len(r.Object) > 0 {
		say.Fields["objects"] = r.Object
	}
	if r.Text != "" {
		say.Fields["text"] = r.Text
	}
	return r.queue(c, "intel.recall", say)
}

type intelRecalled struct {
	ID      string `arg:"" help:"The recall, such as borea/42."`
	Objects int    `placeholder:"NUMBER" default:"-1" help:"How many objects are out of use; default: as many as the store took out."`
	Passed  bool   `name:"passed-on" help:"It had been passed on, or published, before the recall came."`
	Cannot  string `enum:",law,own,out-of-reach" default:"" placeholder:"WORD" help:"Some of it stays: law, own or out-of-reach."`
	Text    string `short:"m" placeholder:"TEXT" help:"More about it."`
	waiting
}

func (r *intelRecalled) Run(c *Context) error {
	say := node.FormRequest{Kind: parley.KindRecall, Step: parley.RecallDone, Fields: map[string]any{}, SendRequest: node.SendRequest{Answers: r.ID, Now: r.Now}}
	if r.Cannot != "" {
		say.Step, say.Fields["ground"] = parley.RecallCannot, r.Cannot
	} else {
		if r.Objects >= 0 {
			say.Fields["objects"] = strconv.Itoa(r.Objects)
		}
		if r.Passed {
			say.Fields["passed-on"] = "true"
		}
	}
	if r.Text != "" {
		say.Fields["text"] = r.Text
	}
	return r.queue(c, "intel.recall", say)
}
