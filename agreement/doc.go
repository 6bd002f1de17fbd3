// Package agreement is the text that all parties sign, and what follows from
// it: who they are, which keys speak for whom at which index of which journal,
// what each promised, how words are handled.
//
// It is trusted with the start of all trust. A card proves only that its
// identity key made it; an agreement proves what its complete lines sign; a
// Chain accepts a change of keys only as spec/keys.md and spec/succession.md
// say. Whoever holds one party's identity key can speak for that party and for
// nobody else.
//
// It does no I/O, reads no clock, makes no key and keeps no private key.
package agreement
