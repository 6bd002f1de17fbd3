// Package seal makes, reads and judges one message: the entry (a short signed
// note), its sealed part (an age file), its facts (the few salted fields that can
// be shown without the text) and its blobs (sealed attachments).
//
// It is trusted with three things: that what is sealed opens only for those it
// is sealed to, that a ciphertext moved elsewhere does not open as a message,
// and that everybody who holds the same bytes reaches the same verdict on them.
// Whoever wrote the bytes can at most make one entry void or one part unreadable.
//
// It does no I/O but on the readers and writers it is given, reads no clock,
// starts no goroutine, keeps no key and stores nothing. It never opens a payload
// whose hash, header MAC and context do not hold.
package seal
