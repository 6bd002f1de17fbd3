package intel

import (
	"context"
	"io"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/store/sqldb"
)

// Store is the objects of a node. Safe for concurrent use.
type Store struct {
	db  *sqldb.DB
	now func() time.Time
}

// Open makes the store of a database.
func Open(ctx context.Context, db *sqldb.DB, now func() time.Time) (*Store, error) {
	return &Store{db: db, now: now}, nil
}

// Formats of an import and of an export.
const (
	Detect = ""     // look at the first octets
	STIX   = "stix" // 2.1, and 2.0, which is upgraded
	MISP   = "misp" // an event, a list of events, or a file of a feed
	CSAF   = "csaf" // 2.0 and 2.1; import only
	CSV    = "csv"
	List   = "list" // a value on each line
)

// ImportOptions say how an import reads, and what holds for all that it brings.
type ImportOptions struct {
	Format   string
	Name     string       // of the file, feed or client, for people
	Source   Source       // Own with a Name, or a source that Sources gave
	Marking  stix.TLP     // at least this, for each object; Unmarked: what each says
	Labels   []string     // found by these too; the octets stay as they are
	Progress func(Report) // called now and then with the counts so far; may be nil
	DryRun   bool         // report, and take nothing
}

// Sources lists the sources that a clearance sees, in the order of their numbers.
func (s *Store) Sources(ctx context.Context, c Clearance) ([]Source, error) { return nil, notYet() }

// SourceFor finds a source, and makes it where it is not there yet.
func (s *Store) SourceFor(ctx context.Context, want Source) (Source, error) { return want, notYet() }

// Find gives one page of what fits, in the order of addition. A page costs the same
// wherever it begins and however much the store has.
func (s *Store) Find(ctx context.Context, q Query) (Page, error) { return Page{}, notYet() }

// Import takes a stream of any size into a source. One bad object never costs the
// good ones: the report says of each what became of it. The error is of the stream or
// the database; what was taken before it stays, and Report says how much.
func (s *Store) Import(ctx context.Context, r io.Reader, o ImportOptions) (Report, error) {
	return Report{}, notYet()
}

// Export writes what fits in a format.
func (s *Store) Export(ctx context.Context, w io.Writer, q Query, format string) (Report, error) {
	return Report{}, notYet()
}

// Delete takes objects of our own out of the store, all versions or those named as
// in Query.Versions: TAXII 2.1 §5.7. NotFound where the client sees none, Forbidden
// where it may not write or the source is not our own.
func (s *Store) Delete(ctx context.Context, c Clearance, source int64, id string, versions []string) error {
	return notYet()
}

func notYet() error {
	return parley.E(parley.Unavailable, "the store of intelligence is not built yet")
}
