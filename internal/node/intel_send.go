package node

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash/maphash"
	"maps"
	"slices"
	"strconv"

	"parley.example/parley"
	"parley.example/parley/agreement"
	"parley.example/parley/internal/intel"
	"parley.example/parley/internal/stix"
)

// IntelSend says what intelligence goes to whom. Of SendRequest, Text is what the
// message is about; Answers makes it a sighting where all its objects are of that sort.
type IntelSend struct {
	SendRequest
	Query IntelQuery `json:"query"`
	Yes   bool       `json:"yes,omitempty"` // also what a warninglist names
	Dry   bool       `json:"dry,omitempty"` // only say what would go

	Corrects string `json:"corrects,omitempty"` // a message of ours whose place this takes; instead of Answers

	since, until uint64 // of a rule: objects with numbers after the first, up to the second
	most         int    // of a rule: objects of one message; 0: no bound
}

// IntelSent is what became of it.
type IntelSent struct {
	Messages []Held       `json:"messages"`
	Objects  int          `json:"objects"` // that go, all messages together
	Octets   int64        `json:"octets"`
	Marking  string       `json:"marking"`
	Held     []intel.Line `json:"held_back,omitempty"` // what does not go, and why; at most intel.MaxLines
	HeldMore int          `json:"held_back_more,omitempty"`

	upto           uint64 // the last object that was looked at
	searched, full bool   // the query was run; it was cut off by its bound
}

// Bounds of one message of intelligence: what is more goes as several.
const (
	bundleOctets = 8 << 20  // of one attachment, where the agreement allows as much
	roundOctets  = 64 << 20 // of all attachments of one message
)

// SendIntel sends what a query finds as bundles in sealed attachments, in one message
// or, where it is much, several (INTEL-1). What its marking, or the agreement under
// which it came, does not let go is held back and named. NotFound where nothing goes.
// INTEL-1, INTEL-3, INTEL-10
func (n *Node) SendIntel(ctx context.Context, r IntelSend) (IntelSent, error) {
	if !r.Query.narrows() {
		return IntelSent{}, errEverything()
	}
	q, err := r.Query.parse()
	if err != nil {
		return IntelSent{}, err
	}
	if r.Query.Direction == string(intel.Out) {
		return IntelSent{}, errCopies()
	}
	if r.Corrects != "" {
		if err := n.mayCorrect(ctx, &r); err != nil {
			return IntelSent{}, err
		}
	}
	l, m, err := n.outbound(ctx, r.SendRequest, parley.KindIntel)
	if err != nil {
		return IntelSent{}, err
	}
	if err := l.toOthers(m.To); err != nil {
		return IntelSent{}, err
	}
	if _, _, err := l.may(&m); err != nil { // before anything is read; it fills in what is empty
		return IntelSent{}, err
	}
	a, err := l.text()
	if err != nil {
		return IntelSent{}, err
	}
	s := &intelSender{node: n, line: l, text: a, request: r, to: m.To, tlp: markingOf(a, m.Marking), out: IntelSent{Marking: m.Marking, Messages: []Held{}}}
	if err := s.bounds(); err != nil {
		return s.out, err
	}
	q.Clearance, q.WithRevoked, q.Limit = intel.Operator(), true, 2000
	q.After = intel.Cursor(max(r.since, uint64(q.After)))
	if s.nonce = m.Nonce; s.nonce.IsZero() {
		rand.Read(s.nonce[:])
	}
	if err := s.search(ctx, q); err != nil {
		return s.out, err
	}
	if s.out.Objects == 0 {
		none := parley.E(parley.NotFound, "nothing to send: no object fits")
		if len(s.out.Held) > 0 {
			none = parley.E(parley.Forbidden, "nothing to send: %d objects fit, and none may go: %s", len(s.out.Held)+s.out.HeldMore, s.out.Held[0].Reason)
		}
		return s.out, none
	}
	return s.out, s.send(ctx, true)
}

// toOthers refuses bodies of our own: they have the store already.
func (l *Line) toOthers(to []parley.Body) error {
	for _, b := range to {
		if b.Party() == l.us {
			return parley.E(parley.Invalid, "%s is a body of ours: intelligence goes to a counterpart, and what is in the store is here for all of ours", b)
		}
	}
	return nil
}

// mayCorrect makes a request answer the message that it corrects. INTEL-11
func (n *Node) mayCorrect(ctx context.Context, r *IntelSend) error {
	m, err := n.Message(ctx, r.Corrects)
	switch {
	case err != nil:
		return err
	case r.Answers != "":
		return parley.E(parley.Invalid, "a correction answers the message that it corrects: want no other answer")
	case !m.Ours:
		return parley.E(parley.Forbidden, "%s is a message of %s: a correction is for a message of one's own", m.Short, m.From.Party())
	case m.Kind != parley.KindIntel:
		return parley.E(parley.Invalid, "%s is a %s: what a bundle corrects is an intel", m.Short, m.Kind)
	}
	r.Answers = m.Ref
	return nil
}

// intelSender makes the messages of one SendIntel.
type intelSender struct {
	node    *Node
	line    *Line
	text    *agreement.Agreement
	request IntelSend
	to      []parley.Body
	tlp     stix.TLP     // of the message
	nonce   parley.Nonce // of the first message
	out     IntelSent

	most, blob int // attachments of a message, octets of an attachment
	room       int // octets that the next bundle may well have
	files      [][]byte
	numbers    []uint64 // of the objects of the present bundle
	bundle     *stix.BundleWriter
	buf        *bytes.Buffer
	objects    int // of this message
	octets     int
	types      map[string]bool
	part       int
	with       map[string]bool     // definitions and authors that were looked for, with their source
	went       map[uint64]struct{} // sums of what goes
	seed       maphash.Seed
	before     []partySent // of the objects of the present page
	sighting   bool        // all that goes is about what was given
}

func (s *intelSender) bounds() error {
	limits := s.text.Traffic.Limits
	s.most, s.blob = max(1, int(limits.BlobsPerEntry)), bundleOctets
	bound, err := s.line.blobBound()
	if err != nil {
		return err
	}
	if bound < 64<<10 {
		return parley.E(parley.Conflict, "the agreement lets an attachment have %d octets: intelligence needs at least 65536", bound)
	}
	s.blob = int(min(int64(s.blob), bound-4096))
	s.went, s.seed = map[uint64]struct{}{}, maphash.MakeSeed()
	s.types, s.with, s.sighting = map[string]bool{}, map[string]bool{}, s.request.Answers != "" && s.request.Corrects == ""
	return nil
}

// search adds what a query finds, a page at a time.
func (s *intelSender) search(ctx context.Context, q intel.Query) error {
	for {
		page, err := s.node.intel.Find(ctx, q)
		if err != nil {
			return err
		}
		if s.before, err = s.sentBefore(ctx, page.Objects); err != nil {
			return err
		}
		for _, h := range page.Objects {
			if s.request.until > 0 && h.N > s.request.until {
				s.out.searched = true
				return nil
			}
			if s.request.most > 0 && s.out.Objects >= s.request.most {
				s.out.searched, s.out.full = true, true
				return nil
			}
			s.out.upto = h.N
			if err := s.add(ctx, h); err != nil {
				return err
			}
		}
		if q.After = page.Next; !page.More {
			s.out.searched = true
			return nil
		}
	}
}

// partySent is what a party was sent before, by its identifier.
type partySent struct {
	party parley.Party
	sent  map[string][]intel.Held
}

// sentBefore is what each addressee was sent before of some objects.
func (s *intelSender) sentBefore(ctx context.Context, page []intel.Held) (list []partySent, err error) {
	ids := make([]string, len(page))
	for i := range page {
		ids[i] = page[i].ID
	}
	for _, p := range partiesOf(s.to) {
		sent, err := s.node.intel.SentBefore(ctx, s.line.id, p, ids)
		if err != nil {
			return nil, err
		}
		list = append(list, partySent{p, sent})
	}
	return list, nil
}

// sum stands for a version of an object, whatever source has it.
func (s *intelSender) sum(h *intel.Held) uint64 {
	var sum maphash.Hash
	sum.SetSeed(s.seed)
	sum.WriteString(h.ID)
	if h.Version.IsZero() { // observables have no versions
		sum.Write(h.Raw)
	} else {
		maphash.WriteComparable(&sum, h.Version.UnixMicro())
	}
	return sum.Sum64()
}

// again says that a version of an object goes already, from another source or as what
// another cannot be understood without.
func (s *intelSender) again(h *intel.Held) bool {
	_, ok := s.went[s.sum(h)]
	return ok
}

// hold says that every addressee was sent these octets before.
func (s *intelSender) hold(h *intel.Held) bool {
	for _, b := range s.before {
		if !slices.ContainsFunc(b.sent[h.ID], func(x intel.Held) bool { return bytes.Equal(x.Raw, h.Raw) }) {
			return false
		}
	}
	return len(s.before) > 0
}

// add puts an object, and what it cannot be understood without, into the present
// bundle, or says why it stays.
func (s *intelSender) add(ctx context.Context, h intel.Held) error {
	if s.again(&h) || s.request.until > 0 && s.hold(&h) { // a rule sends nothing twice
		return nil
	}
	if why := s.stays(&h); why != "" {
		s.keep(intel.Line{ID: h.ID, What: intel.Refused, Rule: "originator", Reason: why})
		return nil
	}
	if !s.request.Yes && s.node.intel.Warns() {
		if o, err := stix.Parse(h.Raw, stix.Limits{}); err == nil {
			if why := s.node.intel.Warning(o); why != "" {
				s.keep(intel.Line{ID: h.ID, What: intel.Warned, Rule: "warninglist", Reason: why + "; `--yes` sends it all the same"})
				return nil
			}
		}
	}
	if len(h.Raw) > s.blob {
		s.keep(intel.Line{ID: h.ID, What: intel.Refused, Rule: "size", Reason: fmt.Sprintf("it has %d octets: one attachment has at most %d", len(h.Raw), s.blob)})
		return nil
	}
	for _, id := range needed(h.Raw) {
		key := id + " " + strconv.FormatInt(h.Source.N, 10)
		if s.with[key] || id == h.ID {
			continue
		}
		s.with[key] = true
		page, err := s.node.intel.Find(ctx, intel.Query{Clearance: intel.Operator(), IDs: []string{id}, Sources: []int64{h.Source.N}, Limit: 1})
		if err != nil {
			return err
		}
		mine := s.before
		if s.before, err = s.sentBefore(ctx, page.Objects); err != nil {
			return err
		}
		for _, x := range page.Objects {
			if len(x.Raw) <= s.blob && s.stays(&x) == "" && !s.again(&x) {
				if err := s.write(ctx, x); err != nil {
					return err
				}
			}
		}
		s.before = mine
	}
	return s.write(ctx, h)
}

func (s *intelSender) keep(l intel.Line) {
	if len(s.out.Held) < intel.MaxLines {
		s.out.Held = append(s.out.Held, l)
	} else {
		s.out.HeldMore++
	}
}

func (s *intelSender) write(ctx context.Context, h intel.Held) error {
	if s.bundle != nil && s.buf.Len()+len(h.Raw)+64 > s.blob {
		if err := s.close(ctx); err != nil {
			return err
		}
		if len(s.files) >= s.most || s.octets >= s.round() {
			if err := s.send(ctx, false); err != nil {
				return err
			}
		}
	}
	s.went[s.sum(&h)] = struct{}{}
	s.out.Objects++
	s.out.Octets += int64(len(h.Raw))
	if h.Type != "sighting" && h.Type != "opinion" && h.Type != "note" && h.Type != "identity" && h.Type != "marking-definition" {
		s.sighting = false
	}
	if s.request.Dry {
		return nil
	}
	if s.bundle == nil {
		s.buf = bytes.NewBuffer(make([]byte, 0, s.room))
		s.bundle = stix.NewBundle(s.buf, s.bundleID())
	}
	s.objects++
	s.numbers = append(s.numbers, h.N)
	if len(s.types) < 64 {
		s.types[h.Type] = true
	}
	return s.bundle.Add(h.Raw)
}

// round is how many octets of attachments close the present message. Of what goes at
// once the first has one bundle, and each twice as many as the one before: it is taken
// in there while the next is made here.
func (s *intelSender) round() int {
	if !s.request.Now || s.request.until > 0 || s.request.Corrects != "" {
		return roundOctets // what waits, or is a rule's, goes as few
	}
	return min(roundOctets, bundleOctets<<min(s.part, 8))
}

// bundleID names the next bundle: another one in each message, the same however often the
// message is made.
func (s *intelSender) bundleID() string {
	u := sha256.Sum256(fmt.Appendf(nil, "%s bundle %d of part %d", s.nonce, len(s.files)+1, s.part+1))
	u[6], u[8] = u[6]&0x0f|0x40, u[8]&0x3f|0x80
	return fmt.Sprintf("bundle--%x-%x-%x-%x-%x", u[:4], u[4:6], u[6:8], u[8:10], u[10:16])
}

// close ends the present bundle, and notes which objects it has.
func (s *intelSender) close(ctx context.Context) error {
	if s.bundle == nil {
		return nil
	}
	if err := s.bundle.Close(); err != nil {
		return err
	}
	if err := s.node.intel.NoteSent(ctx, sha256.Sum256(s.buf.Bytes()), s.numbers); err != nil {
		return err
	}
	s.files, s.octets, s.bundle, s.numbers = append(s.files, s.buf.Bytes()), s.octets+s.buf.Len(), nil, s.numbers[:0]
	s.room = s.blob // this one was full, or the last
	return nil
}

// send queues one message with the bundles that are ready.
func (s *intelSender) send(ctx context.Context, last bool) error {
	if err := s.close(ctx); err != nil || len(s.files) == 0 {
		return err
	}
	if s.request.Corrects != "" && !last {
		return parley.E(parley.Invalid, "a correction goes as one message, and this is more than one holds").WithHint("narrow the query; or send later versions of the objects, and recall what is to go")
	}
	r := s.request.SendRequest
	r.Files, r.Marking, r.Text, r.Nonce = nil, s.out.Marking, "", s.nonce.String()
	for i, f := range s.files {
		r.Files = append(r.Files, File{Name: "bundle-" + strconv.Itoa(i+1) + ".json", Body: bytes.NewReader(f)})
	}
	fields := map[string]any{"objects": strconv.Itoa(s.objects)}
	kind := parley.KindSighting
	if !s.sighting {
		kind = parley.KindIntel
		fields["types"] = slices.Sorted(maps.Keys(s.types))
	}
	if s.request.Corrects != "" {
		fields["corrects"] = "true"
	}
	if s.request.Text != "" {
		fields["about"] = s.request.Text
	}
	if s.part++; (!last || s.part > 1) && kind == parley.KindIntel {
		fields["part"] = strconv.Itoa(s.part)
		if last {
			fields["parts"] = strconv.Itoa(s.part)
		}
	}
	if s.part > 1 {
		first, err := s.line.threadOf(ctx, s.out.Messages[0])
		if err != nil {
			return err
		}
		if first != "" {
			r.Answers = first
		}
		h := sha256.Sum256([]byte(s.nonce.String() + " part " + strconv.Itoa(s.part))) // each part is a message of its own, the same however often
		r.Nonce = parley.Nonce(h[:16]).String()
	}
	held, err := s.node.SendForm(ctx, FormRequest{SendRequest: r, Kind: kind, Fields: fields})
	if err != nil {
		return err
	}
	s.out.Messages = append(s.out.Messages, held)
	s.files, s.octets, s.objects = nil, 0, 0
	clear(s.types)
	return nil
}

// threadOf names a message that was queued just now, where it is sequenced already:
// what follows it joins its thread then.
func (l *Line) threadOf(ctx context.Context, h Held) (string, error) {
	if _, err := l.Sequence(ctx); err != nil {
		return "", err
	}
	if err := l.Follow(ctx); err != nil {
		return "", err
	}
	m, err := l.node.Message(ctx, h.Nonce.String())
	if parley.KindOf(err) == parley.NotFound && err != nil {
		return "", nil // it is held back, or waits for a second signature
	}
	return m.Ref, err
}

// needed are the identifiers of what an object cannot be understood without: who made
// it, and how it is marked.
func needed(raw []byte) (list []string) {
	for _, mark := range []string{`"marking-definition--`, `"identity--`} {
		for rest := raw; len(list) < 16; {
			i := bytes.Index(rest, []byte(mark))
			if i < 0 {
				break
			}
			rest = rest[i+1:]
			if end := bytes.IndexByte(rest, '"'); end > 0 && end < 128 {
				list = append(list, string(rest[:end]))
			}
		}
	}
	return list
}
