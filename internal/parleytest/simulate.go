package parleytest

import (
	"context"
	crand "crypto/rand"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"parley.example/parley"
)

// Report is what one simulated world went through.
type Report struct {
	Seed    uint64
	Sent    int            // messages that a node said were durable
	Entries int            // in all journals at the end
	Lost    int            // of those sent, lost with a home that was put back: see mayBeLost
	Faults  map[string]int // injected, by name
	Trace   []string       // what was done, in order
}

// Simulate makes a world from a seed, lets people write to one another while
// everything goes wrong that the seed says, then lets the faults end and demands
// that nothing was lost, nothing forged, nobody is wedged, and all hold the same.
// The homes are made under dir. The same seed does the same again as long as
// crypto/rand is seeded too (testing/cryptotest) and nothing else runs beside it.
func Simulate(ctx context.Context, dir string, seed uint64) (Report, error) {
	s := &simulation{rand: rand.New(rand.NewPCG(seed, 0x70617279)), dir: dir,
		report: Report{Seed: seed, Faults: map[string]int{}}, copies: map[*Member][]saved{}}
	err := s.begin(seed)
	if err == nil {
		defer s.circle.Close()
		err = s.run(ctx)
	}
	if s.circle != nil {
		for f, n := range s.circle.Net.Counts() {
			s.report.Faults["net "+string(f)] += n
		}
	}
	return s.report, err
}

// simulation is one world on its way.
type simulation struct {
	circle  *Circle
	rand    *rand.Rand
	dir     string
	report  Report
	parties []*Member // that keep to the rules
	archive *Member   // nil where there is none
	cheat   *cheat    // nil where everybody keeps to the rules
	sent    []*sent
	copies  map[*Member][]saved // homes that were put aside
}

// rounds is how many things happen before the faults end.
const rounds = 70

func (s *simulation) begin(seed uint64) error {
	names := []parley.Party{Aster, Borea, Corvia, "doria.example"}[:2+s.pick(4, 4, 1)]
	archive := ""
	if s.chance(0.4) {
		archive = "archive.example/parley"
	}
	c, err := MakeCircle(filepath.Join(s.dir, "homes"), seed, ReviewedTemplate+askedTerms, archive, names...)
	if err != nil {
		return err
	}
	s.circle = c
	crand.Read(make([]byte, 1<<16)) // a world's first keys may be drawn from the same beginning
	for _, p := range names {
		s.parties = append(s.parties, c.Nodes[string(p)])
	}
	s.archive = c.Nodes[archive]
	if s.chance(0.35) {
		s.cheat = s.newCheat()
	}
	for _, f := range randomFaults {
		if s.chance(0.5) {
			c.Net.SetRate(f, 0.12*s.rand.Float64())
		}
	}
	return nil
}

func (s *simulation) run(ctx context.Context) error {
	for range rounds {
		if err := s.round(ctx); err != nil {
			return fmt.Errorf("while faults go on: %w", err)
		}
	}
	return s.end(ctx)
}

// round is one thing that happens.
func (s *simulation) round(ctx context.Context) error {
	m := s.parties[s.rand.IntN(len(s.parties))]
	switch s.pick(120, 64, 20, 8, 12, 16, 12, 8, 8, 8, 4, 16, 1, 10) {
	case 0:
		return s.step(ctx)
	case 1:
		return s.send(ctx, m)
	case 2:
		return s.answer(ctx, m)
	case 3:
		return s.undo(ctx, m)
	case 4:
		return s.again(ctx, m)
	case 5:
		s.part()
	case 6:
		s.crashSoon(s.anybody())
	case 7:
		return s.restart(ctx, s.anybody())
	case 8:
		return s.putAside(ctx, s.anybody())
	case 9:
		return s.putBack(ctx, s.anybody())
	case 10:
		s.stepClock(s.anybody())
	case 11:
		if s.cheat == nil {
			s.fill(m)
			return nil
		}
		return s.cheat.act(ctx)
	case 12:
		return s.burst(ctx, m)
	case 13:
		return s.succeed(ctx, m)
	}
	return nil
}

// step lets everybody do what is due, in an order of the seed's choice.
func (s *simulation) step(ctx context.Context) error {
	d := time.Duration(1+s.rand.IntN(25)) * time.Second
	s.circle.Clock.Advance(d)
	list := s.running()
	s.rand.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
	for _, m := range list {
		if s.chance(0.8) {
			if err := s.stepOne(ctx, m); err != nil {
				return err
			}
		}
	}
	return nil
}

// stepOne steps a node. A node that crashed in it comes up again later; what else
// goes wrong in a step is tried again at the next, as the loops of a node do.
func (s *simulation) stepOne(ctx context.Context, m *Member) error {
	err := m.Step(ctx)
	if m.Crashed() {
		return s.down(m)
	}
	if err != nil {
		s.note("%s: %v", m.Name, err)
	}
	return nil
}

// down takes a crashed node away.
func (s *simulation) down(m *Member) error {
	s.note("%s is down", m.Name)
	return m.Stop()
}

func (s *simulation) everybody() []*Member {
	list := slices.Clone(s.parties)
	if s.archive != nil {
		list = append(list, s.archive)
	}
	return list
}

func (s *simulation) anybody() *Member {
	list := s.everybody()
	return list[s.rand.IntN(len(list))]
}

func (s *simulation) running() []*Member {
	list := s.everybody()
	if s.cheat != nil {
		list = append(list, s.cheat.active)
	}
	return slices.DeleteFunc(list, func(m *Member) bool { return m.Node == nil })
}

// up starts a node that is down.
func (s *simulation) up(m *Member) error {
	if m.Node != nil {
		return nil
	}
	s.note("%s is up", m.Name)
	return m.Start()
}

func (s *simulation) chance(p float64) bool { return s.rand.Float64() < p }

// pick draws an index by weight.
func (s *simulation) pick(weights ...int) int {
	all := 0
	for _, w := range weights {
		all += w
	}
	x := s.rand.IntN(all)
	for i, w := range weights {
		if x -= w; x < 0 {
			return i
		}
	}
	return len(weights) - 1
}

func (s *simulation) fault(name string, m *Member) {
	s.report.Faults[name]++
	s.note("%s: %s", m.Name, name)
}

func (s *simulation) note(format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	s.report.Trace = append(s.report.Trace, s.circle.Clock.Now().Format("15:04:05 ")+strings.ReplaceAll(line, s.dir, "DIR"))
}

// FaultTable lists faults by name, for people.
func FaultTable(all map[string]int) string {
	var b strings.Builder
	for _, name := range slices.Sorted(maps.Keys(all)) {
		fmt.Fprintf(&b, "%8d  %s\n", all[name], name)
	}
	return b.String()
}

var errCrash = errors.New("the machine stopped")
