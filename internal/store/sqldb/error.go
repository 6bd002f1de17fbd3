package sqldb

import (
	"context"
	"errors"

	"modernc.org/sqlite"

	"parley.example/parley"
)

// Primary result codes of SQLite. https://www.sqlite.org/rescode.html
const (
	codeError    = 1
	codeBusy     = 5
	codeReadOnly = 8
	codeIO       = 10
	codeCorrupt  = 11
	codeFull     = 13
	codeNotADB   = 26
)

// storeError gives errors of the driver a kind and says what a person can do;
// others pass.
func storeError(err error) error {
	var p *parley.Error
	if err == nil || errors.As(err, &p) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	e := &parley.Error{Kind: parley.Unavailable, Msg: "the database did not answer", Err: err}
	var s *sqlite.Error
	if errors.As(err, &s) {
		switch s.Code() & 0xff {
		case codeError: // a statement that the tables do not fit: it names these, never what is in them
			e.Kind, e.Msg = parley.Internal, "the database does not take a statement: "+s.Error()
		case codeBusy:
			e.Msg, e.Hint = "the database is in use by another process", "only one node may run on a home"
		case codeReadOnly:
			e.Msg, e.Hint = "the database can not be written", "look at the owner and the mode of its folder"
		case codeIO:
			e.Msg, e.Hint = "the disk failed while the database was used", "look at the system's log; a backup can be restored elsewhere"
		case codeCorrupt, codeNotADB:
			e.Msg, e.Hint = "the database file is damaged", "restore a backup: what is missing comes back from the counterparts"
		case codeFull:
			e.Msg, e.Hint = "the disk is full: nothing was changed", "make room; the node goes on by itself"
		}
	}
	return e
}
