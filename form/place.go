package form

import "parley.example/parley"

// Fits says whether a message may stand where it stands: answers is whether its
// facts name a message that it answers. Errors are parley.Invalid. FORM-1
func (p Place) Fits(answers bool) error {
	switch {
	case p == Opens && answers:
		return parley.E(parley.Invalid, "it answers a message; want it to open a thread of its own")
	case p == Answers && !answers:
		return parley.E(parley.Invalid, "it answers no message; want the message that it is about")
	}
	return nil
}
