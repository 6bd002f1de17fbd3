// Package register folds judged entries into what a person reads: the inbox, the
// hotline with the state of each message and what proves it, the receipts that
// are owed.
//
// The unit of folding is the thread. When an entry arrives, its thread is folded
// again from its start in canonical order: no entry before one that it answers,
// then by height, origin and index. The height of an entry is one more than the
// entries that its author's journal and the journals that it says it mirrors held
// before it, and more than its predecessor's: no clock is in it. So the rows do
// not depend on the order in which journals arrive.
//
// It is trusted with showing a step only where a signed entry stands behind it.
// A counterpart can at most place its own entries in a thread that it takes part
// in; what it says about messages that are not addressed to it folds to nothing.
//
// It never verifies, judges or opens (the caller does), never stores the text of a
// message, and never touches a log_* table.
package register
