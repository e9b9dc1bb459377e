package team

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
)

// importFile imports a file of testdata.
func (h *hall) importFile(name string, o ImportOptions) Report {
	h.t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		h.t.Fatal(err)
	}
	o.Name = name
	rep, err := h.Import(ctx, ada, bytes.NewReader(data), o)
	if err != nil {
		h.t.Fatal(err)
	}
	return rep
}

// reasons are what an import said about what it did not take.
func reasons(list []Rejected) string {
	var out []string
	for _, r := range list {
		out = append(out, r.String())
	}
	return strings.Join(out, "\n")
}

func (e Entry) channels() (out []string) {
	for _, c := range e.Contacts {
		out = append(out, string(c.Purpose)+" "+c.Address)
	}
	return out
}

func values(networks []constituency.Network, approved bool) (out []string) {
	for _, n := range networks {
		if n.Approved() == approved {
			out = append(out, n.Value)
		}
	}
	return out
}

// FIRST answers in pages: who imports one of them is told that it is one.
func TestImportFIRSTInPart(t *testing.T) {
	h := one(t)
	for text, want := range map[string]string{
		`"total": 745, "offset": 100`:   "2 of 745 teams are here; ask for the rest with ?limit=1000&offset=102",
		`"total": "745"`:                "offset=2",
		`"total": 102, "offset": "100"`: "",
		`"total": null`:                 "",
		`"total": -1, "offset": -5`:     "",
	} {
		rep, err := h.Import(ctx, ada, strings.NewReader(`{`+text+`, "data": [{"team": "A Team", "country": "FI"}, {"team": "B Team"}]}`), ImportOptions{DryRun: true})
		if err != nil || rep.Teams != 2 || len(rep.Rejected) > 1 || want == "" && rep.Partly() || !strings.Contains(reasons(rep.Rejected), want) {
			t.Errorf("%s: %+v, %v", text, rep, err)
		}
	}
}

func TestImportFIRST(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		rep := h.importFile("first.json", ImportOptions{})
		if rep.Teams != 2 || len(rep.Rejected) != 2 || rep.Source != FromFIRST {
			t.Fatalf("%+v", rep)
		}
		if got := reasons(rep.Left); !strings.Contains(got, "key left out") || !strings.Contains(got, "contact left out") {
			t.Error(got)
		}
		e := h.named("cert north")
		want := []string{"24/7 tel:+358295390231", "security cert@north.example", "security tel:+358295390230"}
		if diff := cmp.Diff(want, e.channels()); diff != "" {
			t.Error(diff)
		}
		if e.Organisation.Kind != constituency.Peer || e.Organisation.Country != "FI" || e.Team.FullName == "" || e.Team.Website != "https://north.example" ||
			!e.Team.Shows(Mail) || e.Team.Shows(Patch) || e.Team.Direct || e.Team.SourceID != "cert_north" || len(e.Networks) != 0 {
			t.Errorf("%+v", e)
		}
		if again := h.importFile("first.json", ImportOptions{}); len(again.Changes) != 0 {
			t.Errorf("again: %v", again.Changes)
		}
	})
}

// What a directory says of a team's networks matches nothing until a person approves it.
func TestImportTrustedIntroducer(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		rep := h.importFile("teams.json", ImportOptions{})
		if rep.Teams != 2 || len(rep.Rejected) != 1 {
			t.Fatalf("%+v", rep)
		}
		if got := reasons(rep.Left); !strings.Contains(got, "ax is a public suffix") || !strings.Contains(got, "host bits") {
			t.Error(got)
		}
		e := h.named("CERT.ax")
		want := []string{"AS64500", "AS64501", "country:AX", "gov.example", "198.51.100.0/24"}
		if diff := cmp.Diff(want, values(e.Networks, false)); diff != "" {
			t.Error(diff)
		}
		if !e.Team.National || len(h.named("Bank CSIRT").Networks) != 0 {
			t.Error("who is national, and who claims a country")
		}
		if h.Register.Matcher().Country("AX") != 0 || h.Register.Matcher().ASN(64500) != 0 {
			t.Error("a claim matches")
		}
		done, err := h.Approve(ctx, ada, e.Team.Organisation, []string{e.Networks[0].ID}, false)
		if err != nil || len(done) != 1 || h.Register.Matcher().ASN(64500) == 0 || h.Register.Matcher().Country("AX") != 0 {
			t.Errorf("one approved: %v, %v", done, err)
		}
		if _, err := h.Approve(ctx, ada, e.Team.Organisation, []string{"x"}, false); !problem.Is(err, problem.NotFound) {
			t.Errorf("another's: %v", err)
		}
		if done, err = h.Approve(ctx, ada, e.Team.Organisation, nil, false); err != nil || len(done) != 4 || h.Register.Matcher().Country("AX") == 0 {
			t.Errorf("all: %v, %v", done, err)
		}
	})
}

// A preview changes nothing, and what was looked at is what happens, or nothing does.
func TestPreview(t *testing.T) {
	both(t, func(t *testing.T, h *hall) {
		seen := h.importFile("first.json", ImportOptions{DryRun: true})
		if list, err := h.List(ctx, ada, Filter{}); err != nil || len(list) != 0 || len(seen.Changes) == 0 {
			t.Fatalf("%v, %v", list, err)
		}
		h.organisation("cert NORTH", constituency.Peer)
		if _, err := h.Import(ctx, ada, strings.NewReader(`{"data":[{"team":"CERT North"}]}`), ImportOptions{Stamp: seen.Stamp}); !problem.Is(err, problem.Conflict) {
			t.Errorf("something else: %v", err)
		}
		seen = h.importFile("first.json", ImportOptions{DryRun: true})
		if did := h.importFile("first.json", ImportOptions{Stamp: seen.Stamp}); !cmp.Equal(did.Changes, seen.Changes) {
			t.Error(cmp.Diff(seen.Changes, did.Changes))
		}
	})
}

// Another contact in a file waits for a second person; what we know beside is not taken away.
func TestImportAgain(t *testing.T) {
	h := one(t)
	h.load(someTeams, ImportOptions{Approve: true})
	e := h.named("NCSC-FI")
	if len(values(e.Networks, true)) != 2 || !slices.Equal(e.Team.Memberships, []Membership{FIRST}) || e.Team.Handling != tlp.Amber {
		t.Fatalf("%+v", e)
	}
	before := len(h.letters)
	rep := h.load("name,email,networks,hours,handling\nNCSC-FI,new@evil.example,AS64999,24/7,\n", ImportOptions{})
	var got []string
	for _, d := range rep.Changes {
		got = append(got, d.Op+" "+d.What+" "+d.Value)
	}
	if diff := cmp.Diff([]string{"change entry ", "propose contact new@evil.example", "claim network AS64999"}, got); diff != "" {
		t.Error(diff)
	}
	after := h.named("NCSC-FI")
	if !cmp.Equal(e.Contacts, after.Contacts) || after.Team.Hours != "24/7" || after.Team.Handling != tlp.Amber || len(h.letters) != before+1 {
		t.Errorf("%+v, %d letters", after, len(h.letters)-before)
	}
	if again := h.load("name,email,networks,hours,handling\nNCSC-FI,new@evil.example,AS64999,24/7,\n", ImportOptions{}); len(again.Changes) != 0 {
		t.Errorf("again: %v", again.Changes)
	}
}

// Nobody else says what a constituent of ours is.
func TestImportOfAConstituent(t *testing.T) {
	h := one(t)
	h.organisation("City Hospital", constituency.Constituent)
	rep, err := h.Import(ctx, ada, strings.NewReader("name,email\ncity hospital,x@evil.example\nTwice,a@b.example\nTWICE,c@d.example\n"), ImportOptions{})
	if err != nil || rep.Teams != 1 || len(rep.Rejected) != 2 {
		t.Fatalf("%+v, %v", rep, err)
	}
	if got := reasons(rep.Rejected); !strings.Contains(got, "constituent of ours") || !strings.Contains(got, "stands at line 3 already") {
		t.Error(got)
	}
}

func TestFilesThatCannotBe(t *testing.T) {
	h := one(t)
	for name, tt := range map[string]struct {
		text, want string
		format     Format
	}{
		"nothing":            {"", "empty", FormatCSV},
		"no such column":     {"name,power\nx,y\n", `"power"`, ""},
		"no name":            {"email\nx@y.example\n", `"name" is missing`, ""},
		"a picture":          {"\x89PNG\x00\x00", "no text", FormatCSV},
		"half of a list":     {`[{"short_name":"x"}`, "teams.json", ""},
		"an error of theirs": {`{"status":"error"}`, "no list", ""},
		"too deep":           {strings.Repeat("[", 20_000), "teams.json", ""},
		"too large":          {strings.Repeat(" ", maxFile+1), "larger than", ""},
	} {
		_, err := h.Import(ctx, ada, strings.NewReader(tt.text), ImportOptions{Format: tt.format})
		if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Bad rows are set aside with their reason and stop no other.
func TestBadRows(t *testing.T) {
	h := one(t)
	rep, err := h.Import(ctx, ada, strings.NewReader(strings.Join([]string{
		"name,country,national,handling,website,networks,zone",
		"Good,FI,yes,green,https://good.example,10.0.0.0/8,",
		"Bad Country,XX,,,,,", "Bad Word,FI,perhaps,,,,", "Bad Label,FI,,pink,,,", "Bad Link,FI,,,javascript:alert(1),,", "Bad Zone,FI,,,,,Mars/Base",
		"Half,FI", `"unclosed,FI,,,,,`, "=cmd(),FI,,,,0.0.0.0/0,",
	}, "\n")), ImportOptions{})
	if err != nil || rep.Teams != 2 || len(rep.Rejected) != 7 || len(rep.Left) != 1 {
		t.Fatalf("%+v, %v", rep, err)
	}
}

// What is exported is imported again without a change, in each format, formulas included.
func TestExportRoundTrip(t *testing.T) {
	h := one(t)
	h.load(someTeams, ImportOptions{Approve: true})
	h.load("name,country,host,hours\n'=HYPERLINK(1),FI,'@host,\"a, b\"\n", ImportOptions{})
	for _, format := range Formats() {
		var file bytes.Buffer
		if err := h.Export(ctx, ada, &file, format); err != nil {
			t.Fatal(err)
		}
		if format == FormatCSV && (!strings.Contains(file.String(), "'=HYPERLINK(1)") || !strings.Contains(file.String(), "country:FI")) {
			t.Error(file.String())
		}
		rep, err := h.Import(ctx, ada, bytes.NewReader(file.Bytes()), ImportOptions{Format: format, DryRun: true})
		if err != nil || len(rep.Rejected) > 0 || rep.Teams != 4 {
			t.Fatalf("%s: %v %v", format, rep.Rejected, err)
		}
		for _, d := range rep.Changes {
			t.Errorf("%s taken in again changes %s", format, d)
		}
	}
	if err := h.Export(ctx, ada, nil, "xml"); !problem.Is(err, problem.Invalid) {
		t.Error(err)
	}
}

func FuzzRead(f *testing.F) {
	for _, name := range []string{"first.json", "teams.json"} {
		data, err := os.ReadFile("testdata/" + name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data, "")
	}
	f.Add([]byte(someTeams), "csv")
	f.Fuzz(func(t *testing.T, data []byte, format string) {
		list, _, _, err := read(data, Format(format))
		if err != nil {
			return
		}
		for _, r := range list {
			if _, err := r.finish(); err != nil {
				continue
			}
			for _, n := range r.networks {
				if _, value, err := constituency.ParseNetwork(n); err != nil || value != n {
					t.Errorf("network %q: %v", n, err)
				}
			}
			if again, err := r.team.normal(); err != nil || !cmp.Equal(again, r.team) {
				t.Errorf("%+v: %v", r.team, err)
			}
		}
	})
}
