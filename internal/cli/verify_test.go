package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const sample = "../../testdata/evidence/hotline.evidence"

func verifying(t *testing.T, in []byte, args ...string) (code int, out, voice string) {
	t.Helper()
	var o, e bytes.Buffer
	code = Run(t.Context(), args, Streams{In: bytes.NewReader(in), Out: &o, Err: &e})
	return code, o.String(), e.String()
}

// What is proven exits 0; everything else that is said of a file exits 3. EVIDENCE-16
func TestVerify(t *testing.T) {
	raw, err := os.ReadFile(sample)
	if err != nil {
		t.Fatal(err)
	}
	trust := "../../testdata/evidence/agreement.txt"
	dir := t.TempDir()
	write := func(name string, b []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	flipped := bytes.Clone(raw)
	flipped[len(raw)/3] ^= 4
	for name, c := range map[string]struct {
		args []string
		in   []byte
		code int
		says string
	}{
		"proven":               {[]string{sample, "--trust", trust}, nil, 0, ""},
		"from standard input":  {[]string{"-", "--trust", trust}, raw, 0, ""},
		"nobody is trusted":    {[]string{sample}, nil, 3, "tied to nobody you named"},
		"another agreement":    {[]string{sample, "--trust", strings.Repeat("12345 ", 8)}, nil, 3, "not of the agreement"},
		"a flipped bit":        {[]string{write("flipped", flipped), "--trust", trust}, nil, 3, "damaged"},
		"cut":                  {[]string{write("cut", raw[:len(raw)-1]), "--trust", trust}, nil, 3, "damaged"},
		"foreign":              {[]string{write("foreign", []byte("hello")), "--trust", trust}, nil, 3, "no evidence file"},
		"empty":                {[]string{write("empty", nil), "--trust", trust}, nil, 3, "no evidence file"},
		"trust in nonsense":    {[]string{sample, "--trust", write("nonsense", []byte("hello"))}, nil, 3, "want eight groups"},
		"a short fingerprint":  {[]string{sample, "--trust", "12345 67890"}, nil, 2, "eight groups"},
		"no such file":         {[]string{filepath.Join(dir, "nothing"), "--trust", trust}, nil, 2, "there is no such file"},
		"no file named at all": {nil, nil, 2, "expected"},
	} {
		code, out, voice := verifying(t, c.in, append([]string{"verify"}, c.args...)...)
		if code != c.code || !strings.Contains(voice, c.says) {
			t.Errorf("%s: exit %d (want %d)\n%s%s", name, code, c.code, out, voice)
		}
	}
	if code, out, _ := verifying(t, nil, "verify", sample, "--trust", trust); code != 0 || !strings.Contains(out, "against borea.example") || !strings.Contains(out, "mail relay") {
		t.Errorf("%d\n%s", code, out)
	}
	_, out, _ := verifying(t, nil, "--json", "verify", sample, "--trust", trust)
	var got struct {
		Proven, Tied bool
		Statements   []struct{ Proven bool }
	}
	if err := json.Unmarshal([]byte(out), &got); err != nil || !got.Proven || !got.Tied || len(got.Statements) < 4 {
		t.Errorf("--json: %v\n%s", err, out)
	}
}

func TestVerifyTakesApart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "pieces")
	if code, _, voice := verifying(t, nil, "verify", sample, "--trust", "../../testdata/evidence/agreement.txt", "--parts", dir); code != 0 {
		t.Fatal(voice)
	}
	for _, name := range []string{"agreement.note", "aster.example.policy", "aster-1.note", "aster-1-1.tlog-proof", "aster-1-1.checkpoint", "aster-1.age", "aster-1.filekey"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err != nil {
			t.Error(err)
		}
	}
}
