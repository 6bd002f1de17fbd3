package indicator

import "iter"

// Names are the types of objects that the pattern's comparisons look at, each with
// the first property of its path, in the order of the pattern, as often as they
// stand there.
func (p *Pattern) Names() iter.Seq2[string, string] {
	return func(yield func(object, property string) bool) { p.root.names(yield) }
}

func (o *observed) names(yield func(string, string) bool) bool {
	if o.op == seen && !o.test.names(yield) {
		return false
	}
	for i := range o.kids {
		if !o.kids[i].names(yield) {
			return false
		}
	}
	return true
}

func (e *compared) names(yield func(string, string) bool) bool {
	if e.op == tested {
		property := ""
		if len(e.test.path.steps) > 0 {
			property = e.test.path.steps[0].key
		}
		return yield(e.test.path.object, property)
	}
	for i := range e.kids {
		if !e.kids[i].names(yield) {
			return false
		}
	}
	return true
}
