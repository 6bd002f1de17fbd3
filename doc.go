// Package parley holds the nouns of Parley and its closed error kinds: who
// speaks (Party, Body), where it is written (Origin, Ref), what names it (Hash,
// Nonce, MessageID), how urgent it is (Precedence), what it is (Kind).
//
// It is trusted with parsing names strictly: one name has one spelling.
// It imports nothing of the project, does no I/O, reads no clock and starts no
// goroutine; everything else stands on it.
package parley
