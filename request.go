package parley

// KindRequest asks another party for something under an article of the agreement.
const KindRequest Kind = "request"

// The steps of a request: what is asked for. REQUEST-2
const (
	RequestInformation  = "information"
	RequestAssistance   = "assistance"
	RequestMitigation   = "mitigation"
	RequestPreservation = "preservation"
	RequestEmergency    = "emergency-disclosure"
)
