package web

import (
	"crypto/rand"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"parley.example/parley"
)

// Bounds of the compose form, in octets.
const (
	maxField = 4 << 10
	maxWords = 1 << 20 // of the text; a long one becomes an attachment by itself
	maxParts = 128
)

// ComposePage writes a message.
type ComposePage struct {
	Frame
	All     []Addressees // what can be chosen
	Chosen  *Addressees  // the agreement that the form is for; nil where there is none
	Draft   Draft
	Answers *View  // what it answers
	Wrong   string // why it was not sent
	Hint    string
	Levels  []Level
}

// Level is a precedence that can be chosen.
type Level struct {
	Precedence parley.Precedence
	Release    bool // a second signature is owed before it goes
}

// HasTo reports whether the draft goes to the body.
func (p ComposePage) HasTo(b parley.Body) bool { return slices.Contains(p.Draft.To, b) }

func (h *Handler) composePage(w http.ResponseWriter, r *request) error {
	q := r.URL.Query()
	d := Draft{Agreement: q.Get("agreement"), Answers: q.Get("answers"), Precedence: parley.Routine}
	for _, to := range q["to"] {
		d.To = append(d.To, parley.Body(to))
	}
	return h.showCompose(w, r, http.StatusOK, d, nil)
}

func (h *Handler) showCompose(w http.ResponseWriter, r *request, status int, d Draft, wrong error) error {
	f, err := h.frame(r, "compose", r.text("compose.title"))
	if err != nil {
		return err
	}
	f.Live = false // what is being written is never exchanged
	p := ComposePage{Frame: f, Draft: d}
	if wrong != nil {
		if p.Wrong, p.Hint = told(wrong); p.Wrong == "" {
			return wrong
		}
	}
	if p.All, err = h.Desk.Addressees(r.Context(), r.session.Officer); err != nil {
		return err
	}
	if d.Answers != "" {
		v, err := h.Desk.Message(r.Context(), r.session.Officer, d.Answers)
		if err != nil {
			return err
		}
		p.Answers = &v
		if wrong == nil {
			p.Draft.To, p.Draft.Precedence = []parley.Body{v.From}, v.Precedence
			if v.Ours {
				p.Draft.To = v.To
			}
		}
	}
	for i := range p.All {
		a := &p.All[i]
		if a.Agreement == d.Agreement || d.Agreement == "" && p.Chosen == nil && (p.Answers == nil || p.Answers.Agreement == a.Title) {
			p.Chosen = a
		}
	}
	if p.Chosen == nil && len(p.All) > 0 {
		p.Chosen = &p.All[0]
	}
	if c := p.Chosen; c != nil {
		p.Draft.Agreement = c.Agreement
		if len(c.To) == 1 {
			p.Draft.To = c.To
		}
		for _, level := range []parley.Precedence{parley.Flash, parley.Immediate, parley.Priority, parley.Routine} {
			p.Levels = append(p.Levels, Level{level, slices.Contains(c.Release, level)})
		}
	}
	if p.Draft.Nonce.IsZero() {
		rand.Read(p.Draft.Nonce[:])
	}
	return r.views.render(w, status, "compose", p)
}

// compose sends. The fields come before the files, so that these can be sealed
// while they come in.
func (h *Handler) compose(w http.ResponseWriter, r *request) error {
	d, err := readDraft(r.Request)
	if err != nil {
		return h.notSent(w, r, d, err)
	}
	sent, err := h.Desk.Send(r.Context(), r.session.Officer, d)
	if err != nil {
		return h.notSent(w, r, d, err)
	}
	io.Copy(io.Discard, r.Body) // a message sent twice is one: the files of the second time are not asked for
	http.Redirect(w, r.Request, "/message/"+url.PathEscape(sent.ID)+"?done=sent", http.StatusSeeOther)
	return nil
}

// notSent shows the form again with what was written. What still comes in is
// read to a bound, so that the browser gets to see the answer.
func (h *Handler) notSent(w http.ResponseWriter, r *request, d Draft, err error) error {
	io.Copy(io.Discard, io.LimitReader(r.Body, 4<<20))
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		err = parley.E(parley.Invalid, "the files are larger together than %d bytes", big.Limit)
	}
	d.Files = nil
	return h.showCompose(w, r, statuses[parley.KindOf(err)], d, err)
}

// readDraft reads the fields of the form up to the first file.
func readDraft(r *http.Request) (Draft, error) {
	var d Draft
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || kind != "multipart/form-data" {
		return d, parley.E(parley.Invalid, "the form is not one of this desk")
	}
	parts := &formParts{Reader: multipart.NewReader(r.Body, params["boundary"])}
	for {
		part, err := parts.next()
		if err == io.EOF {
			return d, d.checkFields()
		}
		if err != nil {
			return d, err
		}
		if part.FormName() == "file" {
			d.Files = parts.files(part)
			return d, d.checkFields()
		}
		limit := int64(maxField)
		if part.FormName() == "text" {
			limit = maxWords
		}
		raw, err := io.ReadAll(io.LimitReader(part, limit+1))
		if err != nil {
			return d, parts.broken(err)
		}
		if int64(len(raw)) > limit || !utf8.Valid(raw) {
			return d, parley.E(parley.Invalid, "%s: want UTF-8 text of at most %d bytes", part.FormName(), limit).WithHint("send a longer text as a file")
		}
		if err := d.setField(part.FormName(), string(raw)); err != nil {
			return d, err
		}
	}
}

func (d *Draft) setField(name, value string) error {
	var err error
	switch name {
	case "nonce":
		d.Nonce, err = parley.ParseNonce(value)
	case "agreement":
		d.Agreement = value
	case "answers":
		d.Answers = value
	case "from":
		d.From, err = parley.ParseBody(value)
	case "to":
		var b parley.Body
		if b, err = parley.ParseBody(value); err == nil && !slices.Contains(d.To, b) {
			d.To = append(d.To, b)
		}
	case "precedence":
		d.Precedence, err = parley.ParsePrecedence(value)
	case "text":
		d.Text = strings.ReplaceAll(value, "\r\n", "\n") // a browser's line ends are not the author's
	case "marking":
		d.Marking = value
	case "language":
		d.Language = value
	case "exercise":
		d.Exercise = value == "yes"
	default:
		err = parley.E(parley.Invalid, "the form has no field %.40q", name)
	}
	return err
}

// checkFields says what is missing, before the node is asked.
func (d *Draft) checkFields() error {
	switch {
	case d.Nonce.IsZero():
		return parley.E(parley.Invalid, "the form is not one of this desk")
	case len(d.To) == 0:
		return parley.E(parley.Invalid, "nobody is addressed").WithHint("choose at least one body")
	case d.Precedence == "":
		return parley.E(parley.Invalid, "no precedence is chosen")
	case strings.TrimSpace(d.Text) == "" && d.Files == nil:
		return parley.E(parley.Invalid, "there is neither text nor file")
	}
	return nil
}

// formParts reads a form once, in order.
type formParts struct {
	*multipart.Reader
	count int
}

// next gives the next part; an empty file part, which browsers send where
// nothing was chosen, is passed over.
func (p *formParts) next() (*multipart.Part, error) {
	for {
		part, err := p.NextRawPart()
		if err == io.EOF {
			return nil, io.EOF
		}
		if err != nil {
			return nil, p.broken(err)
		}
		if p.count++; p.count > maxParts {
			return nil, parley.E(parley.Invalid, "the form has more than %d parts", maxParts)
		}
		if part.FormName() == "file" && part.FileName() == "" {
			continue
		}
		return part, nil
	}
}

// files yields the first file and those that follow.
func (p *formParts) files(first *multipart.Part) func(yield func(Upload, error) bool) {
	return func(yield func(Upload, error) bool) {
		for part := first; ; {
			if part.FormName() != "file" {
				yield(Upload{}, parley.E(parley.Invalid, "the form has a field after its files"))
				return
			}
			if !yield(Upload{Name: fileName(part.FileName()), Type: part.Header.Get("Content-Type"), Content: content{part, p}}, nil) {
				return
			}
			var err error
			if part, err = p.next(); err == io.EOF {
				return
			} else if err != nil {
				yield(Upload{}, err)
				return
			}
		}
	}
}

// content says of an upload that stopped in the middle what it was.
type content struct {
	io.Reader
	parts *formParts
}

func (c content) Read(b []byte) (int, error) {
	n, err := c.Reader.Read(b)
	if err != nil && err != io.EOF {
		err = c.parts.broken(err)
	}
	return n, err
}

// broken is an upload that stopped in the middle, unless it has grown too large.
func (p *formParts) broken(err error) error {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return err
	}
	return parley.E(parley.Invalid, "the form did not arrive whole: %w", err)
}
