package hear

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/convert"
	"github.com/firehall/firehall/internal/sharing/stix"
)

var (
	now     = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	machine = identity.System("sharing")
	team    = identity.Actor{ID: "p1", Name: "ada", Kind: identity.Person, Via: "web", Roles: []identity.Role{identity.Manager}}
)

func peer(organisation string) identity.Actor {
	return identity.Actor{
		ID: "token:" + organisation, Name: organisation, Kind: identity.ProgramKind, Via: "api", Roles: []identity.Role{identity.Peer},
		Scopes: []identity.Scope{identity.SharingRead, identity.SharingWrite}, Organisation: organisation,
	}
}

// world is a service of sharing, and what was handed on.
type world struct {
	*testing.T
	*Hearer
	sharing *sharing.Service
	at      *clock.Fixed
	events  []string // "organisation name: field=value …" of each row
	names   []string
	reports []Told
	again   []string // "report: title"
	fails   error
}

func engines(t *testing.T, do func(w *world)) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		at := clock.At(now)
		w := &world{T: t, at: at}
		w.sharing = sharing.New(sharing.Options{
			DB: db, Clock: at, Decode: sharing.STIX(stix.Limits{Clock: at}),
			Decide: func(_ context.Context, _ identity.Actor, _ sharing.Collection, list []sharing.Candidate) (out []sharing.Verdict, err error) {
				for range list {
					out = append(out, sharing.Verdict{Allowed: true, Decision: "d"})
				}
				return out, nil
			},
			Standing: func(*sqldb.Tx, string, sharing.Collection, time.Time) (sharing.Standing, error) {
				return sharing.Standing{Member: true, May: true}, nil
			},
		})
		_, err := w.sharing.Open(t.Context(), team, sharing.Draft{Title: "Community", Alias: "community", Group: "g", CanRead: true, CanWrite: true, Label: tlp.AmberStrict})
		w.must(err)
		w.Hearer = New(Options{DB: db, Clock: at, Events: w.observed, Report: w.report, Again: w.reportAgain})
		do(w)
	})
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

func (w *world) observed(_ context.Context, organisation, name string, bundle []byte) error {
	list, bad, err := stix.Parse(strings.NewReader(string(bundle)), stix.Limits{Now: now})
	if err != nil || len(bad) > 0 {
		w.Errorf("the bundle is not sound: %v %v", bad, err)
	}
	seen, unfit := convert.Observations(list)
	for _, o := range seen {
		line := organisation
		for _, f := range o.Fields {
			if slices.Contains([]string{"source.ip", "source.fqdn", "tlp", "classification.type", "extra.observed_by"}, f.Name) {
				line += " " + f.Value
			}
		}
		w.events = append(w.events, line)
	}
	for _, u := range unfit {
		w.events = append(w.events, organisation+" unfit: "+u.Reason)
	}
	w.names = append(w.names, name)
	return w.fails
}

func (w *world) report(_ context.Context, t Told) (string, error) {
	w.reports = append(w.reports, t)
	return fmt.Sprintf("R%d", len(w.reports)), w.fails
}

func (w *world) reportAgain(_ context.Context, report string, t Told) error {
	w.again = append(w.again, fmt.Sprintf("%s: %s %v", report, t.Title, t.Revoked))
	return w.fails
}

// give has an organisation give objects; "" is the team itself.
func (w *world) give(organisation string, objects ...string) {
	w.Helper()
	in := sharing.In{Collection: "community", Origin: sharing.OriginTAXII, Unmarked: tlp.Amber, Body: strings.NewReader(`{"objects":[` + strings.Join(objects, ",") + `]}`)}
	who := peer(organisation)
	if organisation == "" {
		in.Origin, who = sharing.OriginUpload, team
	}
	st, err := w.sharing.Add(w.Context(), who, in)
	if err != nil || st.Failure > 0 {
		w.Fatal(st, err)
	}
}

func (w *world) hear() int {
	w.Helper()
	n, err := w.Hear(w.Context(), machine)
	w.must(err)
	return n
}

const zeros = "-0000-4000-8000-000000000000"

func head(typ, number, version string) string {
	return fmt.Sprintf(`"type":%q,"spec_version":"2.1","id":"%s--%s%s","created":"2026-11-20T10:00:00.000Z","modified":"2026-11-20T1%s:00:00.000Z"`, typ, typ, number, zeros, version)
}

func address(number, value string) string {
	return fmt.Sprintf(`{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--%s%s","value":%q}`, number, zeros, value)
}

func seen(number, version, of, more string) string {
	return "{" + head("observed-data", number, version) + `,"first_observed":"2026-11-20T08:00:00Z","last_observed":"2026-11-20T09:00:00Z","number_observed":1,"object_refs":["ipv4-addr--` + of + zeros + `"]` + more + "}"
}

// What a team observed comes into its feed, once, under its label, also where what it refers to came before; what the team itself put there does not.
func TestObservations(t *testing.T) {
	engines(t, func(w *world) {
		w.give("north", address("0000000a", "198.51.100.7"), "{"+head("identity", "0000000b", "0")+`,"name":"CERT North"}`)
		w.give("", address("0000000c", "198.51.100.8"), seen("0000000c", "0", "0000000c", ""))
		if n := w.hear(); n != 0 || len(w.events) > 0 {
			t.Errorf("%d, %v", n, w.events)
		}
		w.give("north", seen("0000000d", "0", "0000000a", `,"labels":["rsit:scanner"],"created_by_ref":"identity--0000000b`+zeros+`"`))
		w.give("south", address("0000000f", "198.51.100.8"), seen("0000000e", "0", "0000000f", `,"object_marking_refs":["`+stix.RefTLP(tlp.Green)+`"]`))
		if n := w.hear(); n != 2 {
			t.Errorf("%d objects", n)
		}
		// A label of less than what it counts as is never written; what has none counts as TLP:AMBER.
		want := []string{"north scanner amber CERT North 198.51.100.7", "south green 198.51.100.8"}
		if slices.Sort(w.events); !slices.Equal(w.events, want) {
			t.Errorf("%q", w.events)
		}
		if n := w.hear(); n != 0 || len(w.events) != 2 {
			t.Errorf("again: %d, %v", n, w.events)
		}
	})
}

// Nobody learns by referring to what others keep: only what the organisation gave itself, what is ours, and what says what it is by its id.
func TestReferencesToOthers(t *testing.T) {
	engines(t, func(w *world) {
		w.give("north", address("0000000a", "198.51.100.7"), "{"+head("indicator", "0000000b", "0")+`,"pattern":"[ipv4-addr:value = '198.51.100.9']","pattern_type":"stix","valid_from":"2026-11-01T00:00:00Z"}`)
		w.give("south", seen("0000000c", "0", "0000000a", ""), "{"+head("sighting", "0000000d", "0")+`,"sighting_of_ref":"indicator--0000000b`+zeros+`"}`)
		if w.hear(); len(w.events) != 0 {
			t.Errorf("%q", w.events)
		}
		derived, err := stix.Name("ipv4-addr", &stix.IPv4Address{Value: "198.51.100.10"})
		w.must(err)
		w.give("north", `{"type":"ipv4-addr","spec_version":"2.1","id":"`+derived+`","value":"198.51.100.10"}`)
		w.give("south", strings.Replace(seen("000000ca", "0", "0000000a", ""), "ipv4-addr--0000000a"+zeros, derived, 1))
		if w.hear(); w.events[len(w.events)-1] != "south amber 198.51.100.10" {
			t.Errorf("what an id says itself: %q", w.events)
		}
		w.at.Advance(patience + time.Second)
		w.hear()
		if slices.Sort(w.events); len(w.events) != 3 || !strings.Contains(w.events[1], "south unfit") || !strings.Contains(w.events[2], "south unfit") {
			t.Errorf("%q", w.events)
		}
	})
}

// A process that dies between handing on and noting it hands the same on again; one that was failed does so until it is taken.
func TestFailures(t *testing.T) {
	engines(t, func(w *world) {
		w.give("north", address("0000000a", "198.51.100.7"), seen("0000000d", "0", "0000000a", ""), "{"+head("incident", "0000000e", "0")+`,"name":"Break-in"}`)
		w.fails = problem.New(problem.Unavailable, "the disk is full")
		for range 2 {
			if _, err := w.Hear(t.Context(), machine); !problem.Is(err, problem.Unavailable) {
				t.Fatal(err)
			}
		}
		w.fails = nil
		w.hear()
		if len(w.names) != 3 || w.names[0] != w.names[2] || len(w.reports) != 1 {
			t.Errorf("%v %v", w.names, w.reports)
		}
		w.fails = problem.New(problem.Invalid, "nothing of it can be read")
		w.give("north", seen("0000000d", "1", "0000000a", ""))
		if n := w.hear(); n != 1 {
			t.Errorf("what nobody can take holds up the rest: %d", n)
		}
		if _, err := w.Hear(t.Context(), team); !problem.Is(err, problem.Forbidden) {
			t.Error(err)
		}
	})
}

// An incident is a report, its versions are messages to it, and an old version says nothing.
func TestIncidents(t *testing.T) {
	engines(t, func(w *world) {
		incident := func(version, name, more string) string {
			return "{" + head("incident", "0000000e", version) + `,"name":"` + name + `","description":"They came by the VPN.","object_marking_refs":["` + stix.RefTLP(tlp.AmberStrict) + `","` + stix.RefPAP(tlp.PAPRed) + `"]` + more + "}"
		}
		relation := "{" + head("relationship", "0000000f", "0") + `,"relationship_type":"related-to","source_ref":"incident--0000000e` + zeros + `","target_ref":"ipv4-addr--0000000a` + zeros + `"}`
		w.give("north", address("0000000a", "198.51.100.7"), incident("1", "Break-in", ""), relation)
		w.hear()
		if len(w.reports) != 1 {
			t.Fatalf("%+v", w.reports)
		}
		r := w.reports[0]
		if r.Organisation != "north" || r.Title != "Break-in" || r.Summary != "They came by the VPN." || r.Label != tlp.AmberStrict || r.Handling.PAP == nil || *r.Handling.PAP != tlp.PAPRed ||
			!slices.Equal(r.Related, []string{"related-to: ip 198.51.100.7"}) || !strings.Contains(string(r.Bundle), "198.51.100.7") {
			t.Errorf("%+v", r)
		}
		w.give("north", incident("0", "Older", ""))
		w.give("north", incident("2", "Break-in at two", ""))
		w.give("north", incident("3", "Break-in at two", `,"revoked":true`))
		w.hear()
		if len(w.reports) != 1 || !slices.Equal(w.again, []string{"R1: Break-in at two false", "R1: Break-in at two true"}) {
			t.Errorf("%d reports, %v", len(w.reports), w.again)
		}
		// Another organisation's incident of another id, taken back before anybody heard of it.
		w.give("south", "{"+head("incident", "000000aa", "0")+`,"name":"Nothing","revoked":true}`)
		if w.hear(); len(w.reports) != 1 {
			t.Errorf("%+v", w.reports)
		}
	})
}

// More than one stretch is handed on, and each object once.
func TestStretches(t *testing.T) {
	engines(t, func(w *world) {
		list := []string{address("0000000a", "198.51.100.7")}
		for i := range stride + 200 {
			list = append(list, seen(fmt.Sprintf("%08x", i+0x100), "0", "0000000a", ""))
		}
		w.give("north", list...)
		if n := w.hear(); n != stride+200 || len(w.events) != stride+200 || len(w.names) != 2 {
			t.Errorf("%d handed on, %d events, %v", n, len(w.events), w.names)
		}
	})
}

// Two that hand on at the same time: one of them is told, and nothing is skipped.
func TestTwoHearers(t *testing.T) {
	engines(t, func(w *world) {
		w.give("north", address("0000000a", "198.51.100.7"), seen("0000000d", "0", "0000000a", ""))
		w.Events = func(ctx context.Context, organisation, name string, bundle []byte) error {
			w.Events = w.observed
			return errors.Join(w.observed(ctx, organisation, name, bundle), func() error { _, err := w.Hear(ctx, machine); return err }())
		}
		if _, err := w.Hear(t.Context(), machine); !problem.Is(err, problem.Conflict) {
			t.Error(err)
		}
		if n := w.hear(); n != 0 || len(w.events) != 2 {
			t.Errorf("%d, %v", n, w.events)
		}
	})
}
