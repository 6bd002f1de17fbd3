// Package web is the desk: the pages on which a duty officer reads, writes,
// acknowledges and declines, and sees what proves each step.
//
// It is trusted with an officer's session in the browser and with saying
// nothing that the node did not say: a message is shown as delivered only where
// the node's view says so, and each step is shown with what proves it. Whoever
// controls the connection between browser and desk is kept out by TLS or by the
// loopback interface, not by this package.
//
// It decides nothing: who may do what, what a state is, whether a signature
// holds, is all the node's to say. A page view is never an act: *seen* is a
// button. It runs no script and no style that is not a file of its own, keeps
// no message in a cache, and needs no JavaScript for anything but being live.
package web
