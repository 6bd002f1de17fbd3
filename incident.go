package parley

// KindIncident reports an incident in stages. The opening stage begins the thread;
// the later ones, and corrections, answer the stage that opened it. INCIDENT-1
const KindIncident Kind = "incident"

// The stages of an incident, in their order.
const (
	StageEarly        = "early"        // that something happened
	StageFull         = "full"         // what is known of it
	StageIntermediate = "intermediate" // how it goes on
	StageFinal        = "final"        // what it was
)
