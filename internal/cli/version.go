package cli

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// Version is the version of this source; CHANGELOG.md tells what is in it.
const Version = "0.1.0"

type versionCmd struct{}

// version is the version of this source, as servers and logs name it.
func version() string { return Version }

type build struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"`
	Modified bool   `json:"modified,omitempty"`
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run prints the version.
func (versionCmd) Run(c *Context) error {
	v := build{Version: Version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			switch s.Key {
			case "vcs.revision":
				v.Revision = s.Value
			case "vcs.modified":
				v.Modified = s.Value == "true"
			}
		}
	}
	return c.Data(v, func(w io.Writer) {
		fmt.Fprintf(w, "parley %s\n%s %s\n", v.Version, v.Go, v.Platform)
		if v.Revision != "" {
			fmt.Fprintf(w, "revision %s\n", v.Revision)
		}
	})
}
