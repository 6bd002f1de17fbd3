package node

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/hex"
	"encoding/pem"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/internal/peer"
	"parley.example/parley/internal/wholefile"
	"parley.example/parley/proof"
)

// Home is the folder that holds a party's keys, database, blobs and configuration.
//
//	parley.toml            configuration
//	parley.db              database (WAL beside it)
//	blobs/                 sealed attachments, named by hash
//	lock, ctl.sock         one process at a time; how commands reach it
//	keys/identity.key      may live on another medium: `serve` never reads it
//	keys/tls.key           its public half is pinned in agreements
//	keys/vault.key         wraps the file keys that outlive age identities
//	keys/body/NAME.{signing,age,release}.key
//	keys/journal/DIGITS.{log,mirror}.key   one set per agreement
type Home struct {
	Dir          string
	IdentityFile string // absolute; empty: keys/identity.key
}

// Path joins a name to the home.
func (h Home) Path(elem ...string) string {
	return filepath.Join(append([]string{h.Dir}, elem...)...)
}

// Exists reports whether the folder holds a party's identity or TLS key.
func (h Home) Exists() bool {
	_, err := os.Stat(h.Path("keys", "tls.key"))
	return err == nil
}

// CreateHome makes the folders and the keys that every party has: identity,
// TLS, vault. name is the party, or the archive. It refuses a folder that already
// holds one. KEYS-1
func CreateHome(dir, name string) (Home, error) {
	h := Home{Dir: dir}
	if h.Exists() {
		return h, parley.E(parley.Conflict, "%s already holds a party's keys", dir).WithHint("choose another folder with --home")
	}
	for _, d := range []string{"", "keys", "keys/body", "keys/journal", "blobs"} {
		if err := os.MkdirAll(h.Path(d), 0o700); err != nil {
			return h, parley.E(parley.Unavailable, "make the home folder: %w", err)
		}
	}
	if err := h.createSigner("keys/identity.key", proof.TypeEd25519, name); err != nil {
		return h, err
	}
	var vault [32]byte
	rand.Read(vault[:])
	if err := h.writeSecret("keys/vault.key", hex.EncodeToString(vault[:])+"\n"); err != nil {
		return h, err
	}
	return h, h.createTLS("keys/tls.key")
}

// CreateBody makes a body's signing, age and release keys. KEYS-2
func (h Home) CreateBody(b parley.Body) error {
	stem := "keys/body/" + b.Name()
	if err := h.createSigner(stem+".signing.key", proof.TypeEd25519, string(b)); err != nil {
		return err
	}
	if err := h.createSigner(stem+".release.key", proof.TypeEd25519, string(b)+"/release"); err != nil {
		return err
	}
	id, err := age.GenerateHybridIdentity()
	if err != nil {
		return parley.E(parley.Internal, "make an age identity: %w", err)
	}
	return h.writeSecret(stem+".age.key", id.String()+"\n")
}

// CreateJournal chooses an origin and makes the journal and mirror keys for one agreement. KEYS-3
func (h Home) CreateJournal(party parley.Party) (parley.Origin, error) {
	var digits [8]byte
	rand.Read(digits[:])
	o := parley.Origin(string(party) + "/" + hex.EncodeToString(digits[:]))
	log := []byte{proof.TypeEd25519, proof.TypeMLDSA44}
	mirror := []byte{proof.TypeCosignature, proof.TypeMLDSA44}
	if err := h.createSigners(journalFile(o, "log"), log, string(o)); err != nil {
		return o, err
	}
	return o, h.createSigners(journalFile(o, "mirror"), mirror, o.Mirror())
}

// Identity reads the identity key, which signs cards, agreements and successions only.
func (h Home) Identity() (proof.Signer, error) {
	if h.IdentityFile != "" {
		return h.signer(h.IdentityFile)
	}
	return h.signer("keys/identity.key")
}

// WithIdentity is the home with its identity key in a file elsewhere, on the
// medium where it is kept; an empty file changes nothing.
func (h Home) WithIdentity(file string) Home {
	h.IdentityFile = file
	return h
}

// BodySigner reads the key that signs a body's entries.
func (h Home) BodySigner(b parley.Body) (proof.Signer, error) {
	return h.signer("keys/body/" + b.Name() + ".signing.key")
}

// ReleaseSigner reads the key that is the second signature of a body.
func (h Home) ReleaseSigner(b parley.Body) (proof.Signer, error) {
	return h.signer("keys/body/" + b.Name() + ".release.key")
}

// AgeIdentities reads a body's age identities, the newest first; older ones
// are kept in the same file until they are destroyed.
func (h Home) AgeIdentities(b parley.Body) ([]age.Identity, error) {
	text, err := h.readSecret("keys/body/" + b.Name() + ".age.key")
	if err != nil {
		return nil, err
	}
	ids, err := age.ParseIdentities(strings.NewReader(text))
	if err != nil {
		return nil, parley.E(parley.Invalid, "keys/body/%s.age.key: want age identities, one a line", b.Name())
	}
	return ids, nil
}

// Recipient is the age recipient of a body's newest identity.
func (h Home) Recipient(b parley.Body) (string, error) {
	ids, err := h.AgeIdentities(b)
	if err != nil {
		return "", err
	}
	id, ok := ids[0].(*age.HybridIdentity)
	if !ok {
		return "", parley.E(parley.Invalid, "keys/body/%s.age.key: want a hybrid identity, AGE-SECRET-KEY-PQ-1...", b.Name())
	}
	return id.Recipient().String(), nil
}

// FirstUse says whether a journal is opened here for the first time, and notes,
// durably, that it was: a database that knows nothing of a journal whose keys have
// been used is an older one, put back.
func (h Home) FirstUse(o parley.Origin) (bool, error) {
	err := h.writeSecret(journalFile(o, "used"), "")
	if parley.KindOf(err) == parley.Conflict && err != nil {
		return false, nil
	}
	return err == nil, err
}

// JournalSigners reads the keys that sign our journal's checkpoints.
func (h Home) JournalSigners(o parley.Origin) ([]proof.Signer, error) {
	return h.signers(journalFile(o, "log"))
}

// MirrorSigners reads the keys that cosign the journals we mirror.
func (h Home) MirrorSigners(o parley.Origin) ([]proof.Signer, error) {
	return h.signers(journalFile(o, "mirror"))
}

// CreateThird makes the mirror keys of an archive, named <name>/mirror. KEYS-3
func (h Home) CreateThird(name string) error {
	return h.createSigners("keys/mirror.key", []byte{proof.TypeCosignature, proof.TypeMLDSA44}, name+"/mirror")
}

// ThirdSigners reads the keys by which an archive cosigns the journals it keeps.
func (h Home) ThirdSigners() ([]proof.Signer, error) { return h.signers("keys/mirror.key") }

// Vault reads the key that wraps stored file keys.
func (h Home) Vault() ([]byte, error) {
	text, err := h.readSecret("keys/vault.key")
	if err != nil {
		return nil, err
	}
	key, err := hex.DecodeString(strings.TrimSpace(text))
	if err != nil || len(key) != 32 {
		return nil, parley.E(parley.Invalid, "keys/vault.key: want 64 hex digits")
	}
	return key, nil
}

// TLS reads our TLS key, wrapped in a certificate, and the pin that counterparts know us by.
func (h Home) TLS() (tls.Certificate, parley.Hash, error) { return h.readTLS("keys/tls.key") }

func (h Home) readTLS(name string) (tls.Certificate, parley.Hash, error) {
	text, err := h.readSecret(name)
	if err != nil {
		return tls.Certificate{}, parley.Hash{}, err
	}
	block, _ := pem.Decode([]byte(text))
	if block == nil {
		return tls.Certificate{}, parley.Hash{}, parley.E(parley.Invalid, "%s: want a PEM block PRIVATE KEY", name)
	}
	key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return tls.Certificate{}, parley.Hash{}, parley.E(parley.Invalid, "%s: want a PKCS #8 key", name)
	}
	signer, ok := key.(crypto.Signer)
	if !ok {
		return tls.Certificate{}, parley.Hash{}, parley.E(parley.Invalid, "%s: want a key that signs", name)
	}
	cert, err := peer.Certificate(signer)
	if err != nil {
		return cert, parley.Hash{}, err
	}
	return cert, peer.Pin(cert.Leaf), nil
}

func journalFile(o parley.Origin, role string) string {
	_, digits, _ := strings.Cut(string(o), "/")
	return "keys/journal/" + digits + "." + role + ".key"
}

func (h Home) createTLS(name string) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return parley.E(parley.Internal, "make a TLS key: %w", err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return parley.E(parley.Internal, "write a TLS key: %w", err)
	}
	return h.writeSecret(name, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})))
}

func (h Home) createSigner(name string, typ byte, keyName string) error {
	return h.createSigners(name, []byte{typ}, keyName)
}

func (h Home) createSigners(name string, types []byte, keyName string) error {
	var text strings.Builder
	for _, typ := range types {
		s, err := proof.GenerateKey(rand.Reader, typ, keyName)
		if err != nil {
			return parley.E(parley.Internal, "make a key: %w", err)
		}
		text.WriteString(s.Text() + "\n")
	}
	return h.writeSecret(name, text.String())
}

func (h Home) signer(name string) (proof.Signer, error) {
	all, err := h.signers(name)
	if err != nil {
		return proof.Signer{}, err
	}
	return all[0], nil
}

func (h Home) signers(name string) ([]proof.Signer, error) {
	text, err := h.readSecret(name)
	if err != nil {
		return nil, err
	}
	var all []proof.Signer
	for line := range strings.Lines(text) {
		s, err := proof.ParseSigner(strings.TrimSpace(line))
		if err != nil {
			return nil, parley.E(parley.Invalid, "%s: want private keys, one a line", name)
		}
		all = append(all, s)
	}
	if len(all) == 0 {
		return nil, parley.E(parley.Invalid, "%s is empty: want private keys, one a line", name)
	}
	return all, nil
}

// writeSecret creates a file that only its owner reads, durably, and never replaces one.
func (h Home) writeSecret(name, text string) error {
	f, err := os.OpenFile(h.Path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return parley.E(parley.Conflict, "%s exists: a key is never replaced in place", name)
	}
	if err == nil {
		_, err = f.WriteString(text)
		err = errors.Join(err, f.Sync(), f.Close(), wholefile.SyncFolder(filepath.Dir(h.Path(name))))
	}
	if err != nil {
		return parley.E(parley.Unavailable, "write %s: %w", name, err)
	}
	return nil
}

func (h Home) readSecret(name string) (string, error) {
	path := name
	if !filepath.IsAbs(name) {
		path = h.Path(name)
	}
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", parley.E(parley.NotFound, "%s is not there", name).WithHint("it is made by `parley init`; put it back from where you keep it")
	}
	if err != nil {
		return "", parley.E(parley.Unavailable, "read %s: %w", name, err)
	}
	return string(b), nil
}
