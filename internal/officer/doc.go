// Package officer knows the people of this node: who may act for which body,
// how they prove that they are they, who has the watch.
//
// It is trusted with passphrases (kept only as argon2id), with session tokens
// (kept only as SHA-256) and with saying who may do what. Whoever steals its
// tables learns names and has to guess each passphrase at the cost of argon2id;
// no stolen row opens a session.
//
// It never sends an officer's name to another node and never logs one: names
// stay in this node's database and on its desk. It decides nothing about
// messages; a role is only asked for by whoever carries out the act.
package officer
