// Package form says what the content of each kind of message holds: its fields,
// their types and bounds, which of them are owed, and how each is called in
// English, Russian and Chinese. Both sides check the same form, an auditor checks
// it again, and everybody reads it in a language of their own.
//
// It is trusted with one verdict: whether content fits its form. Whoever writes
// content can at most have it refused, after time that is linear in at most
// MaxContent octets.
//
// It never sends, stores or translates anything, reads no clock, and knows no
// word of an agreement but those that the agreement itself lists.
package form
