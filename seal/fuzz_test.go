package seal_test

import (
	"testing"

	"parley.example/parley"
	"parley.example/parley/internal/vectors"
	"parley.example/parley/seal"
)

// seed adds the bodies of all vectors of one kind.
func seed(f *testing.F, kind string, of ...string) {
	list, err := vectors.Read(entryDir)
	if err != nil {
		f.Fatal(err)
	}
	for _, v := range list {
		if v.Get("kind") == kind && (len(of) == 0 || v.Get("of") == of[0]) {
			f.Add(v.Body)
		}
	}
}

func FuzzParseEntry(f *testing.F) {
	seed(f, "entry")
	f.Fuzz(func(t *testing.T, raw []byte) {
		env, err := seal.ParseEntry(raw)
		if err != nil {
			if parley.KindOf(err) != parley.Invalid {
				t.Fatalf("kind of %v", err)
			}
			return
		}
		if len(env.Text()) >= len(raw) || string(raw[:len(env.Text())]) != env.Text() {
			t.Fatal("the text is not the beginning of the entry")
		}
		if env.From.Party() != env.Journal.Party() || len(env.To) == 0 || env.Time.IsZero() {
			t.Fatalf("a field that was not checked: %+v", env)
		}
	})
}

func FuzzParseFacts(f *testing.F) {
	seed(f, "facts")
	env := seal.Envelope{}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if _, err := seal.ParseFacts(raw); err != nil && parley.KindOf(err) != parley.Invalid {
			t.Fatalf("kind of %v", err)
		}
		if _, err := seal.OpenFacts(env, raw); err == nil {
			t.Fatal("facts of no entry opened")
		}
	})
}

// FuzzOpenClear opens what the author of an entry may have framed as a part.
func FuzzOpenClear(f *testing.F) {
	seed(f, "part")
	f.Fuzz(func(t *testing.T, part []byte) {
		env := seal.Envelope{Clear: true, Part: parley.Sum(part), PartSize: len(part)}
		_, err := seal.OpenClear(env, part)
		if _, ok := seal.VerdictOf(err); err == nil || !ok {
			t.Fatalf("a part of no entry: %v", err)
		}
	})
}

// FuzzOpenSealed opens what the author of an entry may have named as a sealed part.
func FuzzOpenSealed(f *testing.F) {
	seed(f, "part")
	f.Fuzz(func(t *testing.T, part []byte) {
		env := seal.Envelope{Part: parley.Sum(part), PartSize: len(part)}
		if _, err := seal.OpenWithKey(env, part, make([]byte, 16)); err == nil {
			t.Fatal("a part of no entry opened")
		}
	})
}

func FuzzContent(f *testing.F) {
	seed(f, "content")
	kinds := []parley.Kind{parley.KindHotline, parley.KindMemo, parley.KindReceipt, parley.KindCheck, parley.KindCountersign, parley.KindGone, parley.KindErased}
	f.Fuzz(func(t *testing.T, raw []byte) {
		for _, k := range kinds {
			c, err := seal.ParseContent(k, 1, raw)
			if err != nil {
				continue
			}
			if again, err := seal.FormatContent(c); err != nil || string(again) != string(raw) {
				t.Fatalf("%s: a second spelling of %s: %q", k, again, raw)
			}
		}
	})
}
