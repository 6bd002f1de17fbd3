package parley

// KindContact is one contact point of a body: whom to reach, when, on which
// routes, with which keys, and whose networks it answers for. CONTACT-1
const KindContact Kind = "contact"

// What a contact message says. CONTACT-2
const (
	ContactRecord = "record" // this is the contact point, whole: it takes the place of what was said before
	ContactEnd    = "end"    // the contact point is no more
)

// The routes on which a contact point is reached. CONTACT-5
const (
	RouteNode      = "node" // the line itself: a body, or nothing more
	RouteTelephone = "telephone"
	RouteEmergency = "emergency-telephone" // answered when the other telephone is not
	RouteMail      = "e-mail"
	RouteFax       = "fax"
	RouteRadio     = "radio"
	RouteOther     = "other"
)
