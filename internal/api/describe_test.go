package api

import (
	"testing"

	"github.com/firehall/firehall/internal/core/clock"
)

func TestDescriptionIsMade(t *testing.T) {
	a := New(Options{Clock: clock.Real{}, Version: "1"})
	b, err := a.Description().MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	t.Log(len(b), len(a.Description().Paths))
}
