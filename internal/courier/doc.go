// Package courier decides what goes to whom, and carries it: the tail of our
// journal and the parts of its entries to each counterpart, archive and witness;
// the tail of theirs to us where they or we open no port; blobs; and the pouch,
// a file for places without a network.
//
// It is trusted with two decisions only: that a sealed part goes to nobody but
// those whom its entry names (and the archives), and that nothing counts as a
// cosignature before it has been verified against a key of the agreement. Whoever
// is at the other end can make a step fail or repeat, and nothing else: everything
// that comes in, by whichever carrier, ends in the same verification in package
// mirror.
//
// Every function is one bounded step. It never sleeps, retries by itself across
// steps, reads a clock, or keeps state: what was learned is returned, and Backoff
// says when the next step is due.
package courier
