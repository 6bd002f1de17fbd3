// Package contactfile reads and writes the contact files that others use: FIRST
// and Trusted Introducer team lists, Cerebrate organisations, RFC 2350 texts,
// security.txt, and a table (CSV) of our own.
//
// It is trusted with telling what a file says, row by row, and with naming every
// row that it could not take and every fact that it had to leave out. Whoever
// wrote a file can at most fill the rows that they wrote: a row is bounded, names
// are brought into one spelling, and nothing of it is signed or believed here.
//
// It takes roles and teams and leaves the names of members out. It never fetches
// anything, follows no link of a file, and opens no compressed one.
package contactfile
