package storetest

import (
	"fmt"
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

// prefetch: what is read ahead is what each question would have found.
func prefetch(t *testing.T, db *sqldb.DB) {
	j, k := some(t, db, asterLog, sqldb.Ours), some(t, db, boreaLog, sqldb.Theirs)
	list := make([]sqldb.Entry, 12)
	for i := range list {
		list[i] = someEntry(i)
		list[i].Part = parley.Hash{1, byte(i)}
	}
	list[7].Nonce = list[2].Nonce // used twice
	list[8].Part = list[3].Part   // named twice
	list[9] = sqldb.Entry{Index: 9, Stored: Start, Raw: []byte("no entry")}
	update(t, db, func(tx *sqldb.Tx) error {
		if err := tx.PutEntries(j.ID, list); err != nil {
			return err
		}
		for i := 0; i < len(list); i += 2 { // of every other entry something is here
			x := []sqldb.Indexed{{Index: uint64(i), Bytes: []byte{byte(i)}}}
			if err := tx.PutFacts(j.ID, x); err != nil {
				return err
			}
			if err := tx.PutFileKeys(j.ID, x); err != nil {
				return err
			}
			if err := tx.PutParts(j.ID, []sqldb.Part{{Hash: parley.Hash{1, byte(i)}, Bytes: []byte{9, byte(i)}, Stored: Start}}); err != nil {
				return err
			}
		}
		return nil
	})
	ask := func(tx *sqldb.Tx, journal int64) (answers []string) {
		for i := range list {
			e := &list[i]
			nonce, a, err1 := tx.FirstNonce(journal, e.From, e.Nonce)
			part, b, err2 := tx.FirstPart(journal, e.Part)
			octets, err3 := tx.Part(journal, e.Part)
			key, c, err4 := tx.FileKey(journal, e.Index)
			facts, d, err5 := tx.Facts(journal, e.Index)
			answers = append(answers, fmt.Sprint(nonce, a, err1, part, b, err2, octets, err3, key, c, err4, facts, d, err5))
		}
		return answers
	}
	for name, journal := range map[string]int64{"the journal": j.ID, "another journal": k.ID} {
		want := view(t, db, func(tx *sqldb.Tx) ([]string, error) { return ask(tx, journal), nil })
		for _, ahead := range [][]sqldb.Entry{list, list[:1], list[1:4], nil} {
			got := view(t, db, func(tx *sqldb.Tx) ([]string, error) {
				if err := tx.Prefetch(j.ID, ahead); err != nil {
					return nil, err
				}
				return ask(tx, journal), nil
			})
			same(t, fmt.Sprint(name, ", ", len(ahead), " ahead"), got, want)
		}
	}
	held := view(t, db, func(tx *sqldb.Tx) (map[parley.Hash]bool, error) {
		return tx.HeldParts(j.ID, []parley.Hash{{1, 2}, {1, 3}, {1, 4}, {1, 4}})
	})
	same(t, "held parts", held, map[parley.Hash]bool{{1, 2}: true, {1, 4}: true})
}

// sequenced messages leave the outbox together.
func sequenced(t *testing.T, db *sqldb.DB) {
	put := func(n byte, body parley.Body) sqldb.Outgoing {
		return sqldb.Outgoing{Seq: int64(n), Origin: asterLog, Body: body, Nonce: parley.Nonce{n}, State: sqldb.Ready, Hold: Start, Queued: Start, Payload: []byte{n}}
	}
	var nonces []parley.Nonce
	update(t, db, func(tx *sqldb.Tx) error {
		for n := byte(1); n <= 40; n++ {
			body := parley.Body("aster.example/cert")
			if n > 38 {
				body = "aster.example/mfa"
			}
			if _, err := tx.PutOutgoing(put(n, body)); err != nil {
				return err
			}
			if n != 5 {
				nonces = append(nonces, parley.Nonce{n})
			}
		}
		return tx.DropSequenced(asterLog, "aster.example/cert", append(nonces, parley.Nonce{99}))
	})
	var left []int64
	for _, o := range view(t, db, func(tx *sqldb.Tx) ([]sqldb.Outgoing, error) { return tx.Outbox(asterLog) }) {
		left = append(left, o.Seq)
	}
	same(t, "left", left, []int64{5, 39, 40})
}
