//go:build tools

package interop

import (
	_ "filippo.io/age/cmd/age"
	_ "filippo.io/age/cmd/age-keygen"
	_ "filippo.io/age/extra/age-plugin-pq"
)
