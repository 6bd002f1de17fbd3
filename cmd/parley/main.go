// Command parley is a party's node and its command line.
package main

import (
	"os"

	"parley.example/parley/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
