package poll

import (
	"net/url"
	"os"
	"regexp"
	"strings"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// Kinds of feeds.
const (
	TAXII = "taxii" // a collection of a TAXII 2.1 server
	MISP  = "misp"  // a MISP feed: manifest.json, and a file for each event
	HTTP  = "http"  // a file of a web server: STIX, MISP, CSAF, CSV or a list
)

// Feed is one place to fetch from or to push to, as people set it.
type Feed struct {
	Name       string        `json:"-"`
	Kind       string        `json:"kind"`
	URL        string        `json:"url"`                   // TAXII: the collection, ".../collections/ID/"; HTTP: the file; MISP: the folder
	User       string        `json:"user,omitempty"`        // of Basic; empty with a secret: Bearer
	SecretFile string        `json:"secret_file,omitempty"` // its first line is the password or token
	CertFile   string        `json:"cert_file,omitempty"`   // our certificate, PEM
	KeyFile    string        `json:"key_file,omitempty"`    // its key
	CAFile     string        `json:"ca_file,omitempty"`     // who signs the server's certificate; empty: the system's
	Every      time.Duration `json:"every"`                 // how often it is due
	Types      []string      `json:"types,omitempty"`       // only these types of objects
	From       time.Time     `json:"from,omitzero"`         // only what was added there after
	Format     string        `json:"format,omitempty"`      // of intel.Import; empty: as it looks
	Marking    stix.TLP      `json:"marking,omitempty"`     // at least this for all that it brings
	Labels     []string      `json:"labels,omitempty"`      // of all that it brings; with Push: only what has one of these
	Push       bool          `json:"push,omitempty"`        // ours to theirs
	TLP        stix.TLP      `json:"tlp,omitempty"`         // Push: the strictest that goes out
	Own        bool          `json:"own,omitempty"`         // Push: our own objects
	Agreements []parley.Hash `json:"agreements,omitempty"`  // Push: what came and went under these
}

// Bounds of Feed.Every.
const (
	minEvery = time.Minute
	maxEvery = 7 * 24 * time.Hour
)

var nameForm = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,62}$`)

// feedPrefix begins the names of the sources that feeds fill: no client has such a name.
const feedPrefix = "feed:"

// Source is the source that a feed's objects stand in.
func (f Feed) Source() intel.Source {
	return intel.Source{Direction: intel.Own, Name: feedPrefix + f.Name}
}

// Clearance is what a feed that pushes may see.
func (f Feed) Clearance() intel.Clearance {
	return intel.Clearance{TLP: f.TLP, Own: f.Own, Agreements: f.Agreements}
}

func (f Feed) check() error {
	u, err := url.Parse(f.URL)
	switch {
	case !nameForm.MatchString(f.Name):
		return parley.E(parley.Invalid, "%.80q: want a name of at most 63 lower-case letters, digits, dots, dashes and underscores", f.Name)
	case f.Kind != TAXII && f.Kind != HTTP && f.Kind != MISP:
		return parley.E(parley.Invalid, "kind %.20q: want taxii, misp or http", f.Kind)
	case err != nil || u.Host == "" || u.Scheme != "https" && (u.Scheme != "http" || !loopback(u.Hostname())):
		return parley.E(parley.Invalid, "%.200q: want an https URL (http only to this machine)", f.URL)
	case u.User != nil:
		return parley.E(parley.Invalid, "the URL has a user or a password in it: want --user and --secret-file")
	case f.Kind == TAXII && !isCollection(u):
		return parley.E(parley.Invalid, "%.200q: want the URL of a collection, .../collections/ID/", f.URL)
	case f.User != "" && f.SecretFile == "":
		return parley.E(parley.Invalid, "a user without a password: want --secret-file too")
	case (f.CertFile == "") != (f.KeyFile == ""):
		return parley.E(parley.Invalid, "a certificate and its key: want both or neither")
	case f.Every < minEvery || f.Every > maxEvery:
		return parley.E(parley.Invalid, "every %s: want from %s to %s", f.Every, minEvery, maxEvery)
	case f.Push && f.Kind != TAXII:
		return parley.E(parley.Invalid, "only a collection of TAXII can be pushed to")
	case f.Push && (f.TLP < stix.Clear || f.TLP > stix.Red):
		return parley.E(parley.Invalid, "want the strictest marking that may go to %s: clear, green, amber, amber+strict or red", u.Host)
	case f.Push && !f.Own && len(f.Agreements) == 0:
		return parley.E(parley.Invalid, "nothing would go to %s: want our own objects, or those under an agreement", u.Host)
	}
	for _, name := range []string{f.SecretFile, f.CertFile, f.KeyFile, f.CAFile} {
		if name == "" {
			continue
		}
		if _, err := os.Stat(name); err != nil {
			return parley.E(parley.Invalid, "%s cannot be read: %w", name, err)
		}
	}
	return nil
}

// isCollection: OASIS TAXII 2.1 §5.2
func isCollection(u *url.URL) bool {
	parts := strings.Split(strings.Trim(u.Path, "/"), "/")
	return len(parts) >= 2 && parts[len(parts)-2] == "collections" && parts[len(parts)-1] != ""
}
