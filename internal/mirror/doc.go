// Package mirror keeps the verified, durable copy of a journal that somebody else
// writes, and signs receipts for it (c2sp.org/tlog-mirror).
//
// It is trusted with never cosigning two histories of one journal, nor anything
// that is not durable here. Whoever writes the mirrored journal, or controls the
// connection, can at most make it refuse, and use of it what the agreement's
// limits allow.
//
// It cosigns bytes, not opinions: it never judges what an entry says. Its key
// states one thing more than a mirror's: the sealed part of each entry addressed
// to its party is held, or the author's `gone` stands in the journal. JOURNAL-44, JOURNAL-47
package mirror
