package interop

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var shell = regexp.MustCompile("(?ms)^```sh\n(.*?)^```\n")

// The commands of docs/without-parley.md hold for the sample, and fail for one
// that somebody changed, also where the sum was made again.
func TestWithoutParley(t *testing.T) {
	tool(t, "openssl")
	page, err := os.ReadFile("../docs/without-parley.md")
	if err != nil {
		t.Fatal(err)
	}
	var script strings.Builder
	for _, m := range shell.FindAllSubmatch(page, -1) {
		script.Write(m[1])
	}
	raw, err := os.ReadFile("../testdata/evidence/hotline.evidence")
	if err != nil {
		t.Fatal(err)
	}
	check := func(raw []byte) (string, error) {
		path := filepath.Join(t.TempDir(), "evidence")
		if err := os.WriteFile(path, raw, 0o600); err != nil {
			t.Fatal(err)
		}
		text := strings.Replace(script.String(), "FILE=testdata/evidence/hotline.evidence", "FILE="+path, 1)
		cmd := exec.CommandContext(t.Context(), "bash", "-eu", "-o", "pipefail", "-c", text)
		cmd.Env = append(os.Environ(), "TMPDIR="+t.TempDir())
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	out, err := check(raw)
	if err != nil || strings.Count(out, "Signature Verified Successfully") != 4 || !strings.Contains(out, "archive.example/parley/mirror held size 2") {
		t.Fatalf("%v\n%s", err, out)
	}
	for what, c := range map[string][2]string{
		"the sum":                  {"borea.example/cert\nnonce 0", "borea.example/cert\nnonce 1"},
		"the signature of the":     {"\n2\n", "\n3\n"},
		"the signature of aster":   {"borea.example/cert\nnonce", "borea.example/mfaa\nnonce"},
		"the inclusion":            {"index 1\n", "index 0\n"},
		"the sealed part":          {"\npart YW", "\npart YX"},
		"the cosignature of borea": {"", ""},
	} {
		bad := bytes.Replace(raw, []byte(c[0]), []byte(c[1]), 1)
		if c[0] == "" {
			bad = flipCosignature(t, raw)
		}
		if bytes.Equal(bad, raw) {
			t.Errorf("%s: nothing was changed", what)
		}
		if what != "the sum" {
			bad = resum(bad)
		}
		if out, err := check(bad); err == nil || !strings.Contains(out, "does not hold: "+what) {
			t.Errorf("%s: %v\n%s", what, err, out)
		}
	}
}

func resum(raw []byte) []byte {
	f := bytes.SplitN(raw, []byte("\n"), 3)
	return append(fmt.Appendf(nil, "%s\nsha256 %x\n", f[0], sha256.Sum256(f[2])), f[2]...)
}

// flipCosignature changes one digit in the middle of Borea's Ed25519 line.
func flipCosignature(t *testing.T, raw []byte) []byte {
	t.Helper()
	for at := 0; ; {
		i := bytes.Index(raw[at:], []byte("\u2014 borea.example/fedcba9876543210/mirror "))
		if i < 0 {
			t.Fatal("no line of Borea's mirror")
		}
		at += i
		end := at + bytes.IndexByte(raw[at:], '\n')
		if end-at < 200 {
			bad := bytes.Clone(raw)
			if bad[end-40]++; bad[end-40] > 'z' || bad[end-40] == '{' {
				bad[end-40] = 'A'
			}
			return bad
		}
		at = end
	}
}
