package register_test

import (
	"math/rand/v2"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/parleytest"
	"parley.example/parley/internal/store/sqldb"
	"parley.example/parley/seal"
)

// chance is a conversation in which everybody says anything about everything,
// entitled to or not, and knows of the others only sometimes.
func chance(t testing.TB, seed uint64, entries int) *circle {
	c := newCircle(t)
	rnd := rand.New(rand.NewPCG(seed, 2))
	bodies := []parley.Body{aster, borea, corvia}
	parties := []parley.Party{parleytest.Aster, parleytest.Borea, parleytest.Corvia}
	said := []written{c.hotline(aster, borea), c.hotline(borea, aster, corvia), c.hotline(corvia, borea)}
	pick := func() written { return said[rnd.IntN(len(said))] }
	for range entries {
		from := bodies[rnd.IntN(3)]
		var to []parley.Body
		for _, b := range bodies {
			if b != from && (rnd.IntN(2) == 0 || len(to) == 0 && b == bodies[2] || len(to) == 0 && from == corvia && b == borea) {
				to = append(to, b)
			}
		}
		var blind []parley.Party
		if rnd.IntN(3) == 0 {
			blind = append(blind, parties[rnd.IntN(3)])
		}
		about := pick()
		m := seal.Message{Kind: parley.KindHotline, Content: content(t, &seal.Hotline{Text: "x"})}
		switch rnd.IntN(6) {
		case 0: // a new thread
		case 1, 2: // an answer, sometimes across threads
			m.Thread, m.Answers = about.thread, about.id
			if rnd.IntN(4) == 0 {
				m.Answers = pick().id
			}
		case 3: // a node's receipt, for several
			r := &seal.Receipt{Says: []seal.Says{seal.SaysOpened, seal.SaysUnreadable, seal.SaysSeen}[rnd.IntN(3)], About: []parley.MessageID{about.id}}
			if other := pick(); other.id != about.id {
				r.About = append(r.About, other.id)
			}
			m = seal.Message{Kind: parley.KindReceipt, Content: content(t, r)}
		case 4: // a person's receipt
			r := &seal.Receipt{Says: []seal.Says{seal.SaysAcknowledged, seal.SaysDeclined}[rnd.IntN(2)], About: []parley.MessageID{about.id}, Why: "because"}
			m = seal.Message{Kind: parley.KindReceipt, Thread: about.thread, Answers: about.id, Content: content(t, r)}
		case 5: // what concerns parts and places
			env, err := seal.ParseEntry(about.raw)
			if err != nil {
				t.Fatal(err)
			}
			switch rnd.IntN(3) {
			case 0:
				m = seal.Message{Kind: parley.KindGone, Content: content(t, &seal.Gone{Parts: []parley.Hash{env.Part}, Why: seal.GoneLost})}
			case 1:
				m = seal.Message{Kind: parley.KindErased, Content: content(t, &seal.Erased{Parts: []parley.Hash{env.Part}, Rule: "retention"})}
			case 2:
				m = seal.Message{Kind: parley.KindReceipt, Content: content(t, &seal.Receipt{Says: seal.SaysVoid, Why: "part",
					Refs: []string{c.ref(parties[rnd.IntN(3)], rnd.IntN(6)).String()}})}
			}
		}
		w := c.say(from, to, m, blind...)
		if m.Kind == parley.KindHotline {
			said = append(said, w)
		}
	}
	return c
}

// Whatever is said, any order of arrival folds to the same rows.
func TestAnyConversationInAnyOrder(t *testing.T) {
	for seed := range uint64(6) {
		c := chance(t, seed, 40)
		us := []parley.Party{parleytest.Aster, parleytest.Borea, parleytest.Corvia}[seed%3]
		want := c.desk(us).all(0)
		for order := uint64(1); order < 3; order++ {
			got := c.desk(us).all(order)
			if diff, err := sqldb.RegisterDifference(t.Context(), want.db, got.db); diff != "" || err != nil {
				t.Fatalf("seed %d, order %d: %s %v", seed, order, diff, err)
			}
		}
	}
}
