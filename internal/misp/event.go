package misp

import (
	"encoding/json"
	"time"
)

// Distribution is how far MISP lets a thing travel, in MISP's numbers.
type Distribution int

// The distributions.
const (
	Organisation Distribution = 0  // the organisation that holds it
	Community    Distribution = 1  // the organisations of its instance
	Connected    Distribution = 2  // those of instances that are connected to it
	All          Distribution = 3  // everybody
	Group        Distribution = 4  // the organisations of a sharing group
	Inherit      Distribution = 5  // as the event has it
	Unstated     Distribution = -1 // the file does not say
)

// Event is one event as a file tells it. Extra holds the members that this
// package gives no name; numbers that mean something only in the instance that
// wrote them (id, org_id, event_id, ...) are not kept.
type Event struct {
	UUID         string // lower case; empty where the file names none
	Info         string
	Date         string // YYYY-MM-DD, or empty
	ThreatLevel  int    // 1 high to 4 undefined; 0 unstated
	Analysis     int    // 0 initial, 1 ongoing, 2 complete; -1 unstated
	Published    bool
	Timestamp    time.Time // zero where unstated, as all times here
	PublishedAt  time.Time
	Distribution Distribution
	SharingGroup *SharingGroup
	Extends      string
	Org, Orgc    Org // who holds it, who created it
	Tags         []Tag
	Galaxies     []Galaxy
	Attributes   []Attribute
	Objects      []Object
	Proposals    []Proposal
	Reports      []Report
	Sightings    []Sighting
	Extra        map[string]json.RawMessage

	Faults    []Fault // what was not taken as it stood, and why
	Truncated bool    // the file ended, or stopped being JSON, inside the event
}

// Attribute is one attribute of an event or of an object.
type Attribute struct {
	UUID                string // made of what it says where the file names none that is one: see made
	Type                string
	Category            string
	Value               string // "a|b" where the type is composite
	Comment             string
	ToIDs               bool
	Timestamp           time.Time
	FirstSeen, LastSeen time.Time
	Distribution        Distribution
	SharingGroup        *SharingGroup
	Deleted             bool
	NoCorrelation       bool
	Relation            string // object_relation
	Data                string // base64
	Tags                []Tag
	Galaxies            []Galaxy
	Sightings           []Sighting
	Proposals           []Proposal
	Extra               map[string]json.RawMessage
}

// Object is one object: attributes that belong together, by a template.
type Object struct {
	UUID                string
	Name                string
	MetaCategory        string
	Description         string
	Template            string // template_uuid
	TemplateVersion     string
	Comment             string
	Timestamp           time.Time
	FirstSeen, LastSeen time.Time
	Distribution        Distribution
	SharingGroup        *SharingGroup
	Deleted             bool
	Attributes          []Attribute
	References          []Reference
	Tags                []Tag
	Extra               map[string]json.RawMessage
}

// Reference leads from an object to another object or an attribute.
type Reference struct {
	UUID      string
	Target    string // referenced_uuid
	Type      string // relationship_type
	Comment   string
	Timestamp time.Time
	Deleted   bool
}

// Tag is one label; a machine tag reads namespace:predicate="value".
type Tag struct {
	Name   string
	Colour string
	Local  bool // not to be passed on
}

// Galaxy is a family of clusters, with those that are attached.
type Galaxy struct {
	UUID        string
	Type        string
	Name        string
	Description string
	Namespace   string
	Version     string
	Icon        string
	Clusters    []Cluster
}

// Cluster is one entry of a galaxy: a threat actor, a technique, a sector.
type Cluster struct {
	UUID        string
	Type        string
	Value       string
	TagName     string
	Description string
	Source      string
	Version     string
	Authors     []string
	Meta        map[string][]string
	Single      map[string]bool // members of Meta that the file had without a list
	Local       bool
	Relations   []ClusterRelation
}

// ClusterRelation leads from a cluster to another one, by its UUID.
type ClusterRelation struct {
	Target string
	Type   string
}

// Org is an organisation of MISP.
type Org struct {
	UUID string
	Name string
}

// SharingGroup is a named set of organisations.
type SharingGroup struct {
	UUID          string
	Name          string
	Releasability string
	Raw           json.RawMessage // as the file had it
}

// Sighting says that somebody saw an attribute, or that it is none.
type Sighting struct {
	UUID      string
	Attribute string // attribute_uuid
	Value     string // where it names a value, not an attribute
	Kind      int    // 0 seen, 1 false positive, 2 expires
	At        time.Time
	Source    string
	Org       Org
}

// Proposal is a shadow attribute: what another organisation would add, change or
// delete.
type Proposal struct {
	Attribute
	Of       string // uuid of the attribute that it would change; empty for a new one
	ToDelete bool
	By       Org
}

// Report is an event report: a text in Markdown.
type Report struct {
	UUID         string
	Name         string
	Content      string
	Timestamp    time.Time
	Distribution Distribution
	Deleted      bool
}

// Fault is one thing of an event that was not taken, or not as it stood.
type Fault struct {
	Path    string `json:"path"` // "Object[2].Attribute[0]"
	UUID    string `json:"uuid,omitempty"`
	Reason  string `json:"reason"`           // one sentence for people: what is wrong and what would be right
	Refused bool   `json:"refused"`          // the item is not in the event; else it was mended
	Offset  int64  `json:"offset,omitempty"` // octets from the start of the file, where the file stopped being JSON
}
