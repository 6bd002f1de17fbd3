package intel

import (
	"fmt"
	"slices"
	"strings"

	"parley.example/parley/internal/store/sqldb"
)

// AlarmContested is the kind of alarm for objects that claim to be versions that others
// had before, and say different things: both are kept.
const AlarmContested = "contested"

// contestedNamed is how many objects an alarm names.
const contestedNamed = 5

// alarm tells people of versions that contest others: one alarm for what comes at one
// time, or with one message, says how many there are and names the first of them. What
// we sent contests nothing that was not told when it came.
func (s *Store) alarm(tx *sqldb.Tx, l *lot, items []*item) error {
	if l.sent || !slices.ContainsFunc(items, func(it *item) bool { return it.what == Contested }) {
		return nil
	}
	subject, from := fmt.Sprintf("import %d", l.N), "An import"
	packs, err := tx.IntelPacksOfLot(l.N)
	if l.Entry.Origin != "" {
		subject, from = l.Entry.String(), "Message "+l.Entry.Short()
		packs, err = tx.IntelPacksOf(l.Entry)
	}
	if l.Sender != "" {
		from += " (" + l.Sender + ")"
	}
	if err != nil {
		return err
	}
	count, first, err := contested(tx, packs)
	if err != nil {
		return err
	}
	what := "an object claims to be a version that was here before and says"
	if count > 1 {
		what = fmt.Sprintf("%d objects claim to be versions that were here before and say", count)
	}
	text := fmt.Sprintf("%s: %s something else. Both are kept; the first: %s. `parley intel search --contested` lists both of each, `parley intel show ID --contested` shows them with who sent each; ask their author which one holds",
		from, what, strings.Join(first, ", "))
	return tx.RaiseAlarm(AlarmContested, subject, text, s.now())
}

// contested counts the objects of some packs that contest others, and names the first.
func contested(tx *sqldb.Tx, packs []sqldb.IntelPack) (count int, first []string, err error) {
	shelf := &shelf{tx: tx}
	for _, p := range packs {
		if !p.Flagged {
			continue
		}
		if err := shelf.open(p, false); err != nil {
			return count, first, err
		}
		for i := range shelf.heads {
			if shelf.flags[p.First+uint64(i)]&flagRival == 0 {
				continue
			}
			if count++; count <= contestedNamed {
				first = append(first, fmt.Sprintf("%s (modified %s)", shelf.heads[i].id, shelf.heads[i].versionTime().Format("2006-01-02T15:04:05.999999Z07:00")))
			}
		}
	}
	return count, first, nil
}
