// Package asking is for tests with stations that are asked about events: their binary is the query engine too.
package asking

import (
	"os"
	"testing"

	"github.com/firehall/firehall/internal/event/duck/engine"
	"github.com/firehall/firehall/test/station"
)

// Main is station.Main for TestMain of packages whose stations need the query engine.
func Main(m *testing.M) int {
	if engine.Asked() {
		return engine.Child(os.Stdin, os.Stdout)
	}
	return station.Main(m)
}
