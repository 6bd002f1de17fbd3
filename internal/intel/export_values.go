package intel

import (
	"fmt"
	"io"
	"iter"

	"parley.example/parley/internal/stix"
	"parley.example/parley/internal/valuefile"
)

// valueExporter writes a table or a list as objects come, in a goroutine of their
// writer's own; close waits for it.
type valueExporter struct {
	store   *Store
	format  string
	objects chan *stix.Object // closed by close
	done    chan error        // one value, when the writer has ended
	marking stix.TLP          // the strictest that went
	warned  int
	more    int // objects with markings that a table has no column for
}

func newValueExporter(w io.Writer, format string, s *Store) *valueExporter {
	e := &valueExporter{store: s, format: format, objects: make(chan *stix.Object), done: make(chan error, 1)}
	each := iter.Seq[*stix.Object](func(yield func(*stix.Object) bool) {
		for o := range e.objects {
			if !yield(o) {
				break
			}
		}
		for range e.objects { // whoever gives more is not left waiting
		}
	})
	go func() {
		var err error
		if format == CSV {
			_, err = valuefile.WriteCSV(w, each, nil)
		} else {
			_, err = valuefile.WriteList(w, each)
		}
		for range e.objects {
		}
		e.done <- err
	}()
	return e
}

func (e *valueExporter) add(h Held, r *Report) error {
	o, err := stix.Parse(h.Raw, stix.Limits{})
	if err != nil || len(o.Values) == 0 && e.format == List {
		line(r, Line{ID: h.ID, What: Lost, Rule: "value", Reason: "it has no value that a list can say"})
		return nil
	}
	if why := e.store.Warning(o); why != "" {
		e.warned++
		line(r, Line{ID: h.ID, What: Warned, Rule: "warninglist", Reason: why})
	}
	e.marking = max(e.marking, h.Marking)
	if len(o.Granular)+len(o.Marking.Others) > 0 || o.Marking.PAP != stix.NoPAP {
		e.more++
	}
	o.Marking = stix.Marking{TLP: h.Marking} // as it holds here: also that of the message that brought it
	r.Taken++
	e.objects <- o
	return nil
}

func line(r *Report, l Line) {
	if len(r.Lines) < MaxLines {
		r.Lines = append(r.Lines, l)
	} else {
		r.More++
	}
}

func (e *valueExporter) close(r *Report) error {
	close(e.objects)
	err := <-e.done
	if e.format == CSV && e.more > 0 {
		r.Lost = append(r.Lost, fmt.Sprintf("of %d objects, the markings beside TLP; the column tlp has the strictest", e.more))
	}
	if e.format == List && e.marking > stix.Unmarked {
		r.Lost = append(r.Lost, fmt.Sprintf("markings: what is in it is %s and below", e.marking))
	}
	if e.warned > 0 {
		r.Lost = append(r.Lost, fmt.Sprintf("a warning: warninglists name %d of them as harmless; look before anything is blocked by it", e.warned))
	}
	return err
}
