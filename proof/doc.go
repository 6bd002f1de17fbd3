// Package proof is what makes a journal believable: keys and signatures of
// notes, checkpoints, cosignatures, consistency, inclusion and subtree proofs,
// trust policies, and the fork that convicts a journal of two histories.
//
// It follows the C2SP specifications signed-note, tlog-checkpoint,
// tlog-cosignature, tlog-proof and tlog-policy to the letter; where it is
// narrower, spec/journal.md says so. Everything it reads is foreign: whoever
// sends it can make it return an error, and nothing else. What it returns as
// Checkpoint or Cosignature has been verified; there is no other way to make one.
//
// It keeps no state, reads no clock, does no I/O, starts no goroutine, and
// decides nothing about whom to trust: the caller names the keys.
package proof
