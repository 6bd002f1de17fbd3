package taxii

import (
	"context"
	"crypto/sha1" // RFC 9562 §5.5 makes a name-based UUID with it; nothing is trusted to it
	"encoding/hex"
	"fmt"

	"parley.example/parley"
	"parley.example/parley/internal/gateway"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// Collection is one collection as one client sees it. OASIS TAXII 2.1 §5.2.1
type Collection struct {
	ID          string   `json:"id"`
	Title       string   `json:"title"`
	Description string   `json:"description,omitempty"`
	CanRead     bool     `json:"can_read"`
	CanWrite    bool     `json:"can_write"`
	MediaTypes  []string `json:"media_types"`

	Source    intel.Source `json:"-"` // its number is 0 where it is not there yet: the first write makes it
	TLP       stix.TLP     `json:"-"` // only what is marked exactly so; Unmarked: everything that the client may see
	CanDelete bool         `json:"-"`
}

// Shelves are the collections of a node: for each source that a client sees one
// with all of it, and one for each traffic light, so that a tool can give what it
// takes from there one marking. Their ids are made of what they are, and stay the
// same on another machine and after a restore.
type Shelves struct {
	Store Intel
	// Agreement says how people call an agreement; may be nil.
	Agreement func(parley.Hash) string
}

// Of lists the collections of a client: the one that it writes first.
func (s Shelves) Of(ctx context.Context, who gateway.Client) ([]Collection, error) {
	sources, err := s.Store.Sources(ctx, who.Clearance)
	if err != nil {
		return nil, err
	}
	var list []Collection
	if who.Clearance.Write {
		own := intel.Source{Direction: intel.Own, Name: who.Name}
		for _, src := range sources {
			if src.Direction == intel.Own && src.Name == who.Name {
				own = src
			}
		}
		c := s.collection(who, own, stix.Unmarked)
		c.CanRead, c.CanWrite, c.CanDelete = who.Clearance.Own, true, who.Delete
		list = append(list, c)
	}
	for _, src := range sources {
		if !who.Clearance.Write || src.Direction != intel.Own || src.Name != who.Name {
			list = append(list, s.collection(who, src, stix.Unmarked))
		}
		for tlp := stix.Clear; tlp <= who.Clearance.TLP; tlp++ {
			list = append(list, s.collection(who, src, tlp))
		}
	}
	return list, nil
}

// Find gives the collection of an id. NotFound also where it is there for others:
// OASIS TAXII 2.1 §5.4 leaves it to the server, and a stranger learns nothing so.
func (s Shelves) Find(ctx context.Context, who gateway.Client, id string) (Collection, error) {
	list, err := s.Of(ctx, who)
	if err != nil {
		return Collection{}, err
	}
	for _, c := range list {
		if c.ID == id {
			return c, nil
		}
	}
	return Collection{}, parley.E(parley.NotFound, "there is no collection %.80q for this client", id).WithHint("the collections resource lists those that there are")
}

// collection is what one client sees of a source. The names of our own sources are those of
// other clients, of feeds, and what people called an import: only its own is for a client, and
// the others have numbers. Parties and agreements are those that it is cleared for.
func (s Shelves) collection(who gateway.Client, src intel.Source, tlp stix.TLP) Collection {
	c := Collection{
		ID:      collectionID(src, tlp),
		CanRead: true, MediaTypes: []string{MediaSTIX, mediaSTIX20},
		Source: src, TLP: tlp,
	}
	under := ""
	if src.Direction != intel.Own {
		under = " under agreement " + src.Agreement.String()[:12]
		if s.Agreement != nil {
			if name := s.Agreement(src.Agreement); name != "" {
				under = " under " + name
			}
		}
	}
	switch src.Direction {
	case intel.In:
		c.Title = fmt.Sprintf("From %s%s", src.Party, under)
	case intel.Out:
		c.Title = fmt.Sprintf("Sent to %s%s", src.Party, under)
	default:
		switch c.Title = "Our own"; src.Name {
		case "":
		case who.Name:
			c.Title += ", from " + who.Name
		default:
			c.Title += fmt.Sprintf(", source %d", src.N)
		}
	}
	c.Description = "Everything that this client may see."
	if tlp != stix.Unmarked {
		c.Title += ", " + tlp.String()
		c.Description = "What is marked " + tlp.String() + ", and nothing else."
	}
	return c
}

// shelfSpace is the name space of the ids: drawn once, by chance.
var shelfSpace = [16]byte{0x5b, 0x0e, 0x7c, 0x1d, 0x92, 0x64, 0x4f, 0x3a, 0x8e, 0x21, 0xd7, 0x0b, 0x46, 0xc9, 0x13, 0xa8}

// collectionID is a UUID of version 5. RFC 9562 §5.5
func collectionID(s intel.Source, tlp stix.TLP) string {
	agreement := ""
	if s.Direction != intel.Own {
		agreement = s.Agreement.String()
	}
	h := sha1.New()
	h.Write(shelfSpace[:])
	fmt.Fprintf(h, "%s\n%s\n%s\n%s\n%s", agreement, s.Party, s.Direction, s.Name, tlp)
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	x := hex.EncodeToString(u)
	return x[:8] + "-" + x[8:12] + "-" + x[12:16] + "-" + x[16:20] + "-" + x[20:]
}
