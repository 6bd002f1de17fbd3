package seal

import (
	"encoding/json"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/form"
)

// checkForm holds content of a kind with forms to the form of its step, and to its
// place in a thread. Kinds without forms pass; nil for the agreement leaves its
// words unchecked. FORM-1, JUDGE-19
func checkForm(k parley.Kind, version int, step string, answers bool, raw json.RawMessage, a *agreement.Agreement) error {
	if !form.Known(k, version) {
		return nil
	}
	f, ok := form.Find(k, step, version)
	if !ok {
		return parley.E(parley.Invalid, "kind %s has no step %.40q", k, step)
	}
	if err := f.Place.Fits(answers); err != nil {
		return parley.E(parley.Invalid, "%s: %w", f.Name(), err)
	}
	return f.Check(raw, a)
}
