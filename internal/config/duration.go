package config

import (
	"time"

	"parley.example/parley"
)

// Duration is a time span written as Go writes it: "10s", "5m", "48h".
type Duration time.Duration

// UnmarshalText implements encoding.TextUnmarshaler.
func (d *Duration) UnmarshalText(b []byte) error {
	v, err := time.ParseDuration(string(b))
	if err != nil {
		return parley.E(parley.Invalid, "duration %.40q: want a number and a unit, such as 10s, 5m or 48h", b)
	}
	*d = Duration(v)
	return nil
}

// MarshalText implements encoding.TextMarshaler.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

func (d Duration) String() string { return time.Duration(d).String() }
