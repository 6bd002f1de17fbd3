package stix

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"testing"
)

func attack(b *testing.B) []byte {
	raw, err := os.ReadFile(data(b, "stix", "attack", "ics-attack-18.1.json"))
	if err != nil {
		b.Fatal(err)
	}
	return raw
}

func BenchmarkReader(b *testing.B) {
	raw := attack(b)
	for name, check := range map[string]bool{"index": false, "check": true} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(raw)))
			b.ReportAllocs()
			for b.Loop() {
				r := NewReader(bytes.NewReader(raw), ReadOptions{Check: check})
				for {
					if _, err := r.Next(); err == io.EOF {
						break
					}
				}
			}
		})
	}
}

func BenchmarkReaderLines(b *testing.B) {
	var raw bytes.Buffer
	r := NewReader(bytes.NewReader(attack(b)), ReadOptions{})
	for {
		it, err := r.Next()
		if err == io.EOF {
			break
		}
		if err := json.Compact(&raw, it.Raw); err != nil {
			b.Fatal(err)
		}
		raw.WriteByte('\n')
	}
	b.SetBytes(int64(raw.Len()))
	for b.Loop() {
		r := NewReader(bytes.NewReader(raw.Bytes()), ReadOptions{})
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			}
		}
	}
}

func BenchmarkDecoder(b *testing.B) {
	raw := attack(b)
	b.SetBytes(int64(len(raw)))
	for b.Loop() {
		var v any
		if err := json.NewDecoder(bytes.NewReader(raw)).Decode(&v); err != nil {
			b.Fatal(err)
		}
	}
}
