package parleytest

import "strings"

// bech32 encodes as BIP 173 does: the text form of age identities, which age
// itself makes only from fresh randomness.
func bech32(prefix string, data []byte) string {
	const charset = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
	var values []byte
	acc, bits := uint32(0), 0
	for _, b := range data {
		acc, bits = acc<<8|uint32(b), bits+8
		for bits >= 5 {
			bits -= 5
			values = append(values, byte(acc>>bits)&31)
		}
	}
	if bits > 0 {
		values = append(values, byte(acc<<(5-bits))&31)
	}
	var all []byte
	lower := strings.ToLower(prefix)
	for i := range len(lower) {
		all = append(all, lower[i]>>5)
	}
	all = append(all, 0)
	for i := range len(lower) {
		all = append(all, lower[i]&31)
	}
	all = append(append(all, values...), 0, 0, 0, 0, 0, 0)
	sum := polymod(all) ^ 1
	for i := range 6 {
		values = append(values, byte(sum>>(5*(5-i)))&31)
	}
	var text strings.Builder
	for _, v := range values {
		text.WriteByte(charset[v])
	}
	return prefix + "1" + strings.ToUpper(text.String())
}

func polymod(values []byte) uint32 {
	sum := uint32(1)
	for _, v := range values {
		top := sum >> 25
		sum = sum&0x1ffffff<<5 ^ uint32(v)
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	return sum
}
