package node

import "parley.example/parley"

// OurJournal is the journal that we write now, where this node writes just one
// under the agreement; the agreement may be empty where there is just one.
func (n *Node) OurJournal(agreement string) (parley.Origin, error) {
	l, err := n.Line(agreement)
	if err != nil {
		return "", err
	}
	if l.journal() == nil {
		return "", parley.E(parley.NotFound, "this node is an archive: it writes no journal").WithHint("name the journal that it keeps")
	}
	return l.origin(), nil
}
