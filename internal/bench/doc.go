// Package bench measures what users wait for, each figure beside a floor that is
// measured in the same run: `make bench` prints the table of docs/performance.md.
//
// It is a program made of tests: nothing imports it, and `go test ./...` skips it
// with a word. It is trusted with no more than numbers.
package bench
