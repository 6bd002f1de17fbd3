package alert

import (
	"bufio"
	"io"
	"os"
	"strings"

	"parley.example/parley"
)

// secret reads the first line of a file: a password, a token, a URL.
func secret(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", parley.E(parley.Unavailable, "read %s: %w", path, err)
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, 4096)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", parley.E(parley.Unavailable, "read %s: %w", path, err)
	}
	if line = strings.TrimSpace(line); line == "" {
		return "", parley.E(parley.Unavailable, "%s: its first line is empty", path)
	}
	return line, nil
}
