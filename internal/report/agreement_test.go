package report_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/agreements"
	"parley.example/parley/internal/report"
	"parley.example/parley/internal/vectors"
)

func signed(t *testing.T) *agreement.Signed {
	t.Helper()
	raw, err := os.ReadFile("../../testdata/vectors/agreement/signed.txt")
	if err != nil {
		t.Fatal(err)
	}
	v, err := vectors.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	s, err := agreement.OpenSigned(v.Body)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func TestAgreement(t *testing.T) {
	s := signed(t)
	for _, languages := range [][]string{{"en"}, {"fr"}, {"en", "fr"}, nil} {
		var b bytes.Buffer
		if err := report.Agreement(&b, s, languages...); err != nil {
			t.Fatal(err)
		}
		html := b.String()
		for _, want := range []string{s.Agreement.Fingerprint(), s.Agreement.Hash().String(), "aster.example/mfa", "this text is signed"} {
			if !strings.Contains(html, want) {
				t.Errorf("%v: %q is missing", languages, want)
			}
		}
		for _, bad := range []string{"<script", "http://", "src=", "@import", "<no value>"} {
			if strings.Contains(html, bad) {
				t.Errorf("%v: holds %q", languages, bad)
			}
		}
		head := html[:strings.Index(html, "The text that is signed")]
		if wantsFrench := len(languages) != 1 || languages[0] == "fr"; strings.Contains(head, "S&#39;entraider.") != wantsFrench {
			t.Errorf("%v: French is there: %t", languages, !wantsFrench)
		}
	}
	if err := report.Agreement(&bytes.Buffer{}, s, "de"); parley.KindOf(err) != parley.Invalid {
		t.Errorf("a language that the text does not speak: %v", err)
	}
}

// Words of the parties stay words.
func TestAgreementEscapes(t *testing.T) {
	text, err := agreements.Template("bilateral")
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "<script>") {
		t.Fatal("the template holds a script")
	}
	base := string(signed(t).Agreement.Text())
	a, err := agreement.Parse([]byte(strings.Replace(base, `en = "Talk."`, `en = "<script>alert(1)</script>"`, 1)))
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := report.Agreement(&b, agreement.NewSigned(a), "en"); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(b.String(), "<script>") || !strings.Contains(b.String(), "A draft: lines are missing") {
		t.Error("a script came through, or the draft is not called one")
	}
}
