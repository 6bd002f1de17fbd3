// Package valuefile reads and writes lists of values: tables (CSV) and plain
// lists, one value a line, as blocklists, hosts files and filter lists have them.
//
// It is trusted with naming every line that it could not take and why, and with
// writing cells that no spreadsheet takes for a formula. Whoever wrote a list can
// at most fill the rows that they wrote: a line is bounded, a value is recognised
// by package indicator or refused.
//
// It never resolves, fetches or guesses what a value could have been meant to be.
package valuefile
