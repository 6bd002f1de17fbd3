package stix

// Limits bound what a reader takes. The zero value of a field means its default.
type Limits struct {
	Object int   // octets of one object; default 32 MiB
	Depth  int   // arrays and objects within one another in one object; default 64
	Nodes  int   // values and keys of one object; default 4,000,000
	Total  int64 // octets of a stream after decompression; default 64 GiB
	Ratio  int64 // octets out per octet in of a compressed stream, beyond its first 16 MiB; default 200
}

// Defaults are the limits where none are given.
func Defaults() Limits {
	return Limits{Object: 32 << 20, Depth: 64, Nodes: 4_000_000, Total: 64 << 30, Ratio: 200}
}

func (l Limits) withDefaults() Limits {
	d := Defaults()
	if l.Object <= 0 {
		l.Object = d.Object
	}
	if l.Depth <= 0 {
		l.Depth = d.Depth
	}
	if l.Nodes <= 0 {
		l.Nodes = d.Nodes
	}
	if l.Total <= 0 {
		l.Total = d.Total
	}
	if l.Ratio <= 0 {
		l.Ratio = d.Ratio
	}
	return l
}
