package parley

// KindContest says of a request that it does not belong here, or was answered on
// another channel. REQUEST-10
const KindContest Kind = "contest"
