package parley

// KindNotice tells in advance of one's own drill, scan or maintenance, so that it
// is not taken for an attack.
const KindNotice Kind = "notice"

// The steps of a notice.
const (
	NoticeGive   = "give"   // opens the thread
	NoticeChange = "change" // other times or systems than were said before
	NoticeCancel = "cancel" // it does not take place
	NoticeEnd    = "end"    // it is over: what is seen from now on is not ours
)
