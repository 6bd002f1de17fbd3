// Package gateway knows the tools of this organisation: which of them may enter
// through the gateway's listener, how they prove that they are they, and what
// each may see and do. It also has what every face of the gateway does alike: reading a body
// and writing an answer within a size and at a pace, and saying of an error what a tool may know.
//
// It is trusted with tokens (kept only as SHA-256; each has more than 230 random
// bits, so that no stolen row opens anything), with the keys of certificates that
// were named, and with the clearance that every face (TAXII, MISP) hands to
// internal/intel. Whoever steals a token has that client's clearance until it is
// revoked, and no more.
//
// It never shows or logs a token after it was made, and never decides what an
// object's marking allows: internal/intel does, by the clearance.
package gateway
