package form

import (
	"errors"
	"fmt"
	"strings"

	"parley.example/parley"
)

// Fault is one field that does not fit: where, what is wrong, what would be right.
type Fault struct {
	Field string `json:"field"` // its path: "text", "routes.1.address"; "" where the whole is meant
	What  string `json:"what"`
	Want  string `json:"want"`
}

func (f Fault) String() string {
	if f.Field == "" {
		return f.What + ": want " + f.Want
	}
	return f.Field + ": " + f.What + ": want " + f.Want
}

// Faults are all that was found, at most MaxFaults. errors.As finds them in what
// Check and Fill return.
type Faults []Fault

// MaxFaults bounds what one check tells.
const MaxFaults = 20

func (f Faults) Error() string {
	lines := make([]string, len(f))
	for i := range f {
		lines[i] = f[i].String()
	}
	return strings.Join(lines, "; ")
}

// Of is what is wrong with the field at a path, or nothing.
func (f Faults) Of(path string) []Fault {
	var some []Fault
	for _, x := range f {
		if x.Field == path {
			some = append(some, x)
		}
	}
	return some
}

// FaultsOf are the faults that an error of Check or Fill carries; none where it is
// another error.
func FaultsOf(err error) Faults {
	var f Faults
	errors.As(err, &f)
	return f
}

func (f Faults) err(name string) error {
	if len(f) == 0 {
		return nil
	}
	return parley.E(parley.Invalid, "%s: %w", name, f)
}

func quote(s string) string {
	if len(s) > 40 {
		s = strings.ToValidUTF8(s[:40], "") + "..."
	}
	return fmt.Sprintf("%q", s)
}
