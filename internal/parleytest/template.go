package parleytest

// DefaultTemplate is a small agreement that most tests can live with: every
// kind that a person can send is accepted, and one signature is enough.
const DefaultTemplate = `agreement = "parley/agreement/v1"
title = { en = "Agreement for tests" }

[language]
authentic = ["en"]

[handling]
default = "TLP:AMBER"
third_party = "consent"
publication = "none"
record = "full"

[[traffic.accept]]
kind = "hotline"
versions = [1]

[[traffic.accept]]
kind = "memo"
versions = [1]

[[traffic.accept]]
kind = "contact"
versions = [1]

[[traffic.accept]]
kind = "watch"
versions = [1]

[[traffic.accept]]
kind = "call"
versions = [1]

[[traffic.accept]]
kind = "phrase"
versions = [1]

[[traffic.accept]]
kind = "translation"
versions = [1]

[[traffic.accept]]
kind = "correct"
versions = [1]

[[traffic.accept]]
kind = "incident"
versions = [1]

[[traffic.accept]]
kind = "notice"
versions = [1]

[[traffic.accept]]
kind = "vulnerability"
versions = [1]

[[traffic.accept]]
kind = "request"
versions = [1]

[[traffic.accept]]
kind = "response"
versions = [1]

[[traffic.accept]]
kind = "withdraw"
versions = [1]

[[traffic.accept]]
kind = "contest"
versions = [1]

[[traffic.accept]]
kind = "remark"
versions = [1]

[traffic.limits]
entries_per_day = 100000
bytes_per_day = 10000000000
blob_bytes = 67108864
blobs_per_entry = 32

[eyes]
grace = "1 hour"
`
