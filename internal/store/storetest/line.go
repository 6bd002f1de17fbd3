package storetest

import (
	"slices"
	"testing"
	"time"

	"parley.example/parley"
	"parley.example/parley/internal/store/sqldb"
)

func parts(t *testing.T, db *sqldb.DB) {
	j, k := some(t, db, asterLog, sqldb.Ours), some(t, db, boreaLog, sqldb.Theirs)
	big := make([]byte, parley.MaxSealed)
	p := sqldb.Part{Hash: parley.Sum(big), Bytes: big, Stored: Start}
	stray := sqldb.Part{Hash: parley.Hash{9}, Bytes: []byte("stray"), Stored: Start}
	e := someEntry(0)
	e.Part = p.Hash
	update(t, db, func(tx *sqldb.Tx) error {
		if err := tx.PutEntries(j.ID, []sqldb.Entry{e}); err != nil {
			return err
		}
		if err := tx.PutFileKeys(j.ID, []sqldb.Indexed{{Index: 0, Bytes: []byte("key")}}); err != nil {
			return err
		}
		return tx.PutParts(j.ID, []sqldb.Part{p, stray, p})
	})
	same(t, "part", view(t, db, func(tx *sqldb.Tx) ([]byte, error) { return tx.Part(j.ID, p.Hash) }), big)
	update(t, db, func(tx *sqldb.Tx) error {
		_, err := tx.Part(k.ID, p.Hash)
		kind(t, "a part of another journal", err, parley.NotFound)
		if n, err := tx.DropStrayParts(j.ID, Start); n != 0 || err != nil {
			t.Errorf("stray too early: %d, %v", n, err)
		}
		if n, err := tx.DropStrayParts(j.ID, Start.Add(time.Second)); n != 1 || err != nil {
			t.Errorf("stray: %d, %v", n, err)
		}
		if ok, err := tx.HasPart(j.ID, p.Hash); !ok || err != nil {
			t.Errorf("a part that is named went: %v", err)
		}
		if err := tx.ErasePart(j.ID, p.Hash, "retention", Start); err != nil {
			return err
		}
		if ok, _ := tx.HasPart(j.ID, p.Hash); ok {
			t.Error("erased, and there")
		}
		if _, ok, _ := tx.FileKey(j.ID, 0); ok {
			t.Error("the key of an erased part is there")
		}
		at, why, ok, err := tx.Erased(j.ID, p.Hash)
		if !ok || why != "retention" || !at.Equal(Start) {
			t.Errorf("erased: %v, %q, %v", at, why, ok)
		}
		if err != nil {
			return err
		}
		for _, index := range []uint64{3, 5} { // the first stays
			if err := tx.PutGone(k.ID, p.Hash, index); err != nil {
				return err
			}
		}
		at3, ok, err := tx.Gone(k.ID, p.Hash)
		if !ok || at3 != 3 {
			t.Errorf("gone: %d, %v", at3, ok)
		}
		return err
	})
}

func factsAndKeys(t *testing.T, db *sqldb.DB) {
	j := some(t, db, asterLog, sqldb.Ours)
	update(t, db, func(tx *sqldb.Tx) error {
		for _, text := range []string{"first", "second"} {
			list := []sqldb.Indexed{{Index: 4, Bytes: []byte(text)}, {Index: 5, Bytes: []byte(text)}}
			if err := tx.PutFacts(j.ID, list); err != nil {
				return err
			}
			if err := tx.PutFileKeys(j.ID, list); err != nil {
				return err
			}
		}
		f, ok, err := tx.Facts(j.ID, 5)
		if err != nil || !ok || string(f) != "first" {
			t.Errorf("facts %q, %v, %v", f, ok, err)
		}
		key, ok, err := tx.FileKey(j.ID, 4)
		if err != nil || !ok || string(key) != "first" {
			t.Errorf("key %q, %v, %v", key, ok, err)
		}
		_, ok, err = tx.Facts(j.ID, 6)
		if ok {
			t.Error("facts of nothing")
		}
		return err
	})
}

func agreements(t *testing.T, db *sqldb.DB) {
	a := sqldb.Agreement{Text: Agreement, Founding: Agreement, Note: []byte("one line"), Stored: Start}
	b := sqldb.Agreement{Text: parley.Sum([]byte("amended")), Founding: Agreement, Note: []byte("amended"), Stored: Start.Add(time.Hour)}
	more := a
	more.Note, more.Stored = []byte("two lines"), Start.Add(time.Minute)
	update(t, db, func(tx *sqldb.Tx) error {
		for _, x := range []sqldb.Agreement{a, b, more} {
			if err := tx.PutAgreement(x); err != nil {
				return err
			}
		}
		_, err := tx.Agreement(parley.Hash{1})
		kind(t, "unknown", err, parley.NotFound)
		return nil
	})
	same(t, "newest copy", view(t, db, func(tx *sqldb.Tx) (sqldb.Agreement, error) { return tx.Agreement(Agreement) }), more)
	same(t, "list", view(t, db, (*sqldb.Tx).Agreements), []sqldb.Agreement{more, b})
}

// audiences are held back by the parties that they name.
func audiences(t *testing.T, db *sqldb.DB) {
	var all []sqldb.Outgoing
	for i, x := range []struct {
		rank     int
		audience string
	}{{0, "borea.example"}, {3, "borea.example"}, {3, "borea.example corvia.example"}, {3, "corvia.example"}, {3, ""}, {1, "borea.example"}} {
		all = append(all, sqldb.Outgoing{Seq: int64(i + 1), Origin: asterLog, Body: "aster.example/cert", Nonce: parley.Nonce{byte(i)}, State: sqldb.Ready,
			Rank: x.rank, Hold: Start, Queued: Start, Payload: []byte{1}, Audience: x.audience})
	}
	update(t, db, func(tx *sqldb.Tx) error {
		for _, x := range all {
			if _, err := tx.PutOutgoing(x); err != nil {
				return err
			}
		}
		return nil
	})
	names := view(t, db, func(tx *sqldb.Tx) ([]string, error) { return tx.Audiences(asterLog, 2) })
	slices.Sort(names)
	same(t, "audiences", names, []string{"", "borea.example", "borea.example corvia.example", "corvia.example"})
	for name, c := range map[string]struct {
		held []string
		want []int64
	}{
		"none":    {nil, []int64{1, 6, 2, 3, 4, 5}},
		"one":     {[]string{"borea.example"}, []int64{1, 6, 3, 4, 5}},
		"two":     {[]string{"borea.example", "borea.example corvia.example"}, []int64{1, 6, 4, 5}},
		"many":    {[]string{"a", "b", "c", "d", "corvia.example"}, []int64{1, 6, 2, 3, 5}},
		"unnamed": {[]string{"doria.example"}, []int64{1, 6, 2, 3, 4, 5}},
	} {
		got := view(t, db, func(tx *sqldb.Tx) ([]sqldb.Outgoing, error) {
			return tx.DueWithin(asterLog, Start, 10, sqldb.Window{Rank: 2, Audiences: c.held})
		})
		var seqs []int64
		for _, o := range got {
			seqs = append(seqs, o.Seq)
		}
		same(t, "held "+name, seqs, c.want)
	}
}

func outbox(t *testing.T, db *sqldb.DB) {
	o := func(n byte, rank int, hold time.Duration, state string) sqldb.Outgoing {
		return sqldb.Outgoing{Seq: int64(n), Origin: asterLog, Body: "aster.example/cert", Nonce: parley.Nonce{n}, State: state, Rank: rank,
			Hold: Start.Add(hold), Queued: Start, Payload: []byte{n}}
	}
	all := []sqldb.Outgoing{o(1, 3, 0, sqldb.Ready), o(2, 0, 0, sqldb.Ready), o(3, 1, time.Minute, sqldb.Ready), o(4, 0, 0, sqldb.Draft), o(5, 3, 0, sqldb.Ready)}
	due := func(at time.Duration) []sqldb.Outgoing {
		return view(t, db, func(tx *sqldb.Tx) ([]sqldb.Outgoing, error) { return tx.Due(asterLog, Start.Add(at), 10) })
	}
	update(t, db, func(tx *sqldb.Tx) error {
		for _, x := range all {
			for i := range 2 {
				if fresh, err := tx.PutOutgoing(x); err != nil || fresh != (i == 0) {
					t.Errorf("put %d: %v, %v", x.Seq, fresh, err)
				}
			}
		}
		return nil
	})
	same(t, "due now", due(0), []sqldb.Outgoing{all[1], all[0], all[4]})
	same(t, "due later", due(time.Hour), []sqldb.Outgoing{all[1], all[2], all[0], all[4]})
	same(t, "all", view(t, db, func(tx *sqldb.Tx) ([]sqldb.Outgoing, error) { return tx.Outbox(asterLog) }),
		[]sqldb.Outgoing{all[1], all[3], all[2], all[0], all[4]})
	update(t, db, func(tx *sqldb.Tx) error {
		all[3].State, all[3].Payload = sqldb.Ready, []byte("released")
		if err := tx.SetOutgoing(all[3]); err != nil {
			return err
		}
		kind(t, "set what is not there", tx.SetOutgoing(o(9, 0, 0, sqldb.Ready)), parley.NotFound)
		for i := range 2 {
			if ok, err := tx.DropOutgoing(asterLog, "aster.example/cert", parley.Nonce{2}); err != nil || ok != (i == 0) {
				t.Errorf("drop: %v, %v", ok, err)
			}
		}
		at, ok, err := tx.NextDue(asterLog, time.Time{})
		if !ok || !at.Equal(Start) {
			t.Errorf("next due: %v, %v", at, ok)
		}
		found, err2 := tx.Outgoing(parley.Nonce{4})
		if err == nil {
			err = err2
		}
		same(t, "found", found, all[3:4])
		return err
	})
	same(t, "released", due(0), []sqldb.Outgoing{all[3], all[0], all[4]})
}

func alarms(t *testing.T, db *sqldb.DB) {
	raise := func(text string, at time.Duration) {
		update(t, db, func(tx *sqldb.Tx) error { return tx.RaiseAlarm("fork", string(asterLog), text, Start.Add(at)) })
	}
	list := func(all bool) []sqldb.Alarm {
		return view(t, db, func(tx *sqldb.Tx) ([]sqldb.Alarm, error) { return tx.Alarms(all) })
	}
	raise("first", 0)
	raise("again", time.Hour)
	want := sqldb.Alarm{ID: list(false)[0].ID, Kind: "fork", Subject: string(asterLog), Text: "again", First: Start, Last: Start.Add(time.Hour), Times: 2}
	same(t, "standing", list(false), []sqldb.Alarm{want})
	update(t, db, func(tx *sqldb.Tx) error {
		for i := range 2 {
			if ok, err := tx.ClearAlarm("fork", string(asterLog), Start.Add(2*time.Hour)); err != nil || ok != (i == 0) {
				t.Errorf("clear: %v, %v", ok, err)
			}
		}
		return nil
	})
	if n := len(list(false)); n != 0 {
		t.Errorf("%d stand after clearing", n)
	}
	raise("new", 3*time.Hour)
	if n := len(list(true)); n != 2 {
		t.Errorf("%d in all, want 2", n)
	}
	for range 2 { // raised and ended again at one instant
		update(t, db, func(tx *sqldb.Tx) error {
			_, err := tx.EndAlarm("fork", string(asterLog), "anna", "a succession came by hand", Start.Add(4*time.Hour))
			return err
		})
		raise("newer", 4*time.Hour)
	}
	if all := list(true); len(all) != 4 || all[0].Text != "newer" || all[0].By != "" || all[1].By != "anna" || all[1].Why == "" {
		t.Errorf("history: %+v", all)
	}
}

func evidence(t *testing.T, db *sqldb.DB) {
	e := sqldb.Evidence{Hash: parley.Sum([]byte("fork")), Kind: "fork", Origin: asterLog, Bytes: []byte("fork"), Stored: Start}
	for range 2 {
		update(t, db, func(tx *sqldb.Tx) error { return tx.PutEvidence(e) })
	}
	same(t, "evidence", view(t, db, func(tx *sqldb.Tx) ([]sqldb.Evidence, error) { return tx.EvidenceOf(asterLog) }), []sqldb.Evidence{e})
}

func settings(t *testing.T, db *sqldb.DB) {
	for _, v := range []string{"one", "two", ""} {
		update(t, db, func(tx *sqldb.Tx) error { return tx.SetSetting("area/what", []byte(v)) })
		update(t, db, func(tx *sqldb.Tx) error {
			got, ok, err := tx.Setting("area/what")
			if string(got) != v || !ok {
				t.Errorf("setting %q, %v: want %q", got, ok, v)
			}
			return err
		})
	}
	update(t, db, func(tx *sqldb.Tx) error {
		_, ok, err := tx.Setting("area/other")
		if ok {
			t.Error("a setting that was never set")
		}
		return err
	})
}

func usage(t *testing.T, db *sqldb.DB) {
	j := some(t, db, asterLog, sqldb.Theirs)
	for i := range 3 {
		for range 2 {
			update(t, db, func(tx *sqldb.Tx) error {
				return tx.AddUsage(j.ID, Start.AddDate(0, 0, i), sqldb.Usage{Entries: 1, Bytes: 100})
			})
		}
	}
	same(t, "two days", view(t, db, func(tx *sqldb.Tx) (sqldb.Usage, error) { return tx.UsageSince(j.ID, Start.AddDate(0, 0, 1)) }),
		sqldb.Usage{Entries: 4, Bytes: 400})
}
