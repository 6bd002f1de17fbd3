// Package alert wakes people: it carries a pointer (who wrote to whom, how
// urgent, which thread, where to read it) to a mail server, a webhook or a
// program on this machine, and goes on until a person has acknowledged a flash.
//
// It is trusted with one promise: a flash that was raised is repeated until a
// person acknowledges it, through restarts and failing channels, and every
// attempt can be seen. Whoever controls a channel learns that a message of some
// urgency arrived, and can at most keep that channel from waking anybody, which
// shows.
//
// It never carries what a message says or an officer's name, never follows a
// redirect, never runs a shell, and never decides what deserves an alert: that
// is the node's.
package alert
