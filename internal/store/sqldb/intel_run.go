package sqldb

import "database/sql"

// IntelRun is one sorted list of (term, number), cut into blocks.
type IntelRun struct {
	N       int64
	Level   int
	Lo, Hi  uint64
	Entries int64
	Fences  []byte
}

// IntelGeneration grows with every change of the runs; 0 while there is none.
func (t *Tx) IntelGeneration() (g int64, err error) {
	_, err = t.one(`SELECT COALESCE(MAX(run), 0) FROM intel_run`, nil, &g)
	return g, err
}

// IntelRuns lists all runs in the order of their numbers.
func (t *Tx) IntelRuns() ([]IntelRun, error) {
	var list []IntelRun
	err := t.query(`SELECT run, level, lo, hi, entries, fences FROM intel_run ORDER BY lo`, nil, func(r *sql.Rows) error {
		var x IntelRun
		err := r.Scan(&x.N, &x.Level, (*int64bits)(&x.Lo), (*int64bits)(&x.Hi), &x.Entries, &x.Fences)
		list = append(list, x)
		return err
	})
	return list, err
}

// AddIntelRun adds a run whose blocks were put.
func (t *Tx) AddIntelRun(r IntelRun) error {
	t.touch(Intel())
	_, err := t.exec(`INSERT INTO intel_run (run, level, lo, hi, entries, fences) VALUES ($1, $2, $3, $4, $5, $6)`, r.N, r.Level, int64(r.Lo), int64(r.Hi), r.Entries, r.Fences)
	return err
}

// DropIntelRun removes a run and its blocks.
func (t *Tx) DropIntelRun(n int64) error {
	if _, err := t.exec(`DELETE FROM intel_block WHERE block >= $1 AND block < $2`, n<<24, (n+1)<<24); err != nil {
		return err
	}
	_, err := t.exec(`DELETE FROM intel_run WHERE run = $1`, n)
	return err
}

// PutIntelBlocks adds blocks of a run from a place on.
func (t *Tx) PutIntelBlocks(run int64, from int, blocks [][]byte) error {
	rows := make([]any, 0, 2*len(blocks))
	for i, b := range blocks {
		rows = append(rows, run<<24|int64(from+i), b)
	}
	return t.insert("intel_block", "block, data", "", 2, rows)
}

// IntelBlock reads one block of a run; ok is false where the run is gone.
func (t *Tx) IntelBlock(run int64, place int) (data []byte, ok bool, err error) {
	ok, err = t.one(`SELECT data FROM intel_block WHERE block = $1`, []any{run<<24 | int64(place)}, &data)
	return data, ok, err
}
