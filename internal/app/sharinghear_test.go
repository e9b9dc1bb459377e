package app

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/sharing"
	"github.com/firehall/firehall/internal/sharing/stix"
)

const heardZeros = "-0000-4000-8000-000000000000"

// heardObjects are an observation and an incident as another team gives them.
func heardObjects(at time.Time, version string) string {
	made := `"spec_version":"2.1","created":"` + at.Format("2006-01-02T15:04:05.000Z") + `","modified":"` + at.Format("2006-01-02T15:04:05.") + version + `Z"`
	seen := at.Format(time.RFC3339)
	return `{"objects":[
		{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--0000000a` + heardZeros + `","value":"8.8.4.9"},
		{"type":"observed-data","id":"observed-data--0000000a` + heardZeros + `",` + made + `,"first_observed":"` + seen + `","last_observed":"` + seen + `","number_observed":1,
			"object_refs":["ipv4-addr--0000000a` + heardZeros + `"],"labels":["rsit:scanner"]},
		{"type":"observed-data","id":"observed-data--0000000b` + heardZeros + `",` + made + `,"first_observed":"` + seen + `","last_observed":"` + seen + `","number_observed":1,
			"object_refs":["ipv4-addr--000000ff` + heardZeros + `"]},
		{"type":"incident","id":"incident--0000000a` + heardZeros + `",` + made + `,"name":"Break-in version ` + version + `","object_marking_refs":["` + stix.RefTLP(tlp.Amber) + `","` + stix.RefPAP(tlp.PAPRed) + `"]}]}`
}

// What a team gives by TAXII is taken as it is: its observations are events of a feed of its own, of which one cannot be used and is set aside, its incident is
// a report under its label, and a new version of that a message to it.
func TestWhatAPeerGivesByTAXII(t *testing.T) {
	s := openShared(t)
	s.agree()
	ctx, system := t.Context(), identity.System("test")
	at := time.Now().Add(-time.Hour).UTC().Truncate(time.Second)
	give := func(version string) {
		t.Helper()
		if w := s.ask("POST", "/taxii2/firehall/collections/community/objects/", heardObjects(at, version)); w.Code != 202 {
			t.Fatalf("give: %d %s", w.Code, w.Body)
		}
		for range 2 { // the second time there is nothing to hand on
			s.must(s.a.hearShared(ctx))
		}
	}
	give("001")
	list, err := s.a.Feeds.List(ctx, system, peerFeeds+s.org, 10)
	if err != nil || len(list) != 1 || list[0].Door != sharedDoor {
		t.Fatalf("%+v, %v", list, err)
	}
	if _, err := s.a.Feeds.Process(ctx, system, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if list, err = s.a.Feeds.List(ctx, system, peerFeeds+s.org, 10); err != nil || list[0].State != feed.Done || list[0].Counts.Events != 1 || list[0].Counts.SetAside != 0 {
		t.Fatalf("%+v, %v", list, err)
	}
	later := `{"objects":[{"type":"ipv4-addr","spec_version":"2.1","id":"ipv4-addr--000000ff` + heardZeros + `","value":"8.8.4.10"}]}`
	if w := s.ask("POST", "/taxii2/firehall/collections/community/objects/", later); w.Code != 202 {
		t.Fatalf("give: %d %s", w.Code, w.Body)
	}
	s.must(s.a.hearShared(ctx))
	if list, err = s.a.Feeds.List(ctx, system, peerFeeds+s.org, 10); err != nil || len(list) != 2 {
		t.Fatalf("what it waited for came: %+v, %v", list, err)
	}
	if _, err := s.a.Feeds.Process(ctx, system, list[0].ID); err != nil {
		t.Fatal(err)
	}
	if list, err = s.a.Feeds.List(ctx, system, peerFeeds+s.org, 10); err != nil || list[0].Counts.Events != 1 || list[0].Counts.SetAside != 0 {
		t.Errorf("%+v, %v", list, err)
	}
	reports, err := s.a.Incidents.Reports(ctx, system, incident.Filter{})
	if err != nil || len(reports.Items) != 1 {
		t.Fatalf("%+v, %v", reports, err)
	}
	give("002")
	give("001")
	r, err := s.a.Incidents.Report(ctx, system, reports.Items[0].ID)
	if err != nil || r.Door != incident.Shared || r.Subject != "Break-in version 001" || r.TLP != tlp.Amber || r.Answers.PAP != tlp.PAPRed || r.Reporter.Name != "CERT-NL" || r.Reporter.Verified != incident.ByToken || len(r.Files) != 2 {
		t.Errorf("%+v, %v", r, err)
	}
	if !slices.ContainsFunc(r.Messages, func(m incident.Message) bool {
		return m.Direction == incident.In && m.Subject == "Break-in version 002"
	}) || len(r.Messages) != 1 {
		t.Errorf("%+v", r.Messages)
	}
	if again, err := s.a.Incidents.Reports(ctx, system, incident.Filter{}); err != nil || len(again.Items) != 1 {
		t.Errorf("%+v, %v", again, err)
	}
}

// A feed of the configuration takes the place of the one that a team would have.
func TestPeersFeed(t *testing.T) {
	const north, south = "01m80s0000000000000000000a", "01m80s0000000000000000000b"
	a := configured(t, "[feeds.cert-north]\nformat = \"stix\"\ntlp = \"green\"\npeer = \""+north+"\"\n")
	for organisation, want := range map[string]string{north: "cert-north", south: "peer-" + south} {
		name := a.peerFeed(organisation)
		f, terms, err := a.format(name)
		if err != nil || name != want || f.Name() != "stix" || (terms.TLP == "green") != (organisation == north) {
			t.Errorf("%s: %s, %+v, %v", organisation, name, terms, err)
		}
	}
	if _, _, err := a.format("peer-nobody"); err == nil {
		t.Error("a feed of nobody is known")
	}
}

// What somebody puts into a group's collection by hand must not bring along whom an incident happened to, in which the same stands.
func TestOwnUploadIsLookedThrough(t *testing.T) {
	s := openShared(t)
	s.agree()
	i := s.incidentAbout("Klinikum Nord")
	made := `"spec_version":"2.1","created":"2026-11-20T10:00:00.000Z","modified":"2026-11-20T10:00:00.000Z","valid_from":"2026-11-20T10:00:00Z","pattern_type":"stix"`
	for name, c := range map[string]struct {
		number, pattern, description string
		goes                         bool
	}{
		"of its own":            {"01", "[domain-name:value = 'other.example']", "A gate, seen at Klinikum Nord", true}, // nothing ties it to an incident
		"of an incident":        {"02", "[domain-name:value = 'evil.example']", "A gate", true},
		"with the victim":       {"03", "[domain-name:value = 'evil.example']", "Seen at the KLINIKUM-NORD", false},
		"with the reporter":     {"04", "[domain-name:value = 'evil.example']", "Zelda Quickthorn saw it", false},
		"with the number":       {"05", "[domain-name:value = 'evil.example']", "See " + i.Ref, false},
		"the victim's address":  {"06", "[ipv4-addr:value = '198.51.100.7']", "A machine", false},
		"a URL there, and whom": {"07", "[url:value = 'http://evil.example/gate']", "Klinikum Nord", false},
	} {
		body := `{"objects":[{"type":"indicator","id":"indicator--000000` + c.number + heardZeros + `",` + made + `,"pattern":"` + c.pattern + `","description":"` + c.description + `"}]}`
		st, err := s.a.Sharing.Add(t.Context(), handler, sharing.In{Collection: "community", Origin: sharing.OriginUpload, Unmarked: tlp.Green, Body: strings.NewReader(body)})
		s.must(err)
		if st.New == 1 != c.goes || st.Failure == 0 != c.goes {
			t.Errorf("%s: %+v", name, st)
		}
	}
}
