package proof

import "encoding/hex"

// The y-coordinates, little-endian, of the eight points of small order of
// Curve25519's Edwards form (two x for most of them).
var smallOrderY = [][]byte{
	unhex("0000000000000000000000000000000000000000000000000000000000000000"),
	unhex("0100000000000000000000000000000000000000000000000000000000000000"),
	unhex("ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f"),
	unhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"),
	unhex("c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a"),
}

// canonicalPoint says whether the y-coordinate is below 2^255-19.
func canonicalPoint(p []byte) bool {
	if p[31]&0x7f != 0x7f {
		return true
	}
	for _, b := range p[1:31] {
		if b != 0xff {
			return true
		}
	}
	return p[0] < 0xed
}

func smallOrder(p []byte) bool {
	var y [32]byte
	copy(y[:], p)
	y[31] &= 0x7f
	for _, s := range smallOrderY {
		if string(s) == string(y[:]) {
			return true
		}
	}
	return false
}

func unhex(s string) []byte {
	b, err := hex.DecodeString(s)
	if err != nil {
		panic(err) // a constant of this file
	}
	return b
}
