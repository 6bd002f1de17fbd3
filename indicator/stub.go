// Package indicator says what a value is that points at malicious traffic or files.
//
// This file stands in for the package until it is written: it has the types that
// others build on, and nothing behind them. Whoever writes the package deletes it.
package indicator

import "errors"

// Kind is one of a closed list of kinds of values, "ipv4-addr".
type Kind string

// Value is a normalised value of a kind.
type Value struct {
	Kind Kind
	Text string
}

// Pattern is a parsed STIX pattern.
type Pattern struct{}

// ParsePattern reads a STIX 2.1 pattern.
func ParsePattern(text string) (*Pattern, error) { return nil, errors.New("not yet") }

// Values are those whose observation makes the pattern true.
func (p *Pattern) Values() (values []Value, exact bool) { return nil, false }

// Parse normalises a value of a known kind.
func Parse(k Kind, text string) (Value, error) { return Value{k, text}, nil }

// Recognise refangs a value and says of which kind it is.
func Recognise(text string) (Value, error) { return Value{}, errors.New("not yet") }
