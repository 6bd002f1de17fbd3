package seal

import "parley.example/parley"

// Check tests one route: a ping, and the reply that names it in `answers`.
type Check struct {
	Step  string `json:"step"`           // ping or reply
	Route string `json:"route"`          // a word such as line, pouch, voice
	Note  string `json:"note,omitempty"` // at most 1 KiB: what was found
}

const (
	CheckPing  = "ping"
	CheckReply = "reply"
)

func (c *Check) factsStep() string { return c.Step }

func (c *Check) Check() error {
	switch {
	case c.Step != CheckPing && c.Step != CheckReply:
		return parley.E(parley.Invalid, "check %.20q: want ping or reply", c.Step)
	case !isWord(c.Route, 40):
		return parley.E(parley.Invalid, "check route %.40q: want a word such as line", c.Route)
	case !plain(c.Note, 1<<10, true):
		return parley.E(parley.Invalid, "check note: want at most 1024 octets of text")
	}
	return nil
}
