package agreement

import (
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"filippo.io/age"

	"parley.example/parley"
	"parley.example/parley/clock"
	"parley.example/parley/proof"
)

// maxBodies bounds the bodies of one party. AGREEMENT-3
const maxBodies = 8

func (c *checker) unique(path, before string) {
	if before != "" {
		c.bad(path, "the same key stands at "+plainKey(before), "each key in one place and one role only") // KEYS-11
	}
}

// key checks one key's name and type. KEYS-2
func (c *checker) key(path string, k VKey, typ byte, name string, keys keyring) {
	switch {
	case k.IsZero():
		c.bad(path, "the key is missing", "a verifier key named %s", name)
		return
	case k.Name != name:
		c.bad(path, "the key is named "+quote(k.Name), "a key named %s", name)
	case k.Type != typ:
		c.bad(path, fmt.Sprintf("the key has type 0x%02x", k.Type), "type 0x%02x", typ)
	}
	c.unique(path, keys.addKey(k.Key, path))
}

// pair checks the two keys of a journal or mirror: Ed25519 first, ML-DSA-44 second. KEYS-3
func (c *checker) pair(path string, pair []VKey, first byte, name string, keys keyring) {
	if len(pair) != 2 {
		c.bad(path, fmt.Sprintf("%d keys", len(pair)), "two keys named %s: type 0x%02x, then type 0x06", name, first)
		return
	}
	c.key(path+"[0]", pair[0], first, name, keys)
	c.key(path+"[1]", pair[1], proof.TypeMLDSA44, name, keys)
}

func (p *Party) check(c *checker, path string, keys keyring) {
	if _, err := parley.ParseParty(string(p.Name)); err != nil {
		c.bad(path+".name", quote(string(p.Name))+" is no party's name", "a lower-case host name such as aster.example")
	}
	c.texts(path+".title", p.Title, nil)
	if len(p.Title) == 0 {
		c.bad(path+".title", "no title", "the party's name in at least one language")
	}
	for i, l := range p.Languages {
		if !languageTag.MatchString(l) {
			c.bad(fmt.Sprintf("%s.languages[%d]", path, i), quote(l)+" is no language tag", "a tag in lower case such as en")
		}
	}
	if o, err := parley.ParseOrigin(string(p.Origin)); err != nil || o.Party() != p.Name {
		c.bad(path+".origin", quote(string(p.Origin))+" is no origin of this party", "%s/ and 16 hex digits", p.Name)
	}
	c.key(path+".identity", p.Identity, proof.TypeEd25519, string(p.Name), keys)
	c.pair(path+".journal", p.Journal, proof.TypeEd25519, string(p.Origin), keys)
	c.pair(path+".mirror", p.Mirror, proof.TypeCosignature, p.Origin.Mirror(), keys)
	c.pins(path+".tls", p.TLS, keys)
	c.address(path+".address", p.Address)
	p.checkCalendar(c, path)
	if n := len(p.Bodies); n < 1 || n > maxBodies {
		c.bad(path+".body", fmt.Sprintf("%d bodies", n), "1 to %d", maxBodies)
	}
	names := map[parley.Body]bool{}
	for i := range p.Bodies {
		b, at := &p.Bodies[i], fmt.Sprintf("%s.body[%d]", path, i)
		b.check(c, at, p.Name, keys)
		if names[b.Name] {
			c.bad(at+".name", string(b.Name)+" is a body twice", "each body once")
		}
		names[b.Name] = true
	}
}

func (p *Party) checkCalendar(c *checker, path string) {
	var err error
	if p.working, err = p.Calendar.Calendar(); err != nil {
		c.calendar(path+".calendar", err)
	}
}

// calendar puts a fault of package clock in its place.
func (c *checker) calendar(path string, err error) {
	var fe *clock.FieldError
	if !errors.As(err, &fe) {
		c.bad(path, err.Error(), "")
		return
	}
	path += "." + fe.Field
	if fe.Index >= 0 {
		path += "[" + strconv.Itoa(fe.Index) + "]"
	}
	c.bad(path, fe.What, "%s", fe.Want)
}

func (b *Body) check(c *checker, path string, party parley.Party, keys keyring) {
	if name, err := parley.ParseBody(string(b.Name)); err != nil || name.Party() != party {
		c.bad(path+".name", quote(string(b.Name))+" is no body of this party", "%s/ and a name such as cert", party)
	}
	c.texts(path+".title", b.Title, nil)
	if len(b.Title) == 0 {
		c.bad(path+".title", "no title", "the body's name in at least one language")
	}
	c.words(path+".roles", b.Roles)
	if _, err := clock.ParseHours(b.Hours); err != nil {
		c.calendar(path, err)
	}
	c.key(path+".signing", b.Signing, proof.TypeEd25519, string(b.Name), keys)
	if !b.Release.IsZero() {
		c.key(path+".release", b.Release, proof.TypeEd25519, string(b.Name)+"/release", keys)
	}
	if r, err := age.ParseHybridRecipient(b.Age); err != nil || r.String() != b.Age {
		c.bad(path+".age", "it is no hybrid age recipient", "the age1pq1... line that `age-keygen -pq` or `parley init` prints")
	} else {
		c.unique(path+".age", keys.add([]byte(b.Age), path+".age"))
	}
}

func (c *checker) pins(path string, pins []parley.Hash, keys keyring) {
	if n := len(pins); n < 1 || n > 2 {
		c.bad(path, fmt.Sprintf("%d pins", n), "one SHA-256 of a certificate's SubjectPublicKeyInfo, or two while it changes")
	}
	for i, pin := range pins {
		at := fmt.Sprintf("%s[%d]", path, i)
		if pin.IsZero() {
			c.bad(at, "the pin is empty", "a SHA-256 in 64 hex digits")
			continue
		}
		c.unique(at, keys.addPin(pin, at))
	}
}

// address is host:port, or empty where the party opens no port.
func (c *checker) address(path, s string) {
	if s != "" && !validAddress(s) {
		c.bad(path, quote(s)+" is no address", "host:port, such as parley.aster.example:7443, or nothing where no port is open")
	}
}

func validAddress(s string) bool {
	host, port, err := net.SplitHostPort(s)
	n, err2 := strconv.ParseUint(port, 10, 16)
	return err == nil && err2 == nil && n > 0 && strconv.FormatUint(n, 10) == port && len(host) > 0 && len(host) <= 253 &&
		!strings.ContainsFunc(host, func(r rune) bool {
			return !(r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || r == '.' || r == '-' || r == ':')
		})
}

func (w *Archive) check(c *checker, path string, keys keyring) {
	c.third(path, w.Name, w.Title)
	c.key(path+".identity", w.Identity, proof.TypeEd25519, w.Name, keys)
	c.pair(path+".mirror", w.Mirror, proof.TypeCosignature, w.Name+"/mirror", keys)
	c.pins(path+".tls", w.TLS, keys)
	if w.Address == "" {
		c.bad(path+".address", "no address", "host:port: an archive that nobody reaches keeps nothing")
	}
	c.address(path+".address", w.Address)
}

func (w *Witness) check(c *checker, path string, keys keyring) {
	c.third(path, w.Name, w.Title)
	if n := len(w.Keys); n < 1 || n > 2 {
		c.bad(path+".keys", fmt.Sprintf("%d keys", n), "one or two cosignature keys (types 0x04 and 0x06) named %s", w.Name)
	}
	for i, k := range w.Keys {
		at := fmt.Sprintf("%s.keys[%d]", path, i)
		if k.Type != proof.TypeCosignature && k.Type != proof.TypeMLDSA44 {
			c.bad(at, fmt.Sprintf("the key has type 0x%02x", k.Type), "type 0x04 or 0x06")
		}
		c.key(at, k, k.Type, w.Name, keys)
	}
	if !strings.HasPrefix(w.URL, "https://") && !strings.HasPrefix(w.URL, "http://") {
		c.bad(path+".url", quote(w.URL)+" is no URL", "the submission prefix of the witness, https://...")
	}
}

// third checks the name and title of a witness or archive.
func (c *checker) third(path, name string, title Texts) {
	host, rest, _ := strings.Cut(name, "/")
	if _, err := parley.ParseParty(host); err != nil || len(name) > 200 || strings.ContainsAny(rest, " +") || strings.ContainsFunc(rest, hidden) {
		c.bad(path+".name", quote(name)+" is no name of a third", "a schema-less URL such as archive.example/parley")
	}
	if len(title) == 0 {
		c.bad(path+".title", "no title", "its name in at least one language")
	}
	c.texts(path+".title", title, nil)
}
