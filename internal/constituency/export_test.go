package constituency

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ProtonMail/gopenpgp/v3/crypto"
	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

// export writes the register as text.
func export(t interface{ Fatal(...any) }, r *Register, f Format) (string, Exported) {
	var out strings.Builder
	done, err := r.Export(ctx, actor, &out, f)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), done
}

func TestExportGivesTheSameRegister(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		load(t, r, CSV, sample)
		for _, f := range []Format{CSV, YAML} {
			text, done := export(t, r, f)
			if done.Organisations != 5 || done.Networks != 7 || done.Contacts != 6 || len(done.Omitted) != 0 {
				t.Errorf("%s: %+v", f, done)
			}
			if rep := load(t, r, f, text); len(rep.Changes) != 0 {
				t.Errorf("%s: importing what was exported changes %v", f, rep.Changes)
			}
			other, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
			load(t, other, f, text)
			if again, _ := export(t, other, f); again != text {
				t.Errorf("%s:\n%s", f, cmp.Diff(text, again))
			}
		}
	})
}

// drawRegister draws the YAML text of a register full of hard names.
func drawRegister(t *rapid.T) string {
	var y strings.Builder
	y.WriteString("organisations:\n")
	letters := rapid.StringOfN(rapid.SampledFrom([]rune(`abcXYZ'"=+-@#:,;%&*!|>{}[]?\ åßİıשלוםأ日本ſ`)), 1, 12, -1)
	names := rapid.SliceOfNDistinct(letters.Filter(func(s string) bool { _, err := CleanName(s); return err == nil }), 1, 6,
		func(s string) string { n, _ := CleanName(s); return nameKey(n) }).Draw(t, "names")
	for i, name := range names {
		fmt.Fprintf(&y, "  - name: %s\n    kind: %s\n", quoted(name), rapid.SampledFrom(Kinds()).Draw(t, "kind"))
		if i > 0 && rapid.Bool().Draw(t, "has parent") {
			fmt.Fprintf(&y, "    parent: %s\n", quoted(rapid.SampledFrom(names[:i]).Draw(t, "parent")))
		}
		if rapid.Bool().Draw(t, "has sector") {
			fmt.Fprintf(&y, "    sector: %s\n    country: NO\n", rapid.SampledFrom(Sectors()).Draw(t, "sector"))
		}
		y.WriteString("    networks:\n")
		for j := range rapid.IntRange(0, 3).Draw(t, "networks") {
			fmt.Fprintf(&y, "      - %s\n", []string{"192.0.2.%d/32", "AS6450%d", "d%d.example.org"}[j%3])
		}
		y.WriteString("    contacts:\n")
		for j := range rapid.IntRange(0, 3).Draw(t, "contacts") {
			fmt.Fprintf(&y, "      - {contact: %s, purpose: %s}\n", quoted([]string{"+a=b@x.example", "tel:+358123456", "https://x.example/a,b?c=%22"}[j]),
				rapid.SampledFrom(Purposes()).Draw(t, "purpose"))
		}
	}
	for i := 0; strings.Contains(y.String(), "%d"); i++ {
		text := strings.Replace(y.String(), "%d", fmt.Sprint(i), 1)
		y.Reset()
		y.WriteString(text)
	}
	return y.String()
}

// empty takes everything out of a register: opening a database for each drawn
// case would take most of the time.
func empty(t testing.TB, r *Register) {
	t.Helper()
	err := r.db.Write(ctx, func(tx *sqldb.Tx) error {
		for _, q := range []string{"DELETE FROM contact", "DELETE FROM network", "UPDATE organisation SET parent = NULL", "DELETE FROM organisation"} {
			if _, err := tx.Exec(q); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestExportRoundTripProperty(t *testing.T) {
	outer := t
	one, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	two, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	rapid.Check(t, func(t *rapid.T) {
		y := drawRegister(t)
		empty(outer, one)
		load(outer, one, YAML, y)
		for _, f := range []Format{CSV, YAML} {
			text, _ := export(outer, one, f)
			empty(outer, two)
			load(outer, two, f, text)
			if a, b := targets(one.Matcher()), targets(two.Matcher()); !slices.EqualFunc(a, b, func(a, b Target) bool {
				return a.OrganisationName == b.OrganisationName && a.Value == b.Value
			}) {
				t.Fatalf("%s: matchers differ\n%v\n%v", f, a, b)
			}
			if again, _ := export(outer, two, f); again != text {
				t.Fatalf("%s:\n%s", f, cmp.Diff(text, again))
			}
		}
	})
}

func TestExportedCSVHoldsNoFormula(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	load(t, r, CSV, "organisation,contact\n\"=HYPERLINK(\"\"http://evil.test\"\")\",+x@a.example\n@sum,\n'-1,\n''=x,\nplain 'quoted',\n")
	text, _ := export(t, r, CSV)
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows {
		for _, cell := range row {
			if cell != "" && strings.ContainsRune("=+-@\t\r", rune(cell[0])) {
				t.Errorf("a spreadsheet would run %q", cell)
			}
		}
	}
	for _, name := range []string{`=HYPERLINK("http://evil.test")`, "@sum", "-1", "'=x", "plain 'quoted'"} {
		if _, err := r.OrganisationByName(ctx, actor, name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	if rep := load(t, r, CSV, text); len(rep.Changes) != 0 {
		t.Errorf("the round trip changes %v", rep.Changes)
	}
}

func TestCSVExportSaysWhatItOmits(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	load(t, r, YAML, fmt.Sprintf(`
organisations:
  - name: A
    criticality: essential
    networks:
      - {network: 192.0.2.0/24, until: 2026-01-01}
      - {network: 198.51.100.0/24, from: 2026-01-01, until: 2027-01-01T10:00:00+02:00}
    contacts:
      - {contact: bad@a.example, health: bad}
      - contact: good@a.example
        key: |
          %s
`, strings.ReplaceAll(testKey(t, 0), "\n", "\n          ")))
	text, done := export(t, r, CSV)
	if len(done.Omitted) != 4 || !strings.Contains(text, "essential") || strings.Contains(text, "192.0.2.0") || strings.Contains(text, "bad@") {
		t.Errorf("%q\n%s", done.Omitted, text)
	}
	full, done := export(t, r, YAML)
	other, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	load(t, other, YAML, full)
	if again, _ := export(t, other, YAML); again != full || len(done.Omitted) != 0 {
		t.Errorf("%s\n%v", cmp.Diff(full, again), done.Omitted)
	}
}

// testKey makes an armoured public key that lives so many seconds from day, 0 for ever.
func testKey(t testing.TB, lifetime int32) string {
	t.Helper()
	key, err := crypto.PGP().KeyGeneration().AddUserId("Test", "a@a.example").Lifetime(lifetime).GenerationTime(day.Unix()).New().GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.GetArmoredPublicKey()
	if err != nil {
		t.Fatal(err)
	}
	return public
}

func TestReadKey(t *testing.T) {
	week := int32(7 * 24 * 3600)
	ends, err := ReadKey("\n" + testKey(t, week) + "\n")
	if err != nil || len(ends.Fingerprint) < 40 || !ends.Expires.Equal(day.Add(7*24*time.Hour)) {
		t.Errorf("got %s %s, %v", ends.Fingerprint, ends.Expires, err)
	}
	if again, err := ReadKey(ends.Armoured); err != nil || again != ends {
		t.Errorf("not canonical: %v", err)
	}
	if ever, err := ReadKey(testKey(t, 0)); err != nil || !ever.Expires.IsZero() {
		t.Errorf("expires %s, %v", ever.Expires, err)
	}
	private, err := crypto.PGP().KeyGeneration().AddUserId("Test", "a@a.example").New().GenerateKey()
	if err != nil {
		t.Fatal(err)
	}
	secret, err := private.Armor()
	if err != nil {
		t.Fatal(err)
	}
	for name, bad := range map[string]string{"private": secret, "junk": "junk", "cut": ends.Armoured[:200], "huge": strings.Repeat("x", maxKey+1)} {
		if _, err := ReadKey(bad); err == nil || strings.Contains(err.Error(), "PRIVATE KEY BLOCK") {
			t.Errorf("%s key: %v", name, err)
		}
	}
}
