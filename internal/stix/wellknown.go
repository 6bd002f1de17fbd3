package stix

import "fmt"

// The extensions that give TLP 2.0 and PAP to STIX 2.1.
const (
	tlpExtension = "extension-definition--60a3c5c5-0d10-413e-aab3-9e08dde9e88d"
	papExtension = "extension-definition--f8d78575-edfd-406e-8e84-6162a8450f5b"
)

// wellKnown are the marking-definitions that all know by their identifiers: TLP 1
// (OASIS STIX 2.1 §7.2.1.4), TLP 2.0 and PAP.
var wellKnown = map[string]Marking{
	"marking-definition--613f2e26-407d-48c7-9eca-b8e91df99dc9": {TLP: Clear},
	"marking-definition--34098fce-860f-48ae-8e50-ebd3cc5e41da": {TLP: Green},
	"marking-definition--f88d31f6-486f-44da-b317-01333bde0b82": {TLP: Amber},
	"marking-definition--5e57c739-391a-4eb3-b6be-7d15ca92d5ed": {TLP: Red},

	"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487": {TLP: Clear},
	"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb": {TLP: Green},
	"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421": {TLP: Amber},
	"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003": {TLP: AmberStrict},
	"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1": {TLP: Red},

	"marking-definition--a3bea94c-b469-41dc-9cfe-d6e7daba7730": {PAP: PAPClear},
	"marking-definition--ad15a0cd-55b6-4588-a14c-a66105329b92": {PAP: PAPClear},
	"marking-definition--c43594d1-4b11-4c59-93ab-1c9b14d53ce9": {PAP: PAPGreen},
	"marking-definition--60f8932b-e51e-4458-b265-a2e8be9a80ab": {PAP: PAPAmber},
	"marking-definition--740d36e5-7714-4c30-961a-3ae632ceee0e": {PAP: PAPRed},
}

var tlpIDs = [...]string{"",
	"marking-definition--94868c89-83c2-464b-929b-a1a8aa3c8487",
	"marking-definition--bab4a63c-aed9-4cf5-a766-dfca5abac2bb",
	"marking-definition--55d920b0-5e8b-4f79-9ee9-91f868d9b421",
	"marking-definition--939a9414-2ddd-4d32-a0cd-375ea402b003",
	"marking-definition--e828b379-4e03-4974-9ac4-e53a884c97c1",
}

// MarkingID returns the identifier of the marking-definition of TLP 2.0; "" for Unmarked.
func MarkingID(t TLP) string { return tlpIDs[t] }

// MarkingObject returns the marking-definition of TLP 2.0; nil for Unmarked.
func MarkingObject(t TLP) []byte {
	if t == Unmarked {
		return nil
	}
	word := [...]string{"", "clear", "green", "amber", "amber+strict", "red"}[t]
	return fmt.Appendf(nil, `{"type":"marking-definition","spec_version":"2.1","id":%q,"created":"2022-10-01T00:00:00.000Z","name":%q,"extensions":{%q:{"extension_type":"property-extension","tlp_2_0":%q}}}`,
		tlpIDs[t], tlpNames[t], tlpExtension, word)
}
