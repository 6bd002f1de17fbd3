// Package callwords makes the words by which two officers tell on the telephone
// that the voice is theirs. Both nodes have the same secret, which one sent to the
// other in a sealed message; from it each derives what the caller says and what
// the called side answers, for each hour, each direction and each call of it, and
// for the numbered lines of a printed card.
//
// It is trusted with one promise: whoever does not know the secret learns nothing
// about the words of any other slot, however many they have heard. Whoever hears
// the words of a slot can say them again in its hour, and so the caller of this
// package keeps which slots were used, and takes none twice (CALL-12). It cannot
// tell who sits between two callers and repeats to each what the other says.
//
// It never stores anything, reads no clock, and makes no secret but from the
// randomness that it is given.
package callwords
