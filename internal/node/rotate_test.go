package node_test

import (
	"os"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/node"
	"parley.example/parley/internal/parleytest"
)

// speak sends one flash each way and wants both delivered and opened.
func speak(t *testing.T, c *parleytest.Circle, text string) {
	t.Helper()
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	for from, to := range map[*parleytest.Member]*parleytest.Member{aster: borea, borea: aster} {
		sent, err := from.Node.SendHotline(t.Context(), node.SendRequest{To: []string{to.Name + "/cert"}, Precedence: "flash", Text: text})
		if err != nil {
			t.Fatal(err)
		}
		settle(t, c)
		ours, err := from.Node.Message(t.Context(), sent.Nonce.String())
		if err != nil {
			t.Fatal(err)
		}
		theirs, err := to.Node.Message(t.Context(), ours.Ref)
		if err != nil || theirs.Text != text {
			t.Fatalf("%s to %s, %s: %+v, %v", from.Name, to.Name, text, theirs, err)
		}
	}
}

// KEYS-5 to KEYS-7: every body key changes, on a live node and over a restart,
// and what came before stays readable.
func TestRotate(t *testing.T) {
	c := bilateral(t, 5)
	aster := c.Nodes["aster.example"]
	speak(t, c, "before")
	before := keys(t, aster)
	for _, what := range []string{"age", "signing", "release"} {
		if _, err := aster.Node.Rotate(t.Context(), node.RotateIn{What: what, Body: "cert"}); err != nil {
			t.Fatal(what, err)
		}
		speak(t, c, "after a new "+what+" key")
	}
	if f, err := aster.Node.ForgetAge(t.Context(), "cert"); err != nil || f.Destroyed != 1 {
		t.Errorf("forget: %+v, %v", f, err)
	}
	if f, err := aster.Node.ForgetAge(t.Context(), "cert"); err != nil || f.Destroyed != 0 {
		t.Errorf("forget again: %+v, %v", f, err)
	}
	speak(t, c, "after the old age key is gone")
	if _, err := aster.Node.Rotate(t.Context(), node.RotateIn{What: "address", Address: "moved.example:7443"}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	after, seen := keys(t, aster), keys(t, c.Nodes["borea.example"])
	for _, role := range []string{"age", "signing", "release"} {
		k := "aster.example/cert " + role
		if before[k] == after[k] || after[k] != seen[k] {
			t.Errorf("%s: before %.60s, after %.60s, Borea sees %.60s", k, before[k], after[k], seen[k])
		}
		if k := "aster.example/mfa " + role; before[k] != after[k] {
			t.Errorf("%s has changed", k)
		}
	}
	if err := aster.Stop(); err != nil {
		t.Fatal(err)
	}
	aster.Address = "moved.example:7443" // only there: Borea has to follow
	if err := aster.Start(); err != nil {
		t.Fatal(err)
	}
	// What was cosigned before this start counts before anybody is called.
	if size, least, err := aster.Node.Lines()[0].Tail(t.Context()); err != nil || size == 0 || least != size {
		t.Errorf("%d of %d cosigned, %v", least, size, err)
	}
	settle(t, c)
	speak(t, c, "after a restart")
	for _, in := range []node.RotateIn{{What: "age", Body: "navy"}, {What: "journal", Body: "cert"}, {What: "address", Address: "nowhere"}} {
		if _, err := aster.Node.Rotate(t.Context(), in); err == nil {
			t.Errorf("%+v was taken", in)
		}
	}
	if err := os.Remove(aster.Home.Path("keys", "identity.key")); err != nil {
		t.Fatal(err)
	}
	if _, err := aster.Node.Rotate(t.Context(), node.RotateIn{What: "signing", Body: "cert"}); parley.KindOf(err) != parley.NotFound {
		t.Errorf("without the identity key: %v", err)
	}
	speak(t, c, "and still")
}

// KEYS-9: without its identity key a party gets a new one, by the word of all others.
func TestLostIdentity(t *testing.T) {
	c := bilateral(t, 6)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	if err := os.Remove(aster.Home.Path("keys", "identity.key")); err != nil {
		t.Fatal(err)
	}
	text, err := aster.Node.LoseIdentity(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if again, err := aster.Node.LoseIdentity(t.Context(), ""); err != nil || again.Fingerprint != text.Fingerprint {
		t.Errorf("asked again: %+v, %v", again, err)
	}
	if _, err := aster.Node.ReplaceIdentity(t.Context(), text); parley.KindOf(err) != parley.Conflict || !strings.Contains(err.Error(), "borea.example") {
		t.Errorf("without Borea: %v", err)
	}
	x, n, err := agreement.ParseReplacement([]byte(text.Note))
	if err != nil {
		t.Fatal(err)
	}
	identity, err := borea.Home.Identity()
	if err != nil {
		t.Fatal(err)
	}
	if n, err = x.AddLine(n, identity); err != nil {
		t.Fatal(err)
	}
	if _, err := aster.Node.ReplaceIdentity(t.Context(), node.ReplacementText{Note: string(n.Bytes())}); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	if keys(t, aster)["aster.example identity"] != x.New.String() || keys(t, borea)["aster.example identity"] != x.New.String() {
		t.Error("the new identity key is not in force on both sides")
	}
	if _, err := aster.Node.Rotate(t.Context(), node.RotateIn{What: "signing", Body: "cert"}); err != nil {
		t.Errorf("the new identity key signs: %v", err)
	}
	speak(t, c, "after the loss")
}

func keys(t *testing.T, m *parleytest.Member) map[string]string {
	t.Helper()
	list, err := m.Node.Keys(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, k := range list {
		all[k.Owner+" "+k.Role] = k.Key
	}
	return all
}

// KEYS-5: a TLS key is replaced in three steps, none of which cuts the line.
func TestRotateTLS(t *testing.T) {
	c := bilateral(t, 7)
	aster := c.Nodes["aster.example"]
	_, old, err := aster.Home.TLS()
	if err != nil {
		t.Fatal(err)
	}
	step := func(want string) {
		t.Helper()
		r, err := aster.Node.RotateTLS(t.Context())
		if err != nil || r.Step != want || r.Pin == old {
			t.Fatalf("%+v, %v: want %s", r, err, want)
		}
	}
	refused := func(say string) {
		t.Helper()
		if _, err := aster.Node.RotateTLS(t.Context()); parley.KindOf(err) != parley.Conflict || !strings.Contains(err.Error(), say) {
			t.Fatalf("%v: want %s", err, say)
		}
	}
	step("announced")
	refused("not every counterpart")
	settle(t, c)
	speak(t, c, "announced")
	step("switched")
	refused("old TLS key")
	speak(t, c, "still with the old key")
	if err := aster.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := aster.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	speak(t, c, "with the new key")
	step("done")
	settle(t, c)
	speak(t, c, "with the new key only")
	if k := keys(t, c.Nodes["borea.example"])["aster.example tls"]; k == old.String() || k == "" {
		t.Errorf("Borea still pins %s", k)
	}
}

// KEYS-8: the new pair cosigns from the next start on, and what the old one has
// cosigned stays a receipt.
func TestRotateMirror(t *testing.T) {
	c := bilateral(t, 8)
	aster, borea := c.Nodes["aster.example"], c.Nodes["borea.example"]
	speak(t, c, "before")
	before := keys(t, borea)["aster.example mirror"]
	first, err := aster.Node.RotateMirror(t.Context(), node.RotateIn{})
	if err != nil {
		t.Fatal(err)
	}
	again, err := aster.Node.RotateMirror(t.Context(), node.RotateIn{})
	if err != nil || again[0] != first[0] {
		t.Fatalf("asked again: %+v, %v", again, err)
	}
	if err := aster.Stop(); err != nil {
		t.Fatal(err)
	}
	if err := aster.Start(); err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	speak(t, c, "after")
	after := keys(t, borea)["aster.example mirror"]
	if before == after || after != keys(t, aster)["aster.example mirror"] {
		t.Errorf("before %.60s, after %.60s", before, after)
	}
	status, err := borea.Node.LineStatus(t.Context())
	if err != nil || status[0].Cosigned != status[0].Ours || status[0].State != "up" {
		t.Errorf("%+v, %v", status, err)
	}
	for _, m := range []*parleytest.Member{aster, borea} {
		if r, err := m.Node.Check(t.Context(), nil); err != nil || r.Difference != "" {
			t.Errorf("%s: %+v, %v", m.Name, r, err)
		}
	}
}

// SUCCESSION-5: after a succession the mirror's keys are still the old ones; the
// next rotation takes the pair that was made with the new journal.
func TestRotateAfterSuccession(t *testing.T) {
	c := bilateral(t, 9)
	aster := c.Nodes["aster.example"]
	speak(t, c, "before")
	s, err := aster.Node.Succeed(t.Context(), node.SucceedRequest{})
	if err != nil {
		t.Fatal(err)
	}
	settle(t, c)
	speak(t, c, "in the next journal")
	if _, err := aster.Node.RotateMirror(t.Context(), node.RotateIn{}); err != nil {
		t.Fatal(err)
	}
	restart := func() {
		t.Helper()
		if err := aster.Stop(); err != nil {
			t.Fatal(err)
		}
		if err := aster.Start(); err != nil {
			t.Fatal(err)
		}
		settle(t, c)
	}
	restart()
	speak(t, c, "with the new pair")
	if k := keys(t, c.Nodes["borea.example"])["aster.example mirror"]; !strings.HasPrefix(k, s.Next.Mirror()+"+") {
		t.Errorf("Borea sees %.60s", k)
	}
	for _, what := range []string{"signing", "age"} {
		if _, err := aster.Node.Rotate(t.Context(), node.RotateIn{What: what, Body: "cert"}); err != nil {
			t.Fatal(err)
		}
	}
	restart()
	speak(t, c, "and body keys")
}
