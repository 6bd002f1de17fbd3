// Package sqldb keeps everything a node must not lose in one database file:
// journals, mirrors, parts, the outbox, alarms, settings. One file per noun;
// each query stands beside the scan that reads it.
//
// It is trusted with durability: when Update returns nil, the change survives a
// power cut. Whoever can write the file can destroy the node's memory, and is
// found out by `parley check` and by the counterparts; it forges nobody's words.
//
// It never verifies a signature or a proof, never judges, and never holds a bare
// key: its callers do the first two, and the last is wrapped before it comes here.
package sqldb
