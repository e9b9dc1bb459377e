package triage

import (
	"context"
	"errors"
	"testing"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/indicator"
)

// What a report names is looked for among what was observed; what many incidents have, or only a host of it, names none.
func TestObserved(t *testing.T) {
	tr := open(t)
	for name, c := range map[string]struct {
		seen []Seen
		want string // incident
	}{
		"the same":        {[]Seen{{"i1", indicator.Domain, "evil.com", false, 1}}, "i1"},
		"a host":          {[]Seen{{"i1", indicator.URL, "https://evil.com/a", true, 1}}, ""},
		"two hosts":       {[]Seen{{"i1", indicator.URL, "https://evil.com/a", true, 1}, {"i1", indicator.URL, "https://evil.com/b", true, 1}}, "i1"},
		"many have it":    {[]Seen{{"i1", indicator.Domain, "evil.com", false, 15}}, ""},
		"a vulnerability": {[]Seen{{"i1", indicator.CVE, "CVE-2024-3094", false, 1}}, ""},
		"none":            {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			tr.o.Observed = func(_ context.Context, actor identity.Actor, found []indicator.Indicator) ([]Seen, error) {
				if actor.Kind != identity.SystemKind || len(found) == 0 {
					t.Errorf("asked by %+v of %d", actor, len(found))
				}
				return c.seen, nil
			}
			a := assess(t, tr, Report{ID: "r-" + name, Text: "https://evil.com/a CVE-2024-3094"})
			got := ""
			for _, s := range a.Similar {
				if s.Incident == "" {
					continue
				}
				got = s.Incident
				if s.Why[0].Code != "similar.observed" || s.Score < leastSame {
					t.Errorf("%+v", s)
				}
			}
			if got != c.want {
				t.Errorf("%+v", a.Similar)
			}
		})
	}
}

func TestPreviewAsksNobodyWhatWasObserved(t *testing.T) {
	tr := open(t)
	tr.o.Observed = func(context.Context, identity.Actor, []indicator.Indicator) ([]Seen, error) {
		return nil, errors.New("asked")
	}
	if _, err := tr.Preview(t.Context(), Report{Text: "evil.com"}); err != nil {
		t.Error(err)
	}
	if _, err := tr.Assess(t.Context(), Report{ID: "r", Text: "evil.com"}); err == nil {
		t.Error("what fails is not told")
	}
}
