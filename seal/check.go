package seal

import (
	"strings"

	"parley.example/parley"
)

// Check tests one route: a ping announces it, a reply of the tested body or of
// whoever tried says what came of it and names the ping in `answers`. A code that
// is read aloud on the route ties what was heard there to the ping. ENTRY-26
type Check struct {
	Step   string `json:"step"`             // ping, reply or tried
	Route  string `json:"route"`            // a word such as line, pouch, telephone
	Series string `json:"series,omitempty"` // ping: the id of the agreement's check; none where it is done by hand
	Commit string `json:"commit,omitempty"` // ping: SHA-256 of the code, hex; none where the route is the line itself
	Result string `json:"result,omitempty"` // reply and tried: reached or failed; none in a reply: reached
	Code   string `json:"code,omitempty"`   // reply: what was heard
	Role   string `json:"role,omitempty"`   // reply: the role that answered, never a name
	At     string `json:"at,omitempty"`     // reply and tried: when it happened, where that is not now
	Note   string `json:"note,omitempty"`   // at most 1 KiB: what was found
}

const (
	CheckPing  = "ping"
	CheckReply = "reply" // by the body that is tested
	CheckTried = "tried" // by the one that tests: what became of its own attempt

	CheckReached = "reached"
	CheckFailed  = "failed"
)

func (c *Check) factsStep() string { return c.Step }

// CheckCommit is what a ping says of its code before it is heard. ENTRY-31
func CheckCommit(code string) parley.Hash {
	return parley.Sum([]byte("parley/check/v1 code\n" + code + "\n"))
}

func (c *Check) Check() error {
	switch {
	case c.Step != CheckPing && c.Step != CheckReply && c.Step != CheckTried:
		return parley.E(parley.Invalid, "check %.20q: want ping, reply or tried", c.Step)
	case !isWord(c.Route, 40):
		return parley.E(parley.Invalid, "check route %.40q: want a word such as line", c.Route)
	case !parley.IsText(c.Note, 1<<10):
		return parley.E(parley.Invalid, "check note: want at most 1024 octets of text")
	}
	if c.Step == CheckPing {
		return c.checkPing()
	}
	switch {
	case c.Series != "" || c.Commit != "":
		return parley.E(parley.Invalid, "check %s: series and commit belong to a ping", c.Step)
	case c.Result != "" && c.Result != CheckReached && c.Result != CheckFailed || c.Result == "" && c.Step == CheckTried:
		return parley.E(parley.Invalid, "check result %.20q: want reached or failed", c.Result)
	case c.Role != "" && !isWord(c.Role, 60):
		return parley.E(parley.Invalid, "check role %.60q: want a word such as duty-officer, never a name", c.Role)
	case c.Code != "" && (c.Step != CheckReply || !parley.IsLine(c.Code, 80)):
		return parley.E(parley.Invalid, "check code: want what was heard, in a reply, at most 80 octets")
	case c.At != "":
		if _, err := parseTime(c.At); err != nil {
			return err
		}
	}
	return nil
}

func (c *Check) checkPing() error {
	if c.Result != "" || c.Code != "" || c.Role != "" || c.At != "" {
		return parley.E(parley.Invalid, "check ping: result, code, role and at belong to what follows it")
	}
	if c.Series != "" && !isWord(strings.ReplaceAll(c.Series, ".", "-"), 64) {
		return parley.E(parley.Invalid, "check series %.70q: want the id of a check of the agreement", c.Series)
	}
	if c.Commit != "" {
		if h, err := parley.ParseHash(c.Commit); err != nil || h.IsZero() {
			return parley.E(parley.Invalid, "check commit: want the SHA-256 of the code in hex")
		}
	}
	return nil
}
