// Package parleytest makes worlds for tests: parties with all their private
// keys from one seed, an agreement that all have signed, and what stands on them.
//
// Nothing outside tests and the simulation may import it: its keys are known to
// everybody.
package parleytest
