// Package evidence makes and checks the file that convinces an outsider: who
// wrote what to whom, who held it by when, that nobody answered, or that a
// journal has two histories. It needs no node and no network.
//
// It is trusted with one sentence: what Verify calls proven follows from
// signatures of keys that the agreement names, and the agreement is the one that
// the reader trusts. Whoever made the file chose what to show; it can leave out,
// it cannot invent for others. Each statement says against whom it holds: an
// author and an addressee together can invent any past, and only a third that
// the agreement names binds it against others.
//
// It does no I/O, reads no clock, keeps no state. spec/evidence.md is the format.
package evidence
