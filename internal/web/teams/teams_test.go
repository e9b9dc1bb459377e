package teams_test

import (
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/test/station"
	"github.com/firehall/firehall/test/station/asking"
)

func TestMain(m *testing.M) { os.Exit(asking.Main(m)) }

const some = "name,country,email,networks,public,full_name,host\nCERT North,FI,cert@north.example,country:FI 192.0.2.0/24,name mail,\"<script>north</script>\",'=cmd()\nCERT Far,SE,cert@far.example,,,,\n"

func filled(t *testing.T) (s *station.Station, id string) {
	t.Helper()
	s = station.Open(t, station.Options{Bare: true})
	if _, err := s.App.Teams.Import(t.Context(), s.Actor, strings.NewReader(some), team.ImportOptions{Name: "teams.csv"}); err != nil {
		t.Fatal(err)
	}
	e, err := s.App.Teams.Named(t.Context(), s.Actor, "CERT North")
	if err != nil {
		t.Fatal(err)
	}
	return s, e.Team.Organisation
}

// post sends a form, which must lead to somewhere.
func post(t *testing.T, s *station.Station, path string, v url.Values) {
	t.Helper()
	res := s.Post(t, path, v)
	_ = res.Body.Close()
	if res.StatusCode != http.StatusSeeOther {
		t.Fatalf("%s: %s", path, res.Status)
	}
}

func TestDirectory(t *testing.T) {
	s, id := filled(t)
	if page := s.Get(t, "/directory"); !strings.Contains(page, "CERT North") || !strings.Contains(page, "CERT Far") {
		t.Error("the list lacks a team")
	}
	if page := s.Get(t, "/directory?q=fi"); !strings.Contains(page, "CERT North") || strings.Contains(page, "CERT Far") {
		t.Error("the filter by country")
	}
	page := s.Get(t, "/directory/"+id)
	for _, want := range []string{"&lt;script&gt;north", "cert@north.example", "country:FI", "Networks that wait"} {
		if !strings.Contains(page, want) {
			t.Errorf("%q is not on the page", want)
		}
	}
	if strings.Contains(page, "<script>north") {
		t.Error("a script")
	}
	if csv := s.Get(t, "/directory/export?format=csv"); !strings.Contains(csv, "'=cmd()") {
		t.Errorf("%s", csv)
	}
}

func TestApproveAndSign(t *testing.T) {
	s, id := filled(t)
	e, err := s.App.Teams.Entry(t.Context(), s.Actor, id)
	if err != nil {
		t.Fatal(err)
	}
	post(t, s, "/directory/"+id+"/approve", url.Values{"network": {e.Networks[0].ID}})
	if res := s.Post(t, "/directory/"+id+"/approve", nil); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("nothing ticked: %s", res.Status)
	}
	if e, err = s.App.Teams.Entry(t.Context(), s.Actor, id); err != nil || !e.Networks[0].Approved() || e.Networks[1].Approved() {
		t.Errorf("%+v, %v", e.Networks, err)
	}
	form := url.Values{"kind": {"mou"}, "scope": {"all"}, "signed": {"2026-01-02"}, "us": {"Ada"}, "them": {"Bo"}, "until": {"2030-01-01"}, "out": {"amber"}, "in": {"red"}, "flow": {"indicators"}}
	post(t, s, "/directory/"+id+"/sign", form)
	form.Set("signed", "someday")
	if res := s.Post(t, "/directory/"+id+"/sign", form); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("no day: %s", res.Status)
	}
	list, err := s.App.Teams.Agreements(t.Context(), s.Actor, id)
	if err != nil || len(list) != 1 || list[0].SignedThem != "Bo" {
		t.Fatalf("%+v, %v", list, err)
	}
	if page := s.Get(t, "/directory/"+id); !strings.Contains(page, "Memorandum") || !strings.Contains(page, "in force") {
		t.Error("the agreement is not shown")
	}
	post(t, s, "/directory/"+id+"/end", url.Values{"agreement": {list[0].ID}, "reason": {"over"}})
	post(t, s, "/directory/"+id+"/vouch", url.Values{"how": {"rang Bo"}})
}

func TestProposals(t *testing.T) {
	s, id := filled(t)
	post(t, s, "/directory/"+id+"/propose", url.Values{"address": {"new@north.example"}, "purpose": {"security"}, "reason": {"they wrote"}})
	other := identity.System("another")
	if _, err := s.App.Teams.Propose(t.Context(), other, team.Proposal{Organisation: id, Body: &constituency.Contact{Address: "more@north.example"}, Reason: "x"}); err != nil {
		t.Fatal(err)
	}
	list, err := s.App.Teams.Proposals(t.Context(), s.Actor, id)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v, %v", list, err)
	}
	page := s.Get(t, "/directory/"+id)
	if !strings.Contains(page, "new@north.example") || strings.Count(page, `value="approve"`) != 1 {
		t.Error("one's own proposal can be approved, or the other cannot")
	}
	for _, p := range list {
		do := url.Values{"proposal": {p.ID}, "do": {"approve"}}
		if p.Proposer != "another" {
			res := s.Post(t, "/directory/"+id+"/decide", do)
			if res.StatusCode != http.StatusForbidden {
				t.Errorf("one's own: %s", res.Status)
			}
			do = url.Values{"proposal": {p.ID}, "do": {"refuse"}, "reason": {"a mistake"}}
		}
		post(t, s, "/directory/"+id+"/decide", do)
	}
	e, err := s.App.Teams.Entry(t.Context(), s.Actor, id)
	if err != nil || len(e.Contacts) != 2 {
		t.Errorf("%+v, %v", e.Contacts, err)
	}
}

func TestGroups(t *testing.T) {
	s, id := filled(t)
	if page := s.Get(t, "/directory/groups"); !strings.Contains(page, "No sharing group yet") {
		t.Error("nothing teaches the next step")
	}
	post(t, s, "/directory/groups", url.Values{"name": {"Nordic"}, "cap": {"green"}, "member": {id}})
	if page := s.Get(t, "/directory/groups"); !strings.Contains(page, "Nordic") || !strings.Contains(page, "TLP:GREEN") {
		t.Error("the group is not shown")
	}
	if res := s.Post(t, "/directory/groups", url.Values{"name": {"nordic"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("twice: %s", res.Status)
	}
}
