package parley

// KindWithdraw takes a request back: its asker no longer needs an answer. REQUEST-9
const KindWithdraw Kind = "withdraw"
