package intel

import (
	"crypto/sha1" // RFC 9562 §5.5 makes a name-based UUID with it; nothing is trusted to it
	"encoding/json"
	"fmt"

	"parley.example/parley"
)

// organisations is the name space of organisations' UUIDs: drawn once, by chance.
var organisations = [16]byte{0xc8, 0x2f, 0x51, 0x9e, 0x07, 0x3d, 0x4b, 0x66, 0x9a, 0x74, 0x1e, 0xb0, 0x5d, 0x28, 0xe3, 0x4c}

// OrganisationUUID is that of an organisation, made of its name: the same on every node
// that speaks of it.
func OrganisationUUID(name string) string {
	h := sha1.New()
	h.Write(organisations[:])
	h.Write([]byte("organisation\n" + name))
	u := h.Sum(nil)[:16]
	u[6], u[8] = u[6]&0x0f|0x50, u[8]&0x3f|0x80
	return fmt.Sprintf("%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:])
}

// Organisation is the identity of an organisation as an object, always the same octets.
func Organisation(name string) (id string, object []byte, err error) {
	const epoch = "1970-01-01T00:00:00.000Z"
	id = "identity--" + OrganisationUUID(name)
	object, err = json.Marshal(map[string]any{"type": "identity", "spec_version": "2.1", "id": id, "created": epoch, "modified": epoch, "name": name, "identity_class": "organization"})
	if err != nil {
		return "", nil, parley.E(parley.Internal, "identity: %w", err)
	}
	return id, object, nil
}
