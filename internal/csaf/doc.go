// Package csaf reads security advisories (OASIS CSAF 2.0 and 2.1) and says them in
// STIX 2.1: the publisher as an identity, the document as a report, each
// vulnerability, each remediation as a course of action, each product as software.
//
// It is trusted with refusing a document that lacks what CSAF demands, with the
// clause, with never loosening its TLP, and with naming what STIX does not say. It
// does not judge the advisory: scores and statuses are the publisher's word.
//
// It follows no reference and fetches nothing.
package csaf
