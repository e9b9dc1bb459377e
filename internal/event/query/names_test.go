package query

import (
	"testing"

	"github.com/firehall/firehall/internal/event"
)

// TestShortNames fixes what each short name means: people's saved queries hang on it.
func TestShortNames(t *testing.T) {
	for _, tt := range []struct {
		name   string
		fields []string
		sense  Sense
	}{
		{"class", []string{"classification.type"}, Lower},
		{"taxonomy", []string{"classification.taxonomy"}, Lower},
		{"ip", []string{"source.ip", "destination.ip"}, Plain},
		{"src", []string{"source.ip"}, Plain},
		{"dst", []string{"destination.ip"}, Plain},
		{"port", []string{"source.port", "destination.port"}, Plain},
		{"asn", []string{"source.asn"}, Plain},
		{"country", []string{"source.geolocation.cc"}, Upper},
		{"hostname", []string{"source.fqdn", "source.reverse_dns", "destination.fqdn"}, Lower},
		{"feed", []string{"feed.name"}, Plain},
		{"report", []string{"feed.report"}, Lower},
		{"tag", []string{"extra.tag"}, List},
		{"time", []string{"time.source"}, Plain},
		{"seen", []string{"time.arrival"}, Plain},
		{"org", []string{"attribution.organisation"}, OrganisationName},
		{"organisation", []string{"attribution.organisation"}, OrganisationName},
		{"attribution.organisation", []string{"attribution.organisation"}, Plain},
		{"rule", []string{"attribution.rule"}, Lower},
		{"intake", []string{"intake"}, Plain},
		{"classification.type", []string{"classification.type"}, Lower},
		{"extra.anything", []string{"extra.anything"}, Plain},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s, ok := Lookup(tt.name)
			if !ok || s.Sense != tt.sense || len(s.Fields) != len(tt.fields) {
				t.Fatalf("%+v, %v", s, ok)
			}
			for i, f := range s.Fields {
				if f.Name != tt.fields[i] {
					t.Errorf("field %d is %s", i, f.Name)
				}
			}
		})
	}
}

func TestEveryFieldIsAName(t *testing.T) {
	names := map[string]bool{}
	for _, n := range Names() {
		names[n] = true
	}
	for _, f := range event.Fields() {
		if s, ok := Lookup(f.Name); !ok || !names[f.Name] || s.Kind() != f.Kind {
			t.Errorf("%s is not found by its own name", f.Name)
		}
	}
}

func TestFits(t *testing.T) {
	for _, tt := range []struct {
		name, text string
		t          Text
		want       bool
	}{
		{"exact", "mirai", Text{Value: "mirai"}, true},
		{"exact minds capitals", "Mirai", Text{Value: "mirai"}, false},
		{"begins", "Mirai.b", Text{Value: "mirai", After: true}, true},
		{"does not begin", "xmirai", Text{Value: "mirai", After: true}, false},
		{"ends", "x.Example.ORG", Text{Value: ".example.org", Before: true}, true},
		{"does not end", "x.example.org.", Text{Value: ".example.org", Before: true}, false},
		{"within", "aMIRAIb", Text{Value: "mirai", Before: true, After: true}, true},
		{"anything", "", Text{Before: true, After: true}, true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.t.Fits(tt.text); got != tt.want {
				t.Errorf("got %v", got)
			}
		})
	}
}
