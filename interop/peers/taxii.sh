# TAXII 2.1 servers: objects in and out, the first page, memory; beside medallion and OpenTAXII.
# shellcheck shell=bash
export PARLEY_PEER_TAXII=
if python medallion==3.0.0 opentaxii==0.9.3 sqlalchemy==1.4.54; then
	PARLEY_PEER_TAXII=$PYTHON
fi
cd internal/bench
PARLEY_COMMIT=$(git rev-parse --short HEAD) go test -count=1 -timeout 0 -run '^TestTable$' -bench.table -bench.only taxii
