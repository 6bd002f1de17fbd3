package interop

import (
	"bytes"
	"compress/zlib"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"filippo.io/age"
	"filippo.io/age/armor"

	"parley.example/parley/seal"
)

// sealed is a blob that we sealed for a new hybrid identity: the identity's
// file, the blob's file, and what is in it.
func sealed(t *testing.T) (identity, blob string, plain []byte) {
	t.Helper()
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		t.Fatal(err)
	}
	plain = bytes.Repeat([]byte("a file that went across the line\n"), 5000)
	dir := t.TempDir()
	identity, blob = filepath.Join(dir, "identity"), filepath.Join(dir, "blob.age")
	f, err := os.Create(blob)
	if err != nil {
		t.Fatal(err)
	}
	to, err := seal.ParseRecipients(id.Recipient().String())
	if err != nil {
		t.Fatal(err)
	}
	w, err := seal.SealBlob(f, to)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(plain); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(identity, []byte(id.String()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return identity, blob, plain
}

func opens(t *testing.T, program, identity, blob string, plain []byte, env ...string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), program, "-d", "-i", identity, blob)
	cmd.Env = append(os.Environ(), env...)
	var voice bytes.Buffer
	cmd.Stderr = &voice
	got, err := cmd.Output()
	if err != nil || !bytes.Equal(got, plain) {
		t.Errorf("%s: %v: %s", program, err, voice.String())
	}
}

// age v1.3.2, built from its module, knows hybrid identities by itself.
func TestAgeOpensOurBlob(t *testing.T) {
	program := tool(t, "age-1.3.2")
	identity, blob, plain := sealed(t)
	opens(t, program, identity, blob, plain)
}

// Debian's age is older; age-plugin-pq teaches it.
func TestDebianAgeOpensOurBlob(t *testing.T) {
	program, plugin := "/usr/bin/age", tool(t, "age-plugin-pq")
	if !exists(program) {
		t.Skip("the system's age is not installed")
	}
	identity, blob, plain := sealed(t)
	converted := identity + ".plugin"
	if out, err := exec.CommandContext(t.Context(), plugin, "-identity", "-o", converted, identity).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	opens(t, program, converted, blob, plain, "PATH="+filepath.Dir(plugin)+":"+os.Getenv("PATH"))
}

// The text of a message opens with the file key of its evidence, and with
// nothing else of ours: the key is given to the library as an identity.
func TestAgeOpensTheRevealedPart(t *testing.T) {
	p := sample(t)
	r, err := age.Decrypt(bytes.NewReader(p["aster-1.age"]), fileKey(p["aster-1.filekey"]))
	if err != nil {
		t.Fatal(err)
	}
	inside, err := io.ReadAll(r)
	if err != nil || !bytes.Contains(inside, []byte("your mail relay spreads malware")) {
		t.Errorf("%v: %q", err, inside)
	}
}

// fileKey is an identity that ignores the stanzas: age's header MAC decides.
type fileKey []byte

func (k fileKey) Unwrap([]*age.Stanza) ([]byte, error) { return k, nil }

// The age testkit, against the library that we build on.
func TestAgeTestkit(t *testing.T) {
	root := os.Getenv("PARLEY_DATA")
	if root == "" {
		t.Skip("PARLEY_DATA is not set: the age testkit is not here")
	}
	files, err := filepath.Glob(filepath.Join(root, "crypto", "age-testkit", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no testkit: %v", err)
	}
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) { testkit(t, file) })
	}
}

func testkit(t *testing.T, file string) {
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head := map[string]string{}
	var ids []age.Identity
	for {
		line, rest, ok := bytes.Cut(raw, []byte("\n"))
		if !ok {
			t.Fatal("no body")
		}
		raw = rest
		if len(line) == 0 {
			break
		}
		name, value, _ := strings.Cut(string(line), ": ")
		head[name] = value
		switch name {
		case "identity":
			list, err := age.ParseIdentities(strings.NewReader(value))
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, list...)
		case "passphrase":
			id, err := age.NewScryptIdentity(value)
			if err != nil {
				t.Fatal(err)
			}
			ids = append(ids, id)
		}
	}
	if head["compressed"] == "zlib" {
		z, err := zlib.NewReader(bytes.NewReader(raw))
		if err != nil {
			t.Fatal(err)
		}
		if raw, err = io.ReadAll(z); err != nil {
			t.Fatal(err)
		}
	}
	var in io.Reader = bytes.NewReader(raw)
	if head["armored"] == "yes" {
		in = armor.NewReader(in)
	}
	r, err := age.Decrypt(in, ids...)
	var plain []byte
	if err == nil {
		plain, err = io.ReadAll(r)
	}
	if (err == nil) != (head["expect"] == "success") {
		t.Fatalf("expect %q, got %v", head["expect"], err)
	}
	if want := head["payload"]; want != "" && err == nil {
		if sum := sha256.Sum256(plain); hex.EncodeToString(sum[:]) != want {
			t.Error("another payload")
		}
	}
}
