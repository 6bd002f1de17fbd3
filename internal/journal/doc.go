// Package journal keeps the log that this party writes for one agreement, and is
// the only place where that log's keys sign.
//
// It is trusted with one history: whoever controls the database can at most make
// it refuse to speak. It compares the size it knows with the size in the
// transaction, signs a size once, and after every start it is silent until the
// counterparts have said what they hold of this journal ("ask before you speak").
//
// It never judges what an entry says, never opens a sealed part, and never signs
// a checkpoint before everything under it is durable.
package journal
