// Package cli is the command line: one file per command, each a struct with
// Run(*Context) error and one line in cli.go.
//
// It is trusted with nothing but the words on the screen: a command names a use
// case of the node and renders the answer. Where a node is serving the home the
// call goes through its socket, otherwise the home is opened here, under its
// lock; the command does not know which.
//
// The voice: standard output is data, and only data, so that it can be piped.
// Standard error is the voice: one line "parley: ...", then where there is a
// next step "hint: ...". Sentences are short, lower-case, without a full stop,
// and name the thing that is wrong and what would be right. Long work shows
// progress on a terminal and is silent in a pipe. Exit codes: 0 done, 1 failed,
// 2 wrong usage, 3 not proven.
//
// It never decides, never keeps state, and never prints a key's secret half.
package cli
