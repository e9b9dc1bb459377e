package rollup_test

import (
	"flag"
	"os"
	"testing"

	"github.com/firehall/firehall/internal/event/duck/engine"
)

// TestMain makes the test binary act as the query engine when an App starts it.
func TestMain(m *testing.M) {
	if engine.Asked() {
		os.Exit(engine.Child(os.Stdin, os.Stdout))
	}
	// Each round makes an installation: some rounds say what many would, and -rapid.checks asks for more.
	if err := flag.Set("rapid.checks", "4"); err != nil {
		panic(err)
	}
	os.Exit(m.Run())
}
