package evidence_test

import (
	"fmt"
	"log"
	"os"

	"parley.example/parley/evidence"
)

// All that an auditor writes.
func Example() {
	raw, err := os.ReadFile("../testdata/evidence/hotline.evidence")
	if err != nil {
		log.Fatal(err)
	}
	trust, err := evidence.ParseTrust([]byte("35184 57627 77122 14052 04899 26140 41081 70388"))
	if err != nil {
		log.Fatal(err)
	}
	report, err := evidence.Verify(raw, trust)
	if err != nil {
		log.Fatal(err) // damaged, or a signature does not hold
	}
	fmt.Println("proven:", report.Proven())
	for _, s := range report.Statements {
		if s.Says == evidence.SaysDelivered || s.Says == evidence.SaysExisted {
			fmt.Println(s.Text)
			fmt.Println("  against", s.Against)
		}
	}
	// Output:
	// proven: true
	// borea.example holds entry aster/1 since 2026-11-22T12:00:01Z, by its own clock: its mirror cosigned size 2
	//   against [borea.example]
	// entry aster/1 existed by 2026-11-22T12:00:02Z: archive.example/parley (a disinterested third) cosigned size 2
	//   against [everybody who trusts archive.example/parley]
}
