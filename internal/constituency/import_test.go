package constituency

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestImportIsIdempotent(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		dry, err := r.Import(ctx, actor, strings.NewReader(sample), ImportOptions{Name: "x.csv", DryRun: true})
		if err != nil {
			t.Fatal(err)
		}
		if n, _, _, _ := r.Size(ctx, actor); n != 0 || !dry.DryRun {
			t.Errorf("a dry run left %d organisations", n)
		}
		rep := load(t, r, CSV, sample)
		if rep.Rows != 7 || rep.Accepted != 7 || rep.Organisations != 5 || rep.Networks != 7 || rep.Contacts != 6 {
			t.Errorf("report %+v", rep)
		}
		if diff := cmp.Diff(dry.Changes, rep.Changes); diff != "" {
			t.Errorf("dry run and import differ:\n%s", diff)
		}
		version := r.Matcher().Version()
		again := load(t, r, CSV, sample)
		if len(again.Changes) != 0 || again.Accepted != 7 || r.Matcher().Version() != version {
			t.Errorf("second import: %+v", again)
		}
		o, n, c, err := r.Size(ctx, actor)
		if err != nil || o != 5 || n != 7 || c != 6 {
			t.Errorf("size %d %d %d %v", o, n, c, err)
		}
	})
}

func TestImportAddsUpAndChanges(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, sample)
		rep := load(t, r, CSV, "language,contact,ORGANISATION , purpose,kind\nsv,soc@hospital.example,city  hospital,security,\n,,Region North,,authority\n")
		want := []string{
			"change organisation Region North (kind authority, was constituent)",
			"change contact City Hospital soc@hospital.example (security, language sv)",
		}
		var got []string
		for _, d := range rep.Changes {
			got = append(got, d.String())
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		o, err := r.OrganisationByName(ctx, actor, "REGION NORTH")
		if err != nil || o.Kind != Authority || o.Sector != "public-administration" || o.Version != 2 {
			t.Errorf("got %+v, %v", o, err)
		}
	})
}

func TestImportIsAudited(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, sample)
		load(t, r, CSV, sample)
		var count int
		var after string
		err := db.Read(ctx, func(tx *sqldb.Tx) error {
			return tx.QueryRow("SELECT count(*), max(after_value) FROM audit_payload WHERE operation = $1", string(OpImport)).Scan(&count, &after)
		})
		if err != nil || count != 1 || !strings.Contains(after, "203.0.113.0/24") {
			t.Errorf("%d entries, %v, %s", count, err, after)
		}
	})
}

func TestOperationsNeedAnActor(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	var nobody identity.Actor
	calls := map[string]func() error{
		"import": func() error {
			_, err := r.Import(ctx, nobody, strings.NewReader(sample), ImportOptions{})
			return err
		},
		"export": func() error { _, err := r.Export(ctx, nobody, &strings.Builder{}, CSV); return err },
		"check":  func() error { _, err := r.Check(ctx, nobody, CheckOptions{}); return err },
		"who":    func() error { _, err := r.Who(ctx, nobody, Question{Text: "1.1.1.1"}); return err },
		"names":  func() error { _, err := r.Names(ctx, nobody); return err },
		"add":    func() error { _, err := r.AddOrganisation(ctx, nobody, Organisation{Name: "X"}); return err },
	}
	for name, call := range calls {
		if err := call(); !problem.Is(err, problem.Forbidden) {
			t.Errorf("%s by nobody: %v", name, err)
		}
	}
}

func TestImportBadRows(t *testing.T) {
	long := strings.Repeat("x", 10<<20)
	tests := []struct {
		name, row, column, reason string
	}{
		{"unknown kind", "A,constituant,,,,,,,", "kind", `did you mean "constituent"`},
		{"unknown sector", "A,,helth,,,,,,", "sector", `did you mean "health"`},
		{"unknown country", "A,,,UK,,,,,", "country", `did you mean "GB"`},
		{"unknown purpose", "A,,,,,,a@b.example,abus,", "purpose", `did you mean "abuse"`},
		{"unknown language", "A,,,,,,a@b.example,,finnish!", "language", "BCP 47"},
		{"unknown parent", "A,,,,Nobody,,,,", "parent", "neither in the register nor in this file"},
		{"its own parent", "A,,,,a,,,,", "parent", "above itself"},
		{"purpose alone", "A,,,,,,,abuse,", "purpose", "without a contact"},
		{"no name", ",,,,,203.0.113.0/24,,,", "organisation", "needs a name"},
		{"host bits", "A,,,,,203.0.113.7/24,,,", "network", "did you mean 203.0.113.0/24"},
		{"everything", "A,,,,,0.0.0.0/0,,,", "network", "too large"},
		{"everything in IPv6", "A,,,,,::/0,,,", "network", "too large"},
		{"mapped prefix", "A,,,,,::ffff:203.0.113.0/120,,,", "network", "did you mean 203.0.113.0/24"},
		{"AS 0", "A,,,,,AS0,,,", "network", "reserved"},
		{"AS without letters", "A,,,,,64500,,,", "network", "AS64500"},
		{"public suffix", "A,,,,,co.uk,,,", "network", "public suffix"},
		{"loopback", "A,,,,,127.0.0.0/8,,,", "network", "nobody's"},
		{"URL", "A,,,,,https://a.example/x,,,", "network", "a.example"},
		{"mail as network", "A,,,,,a@b.example,,,", "network", "belongs in contact"},
		{"bad mail", "A,,,,,,a b@c,,", "contact", "no contact"},
		{"mail with header", "A,,,,,,\"a@b.example\r\nBcc: c@d.example\",,", "contact", "line break"},
		{"plain webhook", "A,,,,,,http://a.example/x,,", "contact", "https"},
		{"webhook with password", "A,,,,,,https://u:p@a.example/,,", "contact", "password"},
		{"telephone without country", "A,,,,,,tel:0295390230,,", "contact", "with the country"},
		{"line break in name", "\"A\r\nB\",,,,,,,,", "organisation", "line break"},
		{"NUL in name", "A\x00B,,,,,,,,", "organisation", "U+0000"},
		{"invalid UTF-8", "A\xff,,,,,,,,", "organisation", "UTF-8"},
		{"right-to-left override", "A\u202eB,,,,,,,,", "organisation", "U+202E"},
		{"zero width space", "A\u200bB,,,,,,,,", "organisation", "U+200B"},
		{"name too long", strings.Repeat("å", 201) + ",,,,,,,,", "organisation", "too long"},
		{"huge cell", long + ",,,,,,,,", "", "64 KiB"},
		{"huge quoted cell", `"` + long + `",,,,,,,,`, "", "64 KiB"},
		{"too few cells", "A,,", "", "3 cells, the header 9"},
		{"too many cells", "A,,,,,,,,,", "", "10 cells, the header 9"},
		{"very many cells", strings.Repeat(",", 5<<20), "", ""},
		{"open quote", `"A,,,,,,,,`, "", "never closed"},
		{"quote inside", `A "B" C,,,,,,,,`, "", "quote stands inside"},
		{"text after quote", `"A"B,,,,,,,,`, "", "follows a closing quote"},
		{"kinds contradict", "Good,provider,,,,,,,", "kind", "line 2 says"},
		{"languages contradict", "Good,,,,,,good@good.example,,sv", "language", "an earlier line"},
	}
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			empty(t, r)
			text := strings.Join(csvColumns[:9], ",") + "\nGood,constituent,,,,192.0.2.0/24,good@good.example,,fi\n" + tt.row + "\nLast,,,,,,,,\n"
			rep, err := r.Import(ctx, actor, strings.NewReader(text), ImportOptions{})
			if err != nil {
				t.Fatal(err)
			}
			if rep.Organisations != 2 || rep.Accepted != 2 || len(rep.Rejected) != 1 || !rep.Partly() {
				if tt.name == "very many cells" && len(rep.Rejected) == 0 && rep.Accepted == 2 {
					t.Fatal("a row of five million empty cells was not reported")
				}
				t.Fatalf("accepted %d, organisations %d, rejected %v", rep.Accepted, rep.Organisations, rep.Rejected)
			}
			got := rep.Rejected[0]
			if got.Line != 3 || got.Column != tt.column || !strings.Contains(got.Reason, tt.reason) {
				t.Errorf("rejected %s; want column %q, reason with %q", got, tt.column, tt.reason)
			}
			if len(got.Value) > 400 {
				t.Errorf("the value is %d bytes long", len(got.Value))
			}
		})
	}
}

func TestImportBadFiles(t *testing.T) {
	tests := []struct {
		name, text, want string
		format           Format
	}{
		{"empty", "", "is empty", CSV},
		{"only a mark", "\ufeff", "is empty", CSV},
		{"unknown column", "organization,kind\nA,\n", `did you mean "organisation"`, CSV},
		{"missing column", "kind,sector\n,\n", `"organisation" is missing`, CSV},
		{"column twice", "organisation,kind,kind\n", "twice", CSV},
		{"semicolons", "organisation;kind\nA;\n", "separated by commas", CSV},
		{"UTF-16", "\xff\xfeo\x00r\x00", "UTF-16", CSV},
		{"binary", "PK\x03\x04\x00\x00", "no text", CSV},
		{"not YAML", "organisations: [", "no YAML", YAML},
		{"other YAML", "a: b", "organisations:", YAML},
		{"two documents", "organisations: []\n---\norganisations: []\n", "one YAML document", YAML},
		{"deep YAML", strings.Repeat("[", 1<<20), "too deeply", YAML},
		{"deep block YAML", strings.Repeat("- ", 1<<20), "too deeply", YAML},
		{"invalid UTF-8", "organisations: \xff", "UTF-8", YAML},
	}
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			_, err := r.Import(ctx, actor, strings.NewReader(tt.text), ImportOptions{Format: tt.format})
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %v, want %q", err, tt.want)
			}
		})
	}
}

func TestImportGoodOddities(t *testing.T) {
	text := "\ufefforganisation,network,contact\r\n" +
		"Bücher & Söhne,bücher.example,büro@bücher.example\r\n" +
		"\r\n" +
		",,\r\n" +
		"مستشفى المدينة,AS1.10,\r\n" +
		"\"He said \"\"hi\"\", twice\",2001:DB8::/32,\r\n" +
		"'=1+1,198.51.100.7,\r\n" +
		"Plain,Example.ORG.,mailto:a@b.example"
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	load(t, r, CSV, text)
	m := r.Matcher()
	tests := []struct {
		name string
		slot Slot
		want string
	}{
		{"international domain", m.Domain("www.BÜCHER.example"), "Bücher & Söhne"},
		{"its ASCII form", m.Domain("xn--bcher-kva.example"), "Bücher & Söhne"},
		{"asdot", m.ASN(65546), "مستشفى المدينة"},
		{"quotes", m.Slot6(t, "2001:db8::1"), `He said "hi", twice`},
		{"formula", m.IPv4(0xc6336407), "=1+1"},
		{"domain", m.Domain("example.org"), "Plain"},
	}
	for _, tt := range tests {
		if got := m.Target(tt.slot).OrganisationName; got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestImportParents(t *testing.T) {
	tests := []struct {
		name string
		rows []string
		bad  []int // lines; a row set aside may take its organisation along, and so others
	}{
		{"parent comes later", []string{"A,B", "B,C", "C,"}, nil},
		{"cycle of two", []string{"A,B", "B,A"}, []int{2, 3}},
		{"cycle of three, a tail", []string{"T,A", "A,B", "B,C", "C,A"}, []int{2, 3, 4, 5}},
		{"cycle broken by its last edge, others stay", []string{"A,B", "B,A", "B,"}, []int{3}},
		{"an orphan takes its children along", []string{"A,B", "B,Nobody", "C,A"}, []int{2, 3, 4}},
		{"two cycles", []string{"A,B", "B,A", "C,D", "D,C"}, []int{2, 3, 4, 5}},
		{"parents contradict", []string{"A,B", "B,", "C,", "A,C"}, []int{5}},
		{"the same parent in another case", []string{"A,B", "B,", "A,b"}, nil},
	}
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			empty(t, r)
			rep, err := r.Import(ctx, actor, strings.NewReader("organisation,parent\n"+strings.Join(tt.rows, "\n")), ImportOptions{})
			if err != nil {
				t.Fatal(err)
			}
			var bad []int
			for _, x := range rep.Rejected {
				bad = append(bad, x.Line)
			}
			if diff := cmp.Diff(tt.bad, bad); diff != "" {
				t.Error(diff)
			}
			if found, err := r.Check(ctx, actor, CheckOptions{}); err != nil || hasCode(found, "parent-cycle") {
				t.Errorf("cycle in the register: %v, %v", found, err)
			}
		})
	}
}

func TestImportMovesAParentOfTheRegister(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, "organisation,parent\nA,B\nB,\nC,\n")
		load(t, r, CSV, "organisation,parent\nB,A\nA,C\n") // turns the edge round
		b, err := r.OrganisationByName(ctx, actor, "B")
		if err != nil {
			t.Fatal(err)
		}
		a, err := r.Organisation(ctx, actor, b.Parent)
		if err != nil || a.Name != "A" {
			t.Errorf("B's parent is %q, %v", a.Name, err)
		}
	})
}

func TestImportLongChainOfOrphansIsLinear(t *testing.T) {
	var text strings.Builder
	text.WriteString("organisation,parent\n")
	for i := range 50_000 {
		fmt.Fprintf(&text, "o%d,o%d\n", i, i+1)
	}
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	rep, err := r.Import(ctx, actor, strings.NewReader(text.String()), ImportOptions{})
	if err != nil || len(rep.Rejected) != 50_000 {
		t.Errorf("%d rejected, %v", len(rep.Rejected), err)
	}
}

func hasCode(found []Finding, code string) bool {
	for _, f := range found {
		if f.Code == code {
			return true
		}
	}
	return false
}
