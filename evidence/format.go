package evidence

import (
	"bytes"
	"encoding/base64"
	"fmt"

	"parley.example/parley"
)

const magic = "parley/evidence/v1"

// instantForm is how the instant of a cut is written. REVIEW-16
const instantForm = "2006-01-02T15:04:05Z"

var std64 = base64.StdEncoding.Strict()

// format writes a file: the magic line, the sum of all that follows, the rest.
// EVIDENCE-1, EVIDENCE-2
func (f *File) format() []byte {
	var b bytes.Buffer
	for _, a := range f.About {
		switch a.What {
		case AboutFork:
			fmt.Fprintf(&b, "about fork %s\n", a.Origin)
		case AboutSilence:
			fmt.Fprintf(&b, "about silence %s %s\n", a.Ref, a.Party)
		case AboutReview:
			fmt.Fprintf(&b, "about review %s %s %s\n", a.Instant.Format(instantForm), a.Parties[0], a.Parties[1])
			for _, c := range a.Cut {
				fmt.Fprintf(&b, "cut %s %d %s\n", c.Origin, c.Size, c.Root)
			}
		default:
			fmt.Fprintf(&b, "about message %s\n", a.Ref)
		}
	}
	block(&b, f.Agreement, "agreement")
	for _, s := range f.Steps {
		if s.Leaf != nil {
			s.Leaf.format(&b)
		} else {
			s.Run.format(&b)
		}
	}
	for _, k := range f.Forks {
		block(&b, k.Text, "fork "+string(k.Origin))
	}
	return append(fmt.Appendf(nil, "%s\nsha256 %s\n", magic, parley.Sum(b.Bytes())), b.Bytes()...)
}

func (l *Leaf) format(b *bytes.Buffer) {
	block(b, l.Raw, "entry "+l.Ref.String())
	for _, x := range []struct {
		word string
		b    []byte
	}{{"clear", l.Clear}, {"facts", l.Facts}, {"part", l.Part}, {"key", l.Key}} {
		if x.b != nil {
			fmt.Fprintf(b, "%s %s\n", x.word, std64.EncodeToString(x.b))
		}
	}
	for _, p := range l.Proofs {
		block(b, p, "proof")
	}
}

func (r *Run) format(b *bytes.Buffer) {
	var head bytes.Buffer
	for _, h := range r.Frontier {
		head.WriteString(std64.EncodeToString(h[:]) + "\n")
	}
	head.WriteString("\n")
	head.Write(r.Checkpoint)
	block(b, head.Bytes(), fmt.Sprintf("run %s %d %d", r.Origin, r.Start, r.End))
	for i := range r.Leaves {
		r.Leaves[i].format(b)
	}
	for _, c := range r.Cosigned {
		block(b, c.Lines, fmt.Sprintf("cosigned %d", c.Size))
	}
}

// block writes a head line that ends in the number of octets, then the octets as they are.
func block(b *bytes.Buffer, octets []byte, head string) {
	fmt.Fprintf(b, "%s %d\n", head, len(octets))
	b.Write(octets)
}
