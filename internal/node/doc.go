// Package node is what one party can do: set up a home, bring an agreement into
// force, send, answer, show, and the steps that run in the background.
//
// It is trusted with the party's keys and with deciding what may leave the
// house: a step here may only use what journal, mirror and seal have made
// durable and verified. Each background loop is a step function that does what
// is due and says when to come again, so that a server calls it in a goroutine
// and a test or simulation calls it by hand, with a clock of its own.
//
// It never renders, never parses foreign bytes itself, and never signs a
// checkpoint: that is the journal's and the mirror's work.
package node
