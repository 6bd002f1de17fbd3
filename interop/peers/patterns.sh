# STIX patterns: parse and match, beside the reference validator and matcher of OASIS.
# shellcheck shell=bash
export PARLEY_PEER_PYTHON=
if python stix2-patterns==2.1.2 stix2-matcher==3.0.0; then
	export PARLEY_PEER_PYTHON=$PYTHON
fi
cd internal/bench
PARLEY_COMMIT=$(git rev-parse --short HEAD) go test -count=1 -timeout 0 -run '^TestTable$' -bench.table -bench.only patterns
