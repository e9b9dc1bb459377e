package observable

import (
	"slices"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
)

// What is kept of one value is found by another as observables are.
func TestMarks(t *testing.T) {
	s := &Service{}
	for name, c := range map[string]struct {
		kept, asked string
		found       bool
	}{
		"the same":          {"hxxp://www.evil[.]net/a", "http://www.evil.net/a", true},
		"on its host":       {"http://www.evil.net/a", "www.evil.net", true},
		"beneath a domain":  {"http://www.evil.net/a", "evil.net", true},
		"the domain of one": {"evil.net", "http://www.evil.net/b", true},
		"a network":         {"192.0.2.10", "192.0.2.0/24", true},
		"in a network":      {"192.0.2.0/24", "192.0.2.10", true},
		"another":           {"evil.net", "evil.org", false},
		"a public suffix":   {"www.evil.co.uk", "co.uk", false},
		"another network":   {"192.0.2.10", "198.51.100.0/24", false},
	} {
		t.Run(name, func(t *testing.T) {
			kept, err := s.Marks(c.kept)
			if err != nil {
				t.Fatal(err)
			}
			asked, err := s.Marks(c.asked)
			if err != nil {
				t.Fatal(err)
			}
			found := slices.Contains(asked.Around, kept.Own)
			for _, m := range append([]int64{kept.Own}, kept.Lies...) {
				found = found || slices.Contains(asked.Asked, m)
			}
			if found != c.found {
				t.Errorf("%+v asked by %+v: %t", kept, asked, found)
			}
		})
	}
	if _, err := s.Marks("what is it"); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
}
