package peer

import (
	"time"

	"parley.example/parley"
)

// Bounds of the wire, in octets where nothing else is said. WIRE-5
const (
	MaxHeader        = 8 << 10 // all request or response headers together
	MaxCheckpoint    = 64 << 10
	MaxProofLines    = 63  // c2sp.org/tlog-witness, add-checkpoint
	PackageEntries   = 256 // c2sp.org/tlog-mirror, add-entries
	MaxPackages      = 32  // packages of one add-entries request
	MaxPushEntries   = 256 // entries of one combined push
	MaxPushParts     = 256 // sealed parts of one combined push; MaxPush bounds their octets
	MaxPush          = 4 << 20
	MaxTicket        = 4 << 10
	MaxAnswer        = 64 << 10 // cosignature lines, status, conflict bodies
	MaxReason        = 400      // one line of what would be right
	gzipRatio        = 8        // WIRE-9: decompressed octets for each compressed one
	gzipAllowance    = 64 << 10 // octets before the ratio counts
	maxEntriesHeader = 2 + 255 + 8 + 8 + 2 + MaxTicket
	maxPackage       = PackageEntries*(2+parley.MaxEntry) + 1 + 63*32
	maxBundle        = PackageEntries * (2 + parley.MaxEntry)
)

// Limits is what one caller may use of us, from the agreement. Zero fields take
// the value of DefaultLimits. WIRE-6
type Limits struct {
	InFlight          int   // requests at one time
	RequestsPerMinute int   // sustained; the burst is the same number
	BytesPerDay       int64 // octets of request bodies, as they come over the wire
}

// DefaultLimits serve a caller for whom the agreement names none.
var DefaultLimits = Limits{InFlight: 16, RequestsPerMinute: 1200, BytesPerDay: 8 << 30}

// Pace is how slowly a body may come before we hang up: after Grace, the mean
// since the first octet must be at least Rate octets per second, and no request
// lasts longer than Longest. WIRE-7
type Pace struct {
	Grace   time.Duration
	Rate    int64
	Longest time.Duration
}

// DefaultPace lets a 2400 baud line through.
var DefaultPace = Pace{Grace: 30 * time.Second, Rate: 200, Longest: time.Hour}
