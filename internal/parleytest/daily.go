package parleytest

// Daily is an agreement with the words, clocks and promises of daily work: every
// kind with a form is accepted, and requests are owed an answer.
const Daily = DefaultTemplate + `
[[traffic.accept]]
kind = "intel"
versions = [1]

[[traffic.accept]]
kind = "sighting"
versions = [1]

[[traffic.accept]]
kind = "recall"
versions = [1]

[[legal.article]]
id = "2"
title = { en = "Refrain" }
text = { en = "Neither party attacks the other." }

[[legal.article]]
id = "3"
title = { en = "Assist" }
text = { en = "Each party answers an appropriate request of the other." }

[[words.threat]]
id = "intrusion"
title = { en = "Unauthorised access" }

[[words.refusal]]
id = "law"
title = { en = "Not permitted by our law" }
article = "3"

[[words.refusal]]
id = "burden"
title = { en = "Out of proportion to our means" }
article = "3"

[[words.severity]]
id = "low"
title = { en = "Low" }

[[words.severity]]
id = "high"
title = { en = "High" }

[[clock]]
id = "urgent"
title = { en = "An urgent request is answered" }
length = "4 hours"
starts = "delivered"
proven = "addressee"
calendar = "utc"

[[clock]]
id = "request"
title = { en = "A request is answered" }
length = "3 working days"
starts = "delivered"
proven = "addressee"
calendar = "owing"

[[clock]]
id = "incident-full"
title = { en = "An early warning is followed by a notification" }
length = "72 hours"
starts = "sent"
proven = "author"
calendar = "author"

[[clock]]
id = "incident-final"
title = { en = "A notification is followed by a final report" }
length = "1 month"
starts = "sent"
proven = "author"
calendar = "author"

[[promises.commitment]]
id = "follow-early"
title = { en = "An early warning is followed by a notification within 72 hours" }
article = "3"
sort = "answer"
kinds = ["incident"]
steps = ["early"]
next = ["full", "final"]
clock = "incident-full"

[[promises.commitment]]
id = "follow-full"
title = { en = "A notification is followed by a final report within a month" }
article = "3"
sort = "answer"
kinds = ["incident"]
steps = ["full"]
next = ["final"]
clock = "incident-final"

[[promises.commitment]]
id = "urgent-requests"
title = { en = "Urgent requests are answered within four hours" }
article = "3"
sort = "answer"
kinds = ["request"]
precedences = ["flash", "immediate"]
clock = "urgent"

[[promises.commitment]]
id = "requests"
title = { en = "Requests are answered within three working days" }
article = "3"
sort = "answer"
kinds = ["request"]
clock = "request"
`
