package cli

import "parley.example/parley"

// respondCmd answers a request.
type respondCmd struct {
	ID struct {
		ID           string  `arg:"" help:"The request: borea/42, its id or the beginning of it."`
		Acknowledge  respond `cmd:"" help:"Say that the request was read. This admits nothing."`
		Offer        respond `cmd:"" help:"Say what can be done: time frame, nature, scope, terms."`
		Progress     respond `cmd:"" help:"Say how far the matter is."`
		Result       respond `cmd:"" help:"Give what was asked for, or what came of it."`
		Refuse       respond `cmd:"" help:"Refuse, with a ground of the agreement and reasons."`
		CannotEnsure respond `cmd:"" help:"Say that what was asked for is not in our hands."`
		Contest      respond `cmd:"" help:"Say that the request does not belong here, or was answered on another channel."`
	} `arg:""`
}

// forms adds the flags of the forms.
func (r *respondCmd) forms() {
	for step, cmd := range map[string]*respond{parley.ResponseAcknowledge: &r.ID.Acknowledge, parley.ResponseOffer: &r.ID.Offer,
		parley.ResponseProgress: &r.ID.Progress, parley.ResponseResult: &r.ID.Result, parley.ResponseRefuse: &r.ID.Refuse,
		parley.ResponseCannotEnsure: &r.ID.CannotEnsure} {
		cmd.setForm(parley.KindResponse, step)
		cmd.to = &r.ID.ID
	}
	r.ID.Contest.setForm(parley.KindContest, "")
	r.ID.Contest.to = &r.ID.ID
}

type respond struct {
	formFlags
	to *string
}

func (r *respond) Run(c *Context) error {
	say, err := r.request(c, nil)
	if err != nil {
		return err
	}
	say.Answers = *r.to
	return r.send(c, "request.respond", say)
}
