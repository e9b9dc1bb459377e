package team

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// asked is a finder over a register with teams, authorities and a constituent, where 203.0.113.0/24 lies in Finland and 192.0.2.0/24 in Sweden.
func askable(t *testing.T, db *sqldb.DB) (*Finder, *hall) {
	t.Helper()
	h := open(t, db)
	h.Register = constituency.New(db, constituency.Options{Clock: h.now, Guard: Guarded, Locate: func(a netip.Addr) constituency.Location {
		switch {
		case netip.MustParsePrefix("203.0.113.0/24").Contains(a):
			return constituency.Location{Country: "FI", ASN: 64500}
		case netip.MustParsePrefix("192.0.2.0/24").Contains(a):
			return constituency.Location{Country: "SE"}
		}
		return constituency.Location{}
	}})
	h.load(someTeams, ImportOptions{Approve: true})
	register := `organisation,kind,country,network,contact,purpose
Secret Bank,constituent,FI,203.0.113.128/25,soc@bank.example,abuse
Swedish Police,authority,SE,,cyber@police.example,abuse
Swedish Police,,,,lawyer@police.example,legal
World Office,authority,,,help@world.example,abuse
`
	rep, err := h.Register.Import(ctx, ada, strings.NewReader(register), constituency.ImportOptions{Format: constituency.CSV})
	if err != nil || len(rep.Rejected) > 0 {
		t.Fatal(rep.Rejected, err)
	}
	h.Own = []string{"country:DK", "ours.example"}
	return &Finder{Service: h.Service, Global: []string{"World Office", "Nobody At All"}}, h
}

// said is an answer in a line: who, and why.
func said(a Answer) string {
	var out []string
	if a.Us {
		out = append(out, "us")
	}
	for name, list := range map[string][]Card{"": a.Teams} {
		for _, c := range list {
			out = append(out, name+c.Name+" "+string(c.Why)+" "+c.Network)
		}
	}
	for _, c := range a.Others {
		out = append(out, "other "+c.Name+" "+string(c.Why))
	}
	for _, c := range a.Fallback {
		out = append(out, "else "+c.Name+" "+string(c.Why))
	}
	return a.About + ": " + strings.Join(strings.Fields(strings.Join(out, "; ")), " ")
}

func TestFind(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		f, _ := askable(t, db)
		for question, want := range map[string]string{
			"":                          "nothing: ",
			"FI":                        "country: NCSC-FI patch country:FI; other UniCERT country",
			"Suomi":                     "country: NCSC-FI patch country:FI; other UniCERT country",
			"FIN":                       "country: NCSC-FI patch country:FI; other UniCERT country",
			"The Côte d'Ivoire":         "country: else World Office anywhere",
			"UK":                        "country: else World Office anywhere",
			"as 64500":                  "asn: NCSC-FI patch AS64500",
			"ASN: 64500":                "asn: NCSC-FI patch AS64500",
			"64500":                     "asn: NCSC-FI patch AS64500",
			"finland":                   "country: NCSC-FI patch country:FI; other UniCERT country",
			"Finlande":                  "country: NCSC-FI patch country:FI; other UniCERT country",
			"203.0.113.7":               "address: UniCERT patch 203.0.113.0/24",
			"203.0.113.200":             "address: UniCERT patch 203.0.113.0/24", // that a bank of ours is there is nobody's business
			"hxxp://www.uni[.]example/": "url: UniCERT patch uni.example",
			"AS64500":                   "asn: NCSC-FI patch AS64500",
			"something.fi":              "domain: NCSC-FI patch country:FI",
			"192.0.2.1":                 "address: else Swedish Police fallback", // its team agreed to nothing: it is as if it were not there
			"SE":                        "country: else Swedish Police fallback",
			"NO":                        "country: else World Office anywhere",
			"8.8.8.8":                   "address: else World Office anywhere",
			"uni":                       "name: other UniCERT name",
			"quiet":                     "name: ",
			"Secret Bank":               "name: ",
			"DK":                        "country: us",
			"www.ours.example":          "domain: us",
		} {
			a, err := f.Find(ctx, question)
			if got := said(a); err != nil || got != want {
				t.Errorf("%q: %s, want %s (%v)", question, got, want, err)
			}
		}
		if _, err := f.Find(ctx, strings.Repeat("x", maxQuery+1)); !problem.Is(err, problem.Invalid) {
			t.Error(err)
		}
	})
}

// Each part is shown only where the team agreed to it.
func TestOnlyWhatIsPublic(t *testing.T) {
	f, h := askable(t, sqldbtest.Open(t, sqldb.SQLite))
	card := func(question string) Card {
		t.Helper()
		a, err := f.Find(ctx, question)
		if err != nil || len(a.Teams) == 0 {
			t.Fatalf("%s: %+v, %v", question, a, err)
		}
		return a.Teams[0]
	}
	fi := card("FI")
	if len(fi.Mail) != 1 || len(fi.Phones) != 0 || fi.Hours != "" || len(fi.Memberships) != 0 || len(fi.Patch) != 2 {
		t.Errorf("%+v", fi)
	}
	e := h.named("NCSC-FI")
	e.Team.Public = []Part{Name, Phone, Hours, Belonging}
	if _, err := h.Put(ctx, ada, e.Team); err != nil {
		t.Fatal(err)
	}
	if fi = card("FI"); len(fi.Mail) != 0 || len(fi.Phones) != 1 || fi.Hours != "08-16" || len(fi.Memberships) != 1 || len(fi.Patch) != 0 {
		t.Errorf("after a change: %+v", fi)
	}
	a, err := f.Find(ctx, "SE")
	if err != nil || len(a.Fallback) != 1 || len(a.Fallback[0].Mail) != 1 {
		t.Errorf("the legal contact is shown: %+v, %v", a, err)
	}
}

// Who only says of itself that it is national does not stand alone: the authorities of the country stay beside it until a person approves that.
func TestClaimStandsBesideAuthorities(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		f, h := askable(t, db)
		h.load("name,country,national,email,networks,public\nLoud,SE,yes,cert@loud.example,country:SE,name mail\nLone,NO,yes,cert@lone.example,country:NO,name\n", ImportOptions{})
		asks := func(want map[string]string) {
			t.Helper()
			for question, line := range want {
				if a, err := f.Find(ctx, question); err != nil || said(a) != line {
					t.Errorf("%q: %s, want %s (%v)", question, said(a), line, err)
				}
			}
		}
		asks(map[string]string{
			"SE":        "country: Loud national ; else Swedish Police beside",
			"192.0.2.1": "address: Loud national ; else Swedish Police beside",
			"NO":        "country: Lone national",
		})
		e := h.named("Loud")
		if _, err := h.Approve(ctx, ada, e.Team.Organisation, nil, true); err != nil {
			t.Fatal(err)
		}
		asks(map[string]string{"SE": "country: Loud patch country:SE"})
	})
}

// Ours is ours, unless a peer that is shown has it more exactly.
func TestNearerThanOurs(t *testing.T) {
	f, h := askable(t, sqldbtest.Open(t, sqldb.SQLite))
	h.load("name,country,networks\nHidden,SE,203.1.1.0/24\n", ImportOptions{Approve: true})
	f.Own = []string{"country:FI", "203.0.0.0/8", "AS64500"}
	for question, want := range map[string]bool{"203.0.113.1": false, "203.1.1.1": true, "uni.example": false, "other.fi": true} {
		if a, err := f.Find(ctx, question); err != nil || a.Us != want {
			t.Errorf("%s: %+v, %v", question, a, err)
		}
	}
}

func FuzzFind(f *testing.F) {
	for _, q := range []string{"FI", "192.0.2.1", "http://[::1", "AS1", "\xff", "country:"} {
		f.Add(q)
	}
	finder := (*Finder)(nil)
	f.Fuzz(func(t *testing.T, q string) {
		if finder == nil {
			finder, _ = askable(t, sqldbtest.Open(t, sqldb.SQLite))
		}
		if a, err := finder.Find(ctx, q); err == nil && strings.Contains(said(a), "Secret Bank") {
			t.Errorf("%q names a constituent", q)
		}
	})
}

func TestQuestionIsShownClean(t *testing.T) {
	h := one(t)
	a, err := (&Finder{Service: h.Service}).Find(ctx, " \u202eFI\x00 ")
	if err != nil || a.Question != "FI" || a.Country != "FI" {
		t.Errorf("%+v, %v", a, err)
	}
}
