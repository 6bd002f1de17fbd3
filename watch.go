package parley

// KindWatch is what a desk says of its own watch, if it likes. CALL-7
const KindWatch Kind = "watch"

// The steps of a watch.
const (
	WatchAttended = "attended" // people sit at the desk until an instant
	WatchEnded    = "ended"    // they no longer do
)
