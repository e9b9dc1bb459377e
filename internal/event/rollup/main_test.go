package rollup_test

import (
	"os"
	"testing"

	"github.com/firehall/firehall/internal/event/duck"
)

// TestMain makes the test binary act as the query engine when an App starts it.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "__duck" || os.Getenv(duck.Variable) != "" {
		os.Exit(duck.Child(os.Stdin, os.Stdout))
	}
	os.Exit(m.Run())
}
