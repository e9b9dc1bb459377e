package finding

import (
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
)

// Nobody reads a finding, or what became of it.
func TestNobodyReads(t *testing.T) {
	s := New(Options{})
	_, err := s.Get(t.Context(), identity.Actor{}, "192.0.2.1~5f3a9c")
	_, also := s.History(t.Context(), identity.Actor{}, Key{})
	for _, err := range []error{err, also} {
		if !problem.Is(err, problem.Forbidden) {
			t.Errorf("got %v", err)
		}
	}
}
