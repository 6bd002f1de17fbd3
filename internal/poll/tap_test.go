package poll

import (
	"encoding/json"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// FuzzTap: of an envelope that is JSON, the tap reads what a decoder reads, and it
// never changes the stream.
func FuzzTap(f *testing.F) {
	for _, s := range []string{
		`{"more":true,"next":"a","objects":[{"more":false,"next":"x"},{}]}`, `{"objects":[],"n\u0065xt":"\u0041\"","more":true}`, `{}`, `[{"more":true}]`, `{"more":"true","next":7}`,
		`{"next":"a","next":"b"}`, ` { "more" : true , "a":{"next":"x"} } `, `{"a":"}","more":true}`, `{"more":tr`, `{"more" true}`, `]]]}{`,
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		p := &tap{r: iotest.OneByteReader(strings.NewReader(s))}
		if out, err := io.ReadAll(p); err != nil || string(out) != s {
			t.Fatalf("the stream is not what it was: %v", err)
		}
		var names map[string]json.RawMessage // unlike a struct, it takes names as they are written
		if json.Unmarshal([]byte(s), &names) != nil || len(s) >= maxWord {
			return
		}
		var want struct {
			More bool
			Next string
		}
		json.Unmarshal(names["more"], &want.More)
		json.Unmarshal(names["next"], &want.Next)
		if p.More != want.More || p.Next != want.Next {
			t.Fatalf("%q: got %t %q, want %t %q", s, p.More, p.Next, want.More, want.Next)
		}
	})
}
