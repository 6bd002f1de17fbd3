package register

import (
	"slices"
	"strings"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// Steps that only a body which the message names takes.
const (
	saysReplied   = "check." + seal.CheckReply
	saysConfirmed = "call." + parley.CallConfirm
	saysDenied    = "call." + parley.CallDeny
)

// saysOf is what a message says about the one that it answers: SaysAnswered where
// it is a text, else its kind and step, such as response.refuse, withdraw or
// incident.final.
func saysOf(m *sqldb.Message) string {
	switch m.Kind {
	case parley.KindHotline, parley.KindMemo:
		return SaysAnswered
	}
	if m.Step == "" {
		return string(m.Kind)
	}
	return string(m.Kind) + "." + m.Step
}

// mayStep says who takes a step on a message: those whom it addresses, and its
// author's party where the step is more than an answer in words.
func mayStep(m, by *sqldb.Message, says string) bool {
	switch says {
	case saysReplied, saysConfirmed, saysDenied: // ENTRY-26, CALL-3
		return slices.Contains(m.To, by.From) && by.From.Party() != m.From.Party()
	}
	if by.From.Party() == m.From.Party() {
		return says != SaysAnswered
	}
	return names(m.To, by.From.Party())
}

// answers reports whether a step is an answer of an addressee, so that the message
// no longer waits for a person.
func answers(says string) bool {
	return says == SaysAnswered || strings.HasPrefix(says, "response.") || says == "contest" ||
		says == saysReplied || says == saysConfirmed || says == saysDenied
}

// stateSaid is the state that a step brings a message to; "" where it brings it to none.
func stateSaid(says string) State {
	switch {
	case says == "response.acknowledge":
		return StateAcknowledged
	case answers(says):
		return StateAnswered
	}
	if _, ok := progress[State(says)]; ok {
		return State(says)
	}
	return ""
}
