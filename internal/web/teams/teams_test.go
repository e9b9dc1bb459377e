package teams_test

import (
	"bytes"
	"io"
	"mime/multipart"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/constituency/team"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/test/station"
)

func TestMain(m *testing.M) { os.Exit(station.Main(m)) }

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

// Beside the button stands which claims are ours, too.
func TestClaimOfWhatIsOurs(t *testing.T) {
	s, id := filled(t)
	if page := s.Get(t, "/directory/"+id); strings.Contains(page, "country:FI covers") {
		t.Error("a warning about nothing")
	}
	if _, err := s.App.Register.AddOrganisation(t.Context(), s.Actor, constituency.Organisation{Name: "City", Kind: constituency.Constituent, Country: "FI"}); err != nil {
		t.Fatal(err)
	}
	if page := s.Get(t, "/directory/"+id); !strings.Contains(page, "country:FI covers what is ours to handle (City).") {
		t.Error("nobody is warned")
	}
	e, err := s.App.Teams.Entry(t.Context(), s.Actor, id)
	if err != nil {
		t.Fatal(err)
	}
	form := url.Values{}
	for _, n := range e.Networks {
		form.Add("network", n.ID)
	}
	res := s.Post(t, "/directory/"+id+"/approve", form)
	if page, err := io.ReadAll(res.Body); err != nil || res.StatusCode != http.StatusUnprocessableEntity || strings.Count(string(page), `name="network"`) != strings.Count(string(page), " checked") {
		t.Errorf("%s, %v: %s", res.Status, err, page)
	}
	form.Set("also", "1")
	post(t, s, "/directory/"+id+"/approve", form)
	if e, err = s.App.Teams.Entry(t.Context(), s.Actor, id); err != nil || !e.Networks[0].Approved() {
		t.Errorf("%+v, %v", e.Networks, err)
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

// upload sends a file to the form and gives the status, and where it leads to or what it shows.
func upload(t *testing.T, s *station.Station, field, name, text string) (status int, at, body string) {
	t.Helper()
	var b bytes.Buffer
	form := multipart.NewWriter(&b)
	if err := form.WriteField("format", ""); err != nil {
		t.Fatal(err)
	}
	part, err := form.CreateFormField(field)
	if name != "" {
		part, err = form.CreateFormFile(field, name)
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := part.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/directory/import", &b)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", form.FormDataContentType())
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := s.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, res.Header.Get("Location"), string(page)
}

// TestImportIsLookedAtFirst shows what a file changes before it does, and again if the directory changed meanwhile.
func TestImportIsLookedAtFirst(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	status, at, body := upload(t, s, "file", "north.csv", some+"Bad <b>Row</b>,ZZZ,,,,,\n")
	if status != http.StatusSeeOther {
		t.Fatal(status, body)
	}
	contains(t, s.Get(t, at), "CERT North", "cert@far.example", "Teams set aside", "Bad &lt;b&gt;Row", "Nothing is changed yet")
	contains(t, s.Get(t, "/directory/import"), "north.csv")
	if status, there, _ := upload(t, s, "text", "", "name,country\nCERT Far,SE\n"); status != http.StatusSeeOther {
		t.Fatal(status)
	} else {
		post(t, s, strings.Replace(there, "/difference", "/apply", 1), nil)
	}
	post(t, s, strings.Replace(at, "/difference", "/apply", 1), nil)
	contains(t, s.Get(t, at), "was changed in between", "New contact", "Nothing is changed yet")
	post(t, s, strings.Replace(at, "/difference", "/apply", 1), nil)
	contains(t, s.Get(t, at), "Something waits", "were made")
	contains(t, s.Get(t, "/directory"), "CERT North")
	if res := s.Post(t, strings.Replace(at, "/difference", "/apply", 1), nil); res.StatusCode != http.StatusConflict {
		t.Errorf("twice: %s", res.Status)
	}
	for _, bad := range []struct{ field, name, text, want string }{
		{"text", "", "<script>what I typed", "&lt;script&gt;what I typed"}, {"text", "", "  ", "Choose a file"}, {"file", "a.json", "{", "JSON"},
	} {
		if status, _, page := upload(t, s, bad.field, bad.name, bad.text); status != http.StatusUnprocessableEntity || !strings.Contains(page, bad.want) {
			t.Errorf("%q: %d, %q is not there", bad.text, status, bad.want)
		}
	}
}

func contains(t *testing.T, page string, want ...string) {
	t.Helper()
	for _, w := range want {
		if !strings.Contains(page, w) {
			t.Errorf("%q is not on the page", w)
		}
	}
}

// TestEdit changes an entry; what cannot be, and what somebody else changed meanwhile, is shown with what was typed.
func TestEdit(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	res := s.Post(t, "/directory/new", url.Values{"name": {"CERT New"}, "country": {"FI"}})
	at := res.Header.Get("Location")
	if res.StatusCode != http.StatusSeeOther || !strings.HasSuffix(at, "/edit") {
		t.Fatal(res.Status, at)
	}
	if res := s.Post(t, "/directory/new", url.Values{"name": {"cert new"}}); res.StatusCode != http.StatusUnprocessableEntity {
		t.Errorf("twice: %s", res.Status)
	}
	contains(t, s.Get(t, at), "CERT New", `name="version" value="1"`)
	form := url.Values{
		"version": {"1"}, "handling": {"amber"}, "hours": {"08–16"}, "zone": {"Europe/Helsinki"}, "languages": {"fi, en"}, "membership": {"first"}, "sector": {"energy"},
		"public": {"name", "mail"}, "direct": {"1"}, "policy": {"javascript:alert(1)"}, "serves": {"<script>all</script>"},
	}
	bad := s.Post(t, at, form)
	if page := read(t, bad); bad.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "08–16") || !strings.Contains(page, "&lt;script&gt;all") {
		t.Errorf("a script as a link: %s", bad.Status)
	}
	form.Set("policy", "https://cert.example/rfc2350")
	post(t, s, at, form)
	id := strings.TrimSuffix(strings.TrimPrefix(at, "/directory/"), "/edit")
	got, err := s.App.Teams.Get(t.Context(), s.Actor, id)
	if err != nil || !got.Direct || got.Handling != tlp.Amber || len(got.Languages) != 2 || len(got.Public) != 2 || got.Version != 2 {
		t.Errorf("%+v, %v", got, err)
	}
	form.Set("hours", "my own")
	late := s.Post(t, at, form)
	if page := read(t, late); late.StatusCode != http.StatusConflict || !strings.Contains(page, "my own") || !strings.Contains(page, `name="version" value="2"`) {
		t.Errorf("somebody was faster: %s", late.Status)
	}
}

func read(t *testing.T, res *http.Response) string {
	t.Helper()
	page, err := io.ReadAll(res.Body)
	_ = res.Body.Close()
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// TestGroupChanges changes the members and the cap of a group, by boxes and by name, and takes it away.
func TestGroupChanges(t *testing.T) {
	s, id := filled(t)
	post(t, s, "/directory/groups", url.Values{"name": {"Nordic"}, "cap": {"green"}, "more": {"cert far\n\n"}})
	list, err := s.App.Teams.Groups(t.Context(), s.Actor)
	if err != nil || len(list) != 1 || len(list[0].Members) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	at := "/directory/groups/" + list[0].ID
	contains(t, s.Get(t, at+"/edit"), "CERT North", "Nordic")
	unknown := s.Post(t, at+"/edit", url.Values{"version": {"1"}, "name": {"Nordic"}, "more": {"<b>Nobody"}})
	if page := read(t, unknown); unknown.StatusCode != http.StatusUnprocessableEntity || !strings.Contains(page, "&lt;b&gt;Nobody") {
		t.Errorf("%s", unknown.Status)
	}
	post(t, s, at+"/edit", url.Values{"version": {"1"}, "name": {"Baltic"}, "cap": {"amber"}, "member": {id}})
	g, err := s.App.Teams.Group(t.Context(), s.Actor, list[0].ID)
	if err != nil || g.Name != "Baltic" || len(g.Members) != 1 || g.Members[0] != id {
		t.Errorf("%+v, %v", g, err)
	}
	if res := s.Post(t, at+"/remove", url.Values{"version": {"1"}}); res.StatusCode != http.StatusConflict {
		t.Errorf("an old version: %s", res.Status)
	}
	post(t, s, at+"/remove", url.Values{"version": {"2"}})
	contains(t, s.Get(t, "/directory/groups"), "No sharing group yet")
}
