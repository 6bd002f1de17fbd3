package parley

// KindResponse is what an addressee of a request says to it.
const KindResponse Kind = "response"

// The steps of a response. REQUEST-6
const (
	ResponseAcknowledge  = "acknowledge"   // it was read; admits nothing
	ResponseOffer        = "offer"         // what can be done: time frame, nature, scope, terms
	ResponseProgress     = "progress"      // how far it is
	ResponseResult       = "result"        // what was asked for, or what came of it
	ResponseRefuse       = "refuse"        // with a ground of the agreement
	ResponseCannotEnsure = "cannot-ensure" // it is not in our hands
)
