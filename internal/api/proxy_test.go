package api_test

import (
	"net/http"
	"testing"

	"github.com/firehall/firehall/test/station"
)

// A proxy before us that asks for a password passes it on: it is no token.
func TestPasswordOfAProxyIsNoToken(t *testing.T) {
	c := call(t, station.Options{})
	for authorization, want := range map[string]int{"Basic ZHV0eTp3b3Jk": http.StatusOK, "Bearer nonsense": http.StatusUnauthorized, "bearer nonsense": http.StatusUnauthorized} {
		c.header.Set("Authorization", authorization)
		if res, text := c.do(http.MethodGet, "/me", nil); res.StatusCode != want {
			t.Errorf("%s: %s, want %d: %.200s", authorization, res.Status, want, text)
		}
	}
}
