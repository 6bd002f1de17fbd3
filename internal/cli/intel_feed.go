package cli

import (
	"cmp"
	"context"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/mispserver"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/wholefile"
)

// mispFeed is the export format that is a folder.
const mispFeed = "misp-feed"

// exportFeed writes a folder that any web server can give out as a MISP feed. One that
// is there is brought up to date: each file appears whole, and an event that is not in
// the feed any more goes.
func (h *house) exportFeed(ctx context.Context, in intelExportIn) (out intelExportOut, err error) {
	q := in.Query
	tlp, ok := stix.ParseTLP(q.MaxTLP)
	switch {
	case in.Path == "":
		return out, parley.E(parley.Invalid, "a feed is a folder").WithHint("name one: -o DIR")
	case !ok:
		return out, parley.E(parley.Invalid, "a feed goes to whoever is given its address").WithHint("say the strictest traffic light that may stand in it: --tlp green")
	case !wholly(q):
		return out, parley.E(parley.Invalid, "a feed holds whole events").WithHint("--tlp and --direction are what it can be narrowed by")
	}
	c := intel.Clearance{TLP: tlp, Own: q.Direction != string(intel.In)}
	if q.Direction != string(intel.Own) {
		for _, l := range h.node.Lines() {
			c.Agreements = append(c.Agreements, l.ID())
		}
	}
	if err := os.MkdirAll(in.Path, 0o755); err != nil {
		return out, nodeWrites(parley.E(parley.Unavailable, "cannot write %s: %w", in.Path, err))
	}
	folder := &feedFolder{dir: in.Path, wrote: map[string]bool{}}
	begun := time.Now()
	out.Path, out.Format = in.Path, mispFeed
	out.Objects, err = mispserver.WriteFeed(ctx, mispserver.Options{Store: h.intel, Party: func() string { return string(h.party()) }, Now: time.Now, Log: h.log}, c, folder)
	out.Taken, out.Took = out.Objects, time.Since(begun)
	if err != nil {
		return out, err
	}
	return out, folder.tidy()
}

// wholly says whether a query asks for nothing but a traffic light and a direction.
func wholly(q node.IntelQuery) bool {
	terms := slices.DeleteFunc(slices.Clone(q.Terms), func(s string) bool { return s == "" })
	return len(terms)+len(q.Types)+len(q.IDs)+len(q.Labels)+len(q.Values)+len(q.Refs)+len(q.Sources)+len(q.Versions) == 0 &&
		cmp.Or(q.Pattern, q.Text, q.Party, q.MinTLP) == "" && q.AddedAfter.IsZero() && q.ModifiedFrom.IsZero() && q.ModifiedUntil.IsZero() && !q.Revoked && !q.Recalled &&
		slices.Contains([]string{"", string(intel.Own), string(intel.In)}, q.Direction)
}

// feedFolder is a folder of files, each of which appears whole.
type feedFolder struct {
	dir   string
	wrote map[string]bool
}

var eventFile = regexp.MustCompile(`^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\.json$`)

// Create opens a file that takes its name's place when it is closed.
func (f *feedFolder) Create(name string) (io.WriteCloser, error) {
	if name != "manifest.json" && name != "hashes.csv" && !eventFile.MatchString(name) {
		return nil, parley.E(parley.Internal, "a feed has no file %q", name)
	}
	path := filepath.Join(f.dir, name)
	file, err := wholefile.Create(path, 0o644)
	if err != nil {
		return nil, nodeWrites(err)
	}
	f.wrote[name] = true
	return file, nil
}

// tidy takes away the events that are not in the feed any more: they may have been
// recalled.
func (f *feedFolder) tidy() error {
	list, err := os.ReadDir(f.dir)
	if err != nil {
		return parley.E(parley.Unavailable, "cannot read %s: %w", f.dir, err)
	}
	for _, e := range list {
		if name := e.Name(); strings.HasPrefix(name, wholefile.Unfinished) || eventFile.MatchString(name) && !f.wrote[name] {
			if err := os.Remove(filepath.Join(f.dir, name)); err != nil {
				return parley.E(parley.Unavailable, "cannot take away %s: %w", filepath.Join(f.dir, name), err)
			}
		}
	}
	return nil
}
