package indicator

import "slices"

// asGiven are the kinds that any text can be of.
var asGiven = []Kind{FileName, FilePath, Mutex, Process, AppID, Registry, UserAgent, CommandLine, Subject}

// Readings are all values that a text can mean, for a search by somebody who does
// not say the kind: the one that Recognise takes it for first, then the others that
// it fits, 64 hexadecimal digits also as a SHA3-256 and as a certificate's, a name
// with dots also as that of a file or an application. Empty where the text is empty
// or too long.
func Readings(text string) []Value {
	var all []Value
	refanged := Refang(text)
	if v, err := Recognise(text); err == nil {
		all = append(all, v)
	}
	for _, k := range kinds {
		if k.digits() != len(refanged) && k != CertSerial && k != TLSH && !slices.Contains(asGiven, k) {
			continue // what has a form of its own was recognised by it
		}
		for _, s := range []string{refanged, text} {
			if v, err := Parse(k, s); err == nil && !slices.Contains(all, v) {
				all = append(all, v)
			}
		}
	}
	return all
}
