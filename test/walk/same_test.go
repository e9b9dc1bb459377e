package walk

import (
	"fmt"
	"regexp"
)

// What differs in every answer: what an error's page names the request by, and what time it is.
var (
	requestID = regexp.MustCompile(`\b[0-9a-f]{16}\b|\b01[0-9a-z]{24}\b`)
	sealed    = regexp.MustCompile(`[0-9A-Za-z_-]{80,}|since=[0-9]+`)
	moment    = regexp.MustCompile(`20\d\d-\d\d-\d\d[T ]\d\d:\d\d:\d\d|\d\d:\d\d`)
)

// difference shows where two texts part.
func difference(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			from := max(0, i-60)
			return fmt.Sprintf("\n%q\n%q", a[from:min(len(a), i+120)], b[from:min(len(b), i+120)])
		}
	}
	return fmt.Sprintf(": %d bytes and %d", len(a), len(b))
}
