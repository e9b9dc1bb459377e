package desk

import (
	"context"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/rdap"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/release"
)

// A registry is asked on a wish that was decided about, and not otherwise.
func TestRegistered(t *testing.T) {
	who := identity.Actor{ID: "ada", Kind: identity.Person, Roles: []identity.Role{identity.DutyOfficer}}
	for name, c := range map[string]struct {
		text, incident string
		answer         error
		allowed, known bool
		asks           int
		err            problem.Kind
	}{
		"a domain":         {"www.evil[.]net", "", nil, true, true, 1, 0},
		"an AS number":     {"AS64500", "", nil, true, true, 1, 0},
		"forbidden":        {"192.0.2.1", "I-RED", nil, false, false, 0, 0},
		"unknown":          {"192.0.2.1", "", problem.New(problem.NotFound, "no"), true, false, 1, 0},
		"silent":           {"192.0.2.1", "", problem.New(problem.Unavailable, "no"), true, false, 1, problem.Unavailable},
		"a hash":           {"d41d8cd98f00b204e9800998ecf8427e", "", nil, false, false, 0, problem.Invalid},
		"words":            {"what is it", "", nil, false, false, 0, problem.Invalid},
		"no such incident": {"192.0.2.1", "I-NONE", nil, false, false, 0, problem.NotFound},
	} {
		t.Run(name, func(t *testing.T) {
			asks := 0
			d := New(Options{Registry: Registries{
				Ask: func(context.Context, constituency.Asked) (rdap.Answer, error) {
					asks++
					return rdap.Answer{Name: "EVIL"}, c.answer
				},
				Allow: func(_ context.Context, _ identity.Actor, _, incident string) (release.Decision, error) {
					if incident == "I-NONE" {
						return release.Decision{}, problem.New(problem.NotFound, "no")
					}
					return release.Decision{Allowed: incident == "", Rule: "rule"}, nil
				},
			}})
			got, err := d.Registered(t.Context(), who, c.text, c.incident)
			if c.err != 0 && !problem.Is(err, c.err) || c.err == 0 && err != nil {
				t.Fatal(err)
			}
			if asks != c.asks || got.Allowed != c.allowed || got.Known != c.known {
				t.Errorf("%d asked, %+v", asks, got)
			}
		})
	}
	if _, err := New(Options{}).Registered(t.Context(), who, "192.0.2.1", ""); !problem.Is(err, problem.Unavailable) {
		t.Errorf("without registries: %v", err)
	}
	if _, err := New(Options{}).Registered(t.Context(), identity.Actor{}, "192.0.2.1", ""); !problem.Is(err, problem.Forbidden) {
		t.Errorf("nobody: %v", err)
	}
}
