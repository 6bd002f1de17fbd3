package taxii

import (
	"mime"
	"strconv"
	"strings"

	"parley.example/parley"
)

// MediaType is that of every resource. OASIS TAXII 2.1 §1.6.8 Content Negotiation
const MediaType = "application/taxii+json;version=2.1"

// MediaSTIX is that of the objects of a collection.
const MediaSTIX = "application/stix+json;version=2.1"

// mediaSTIX20 is that of what came as STIX 2.0: it is given to who asks for match[spec_version]=2.0.
const mediaSTIX20 = "application/stix+json;version=2.0"

const (
	mediaName    = "application/taxii+json"
	mediaVersion = "2.1"
)

// accepts says whether an answer in MediaType is welcome. A client that says nothing,
// or no version, takes the newest; one that names another version is told so with
// 406. RFC 9110 §12.5.1
func accepts(headers []string) bool {
	said := false
	for _, h := range headers {
		for item := range strings.SplitSeq(h, ",") {
			if item = strings.TrimSpace(item); item == "" {
				continue
			}
			said = true
			name, params, err := mime.ParseMediaType(item)
			if err != nil || params["q"] != "" && zero(params["q"]) {
				continue
			}
			switch name {
			case "*/*", "application/*":
				return true
			case mediaName:
				if v, ok := params["version"]; !ok || v == mediaVersion {
					return true
				}
			}
		}
	}
	return !said
}

func zero(q string) bool {
	f, err := strconv.ParseFloat(q, 64)
	return err == nil && f == 0
}

// takes says whether a body of this Content-Type is a TAXII envelope of a version
// that this server reads.
func takes(header string) error {
	name, params, err := mime.ParseMediaType(header)
	if v, ok := params["version"]; err != nil || name != mediaName || ok && v != mediaVersion {
		return parley.E(parley.Invalid, "Content-Type %.80q: want %s", header, MediaType)
	}
	return nil
}
