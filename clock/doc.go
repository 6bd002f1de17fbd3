// Package clock computes deadlines: a promised length, counted from an instant
// in a calendar that the agreement lists in full (UTC offsets, hours, holidays).
//
// It is trusted with giving both sides the same deadline from the same text;
// so it knows no time zone database and no country's holidays, only what the
// agreement says, and refuses to count beyond it.
//
// It does no I/O, reads no clock and rounds nothing that spec/clock.md does not
// round. All instants it returns are UTC.
package clock
