// Package report prints what people read on paper: an agreement in each of its
// languages and side by side; an emergency card.
//
// It is trusted with showing all of the text and nothing else. A report is one
// HTML file without scripts and without anything from elsewhere. It decides
// nothing and signs nothing: what binds is the text whose fingerprint stands on
// every page.
package report
