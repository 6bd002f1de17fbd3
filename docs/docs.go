// Package docs carries the handbook and the reference inside the binary, for a
// machine without a network. It holds text and does nothing.
package docs

import _ "embed"

// Operate is the handbook.
//
//go:embed operate.md
var Operate string

// Intelligence is the handbook's chapter on what parties and tools say of threats.
//
//go:embed intelligence.md
var Intelligence string

// Config is the reference of every setting.
//
//go:embed config.md
var Config string
