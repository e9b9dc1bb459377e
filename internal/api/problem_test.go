package api_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/test/station"
)

// What was wrong is told, and not sent back.
func TestProblemsAreShort(t *testing.T) {
	c := call(t, station.Options{})
	for name, body := range map[string]any{
		"no JSON": strings.Repeat("[", 900_000), "a long value": object{"kind": strings.Repeat("x", 900_000), "reason": "r"},
		"a long name": object{"kind": "all", "reason": "r", strings.Repeat("x", 900_000): 1}, "many faults": object{"ids": slices.Repeat([]any{1}, 200_000)},
	} {
		path := "/stops"
		if name == "many faults" {
			path = "/findings/moves"
		}
		if res, text := c.do(http.MethodPost, path, body); res.StatusCode/100 != 4 || len(text) > 20_000 {
			t.Errorf("%s: %s, %d bytes", name, res.Status, len(text))
		}
	}
}
