package valuefile

import (
	"time"

	"parley.example/parley/indicator"
	"parley.example/parley/internal/stix"
)

// Row is one value of a file, or a line that holds none.
type Row struct {
	Line       int    // from 1; of a quoted field over several lines, the first
	Text       string // as the file has it
	Value      indicator.Value
	Comment    string // what the file says of it: columns of a table, what follows #
	Name       string
	Labels     []string
	Source     string    // column "source" or "reference"
	First      time.Time // zero where the file does not say, as Last
	Last       time.Time
	Until      time.Time // not valid after
	Confidence int       // 0 to 100; -1 where the file does not say
	TLP        stix.TLP  // Unmarked where the file does not say; Red for a word that nobody knows
	Revoked    bool      // column "revoked"
	Unread     []string  // why cells beside the value say nothing here
	Changed    string    // what was changed to read it; empty where nothing was
	Err        error     // parley.Invalid: why the line is no value; Value is then empty
}

// Options are what a file does not say.
type Options struct {
	Format string         // "list", "csv", or empty: told from the first lines
	Comma  rune           // of a table; 0: told from the first lines
	Column string         // of a table, that holds the values: its name, or its number from 1; empty: by name, else the first that reads as values
	Kind   indicator.Kind // what all values are; empty: recognised one by one
}

// Bounds of a file.
const (
	maxLine    = 1 << 20 // octets of a line, or of a quoted field with its line ends
	maxColumns = 1000
	sample     = 64 << 10 // octets that the format is told from
)
