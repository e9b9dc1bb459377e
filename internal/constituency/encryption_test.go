package constituency

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/platform/sqldb/sqldbtest"
)

func TestImportEncryption(t *testing.T) {
	const head = "organisation,contact,encryption\n"
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, _ := register(t, db, Options{})
		tests := []struct{ name, file, want, change string }{
			{"said", head + "A,a@a.example,Required\n", "required", "encryption required"},
			{"unsaid, it stays", head + "A,a@a.example,\n", "required", ""},
			{"no column, it stays", "organisation,contact\nA,a@a.example\n", "required", ""},
			{"taken back", head + "A,a@a.example,optional\n", "", "encryption optional"},
			{"two rows, one says it", head + "A,a@a.example,\nA,a@a.example,required\n", "required", "encryption required"},
		}
		for _, tt := range tests {
			rep := load(t, r, CSV, tt.file)
			_, byName := idsOf(t, r)
			if got := contactsIn(t, r, byName["A"])[0].Encryption; got != tt.want || !strings.Contains(fmt.Sprint(rep.Changes), tt.change) || tt.change == "" && len(rep.Changes) != 0 {
				t.Errorf("%s: %q, %v", tt.name, got, rep.Changes)
			}
		}
		for _, f := range []Format{CSV, YAML} {
			text, done := export(t, r, f)
			other, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
			load(t, other, f, text)
			if again, _ := export(t, other, f); again != text || !strings.Contains(text, "required") || len(done.Omitted) != 0 {
				t.Errorf("%s: %s %v", f, cmp.Diff(text, again), done.Omitted)
			}
		}
	})
}

func TestBadEncryption(t *testing.T) {
	tests := []struct{ name, row, column, reason string }{
		{"unknown word", "B,b@b.example,requird", "encryption", `did you mean "required"`},
		{"a telephone", "B,tel:+358295390230,required", "encryption", "cannot be encrypted"},
		{"no contact", "B,,required", "encryption", "fill in the contact"},
		{"contradicts", "A,a@a.example,optional", "encryption", `an earlier line says "required"`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
			rep, err := r.Import(ctx, actor, strings.NewReader("organisation,contact,encryption\nA,a@a.example,required\n"+tt.row+"\n"), ImportOptions{})
			if err != nil || len(rep.Rejected) != 1 || rep.Rejected[0].Column != tt.column || !strings.Contains(rep.Rejected[0].Reason, tt.reason) {
				t.Errorf("got %+v, %v", rep.Rejected, err)
			}
		})
	}
}

func TestContactWithEncryption(t *testing.T) {
	sqldbtest.Each(t, func(t *testing.T, db *sqldb.DB) {
		r, now := register(t, db, Options{})
		o, err := r.AddOrganisation(ctx, actor, Organisation{Name: "A"})
		if err != nil {
			t.Fatal(err)
		}
		c, err := r.AddContact(ctx, actor, Contact{Organisation: o.ID, Address: "a@a.example", Encryption: "REQUIRED", Key: testKey(t, 3600)})
		if err != nil || c.Encryption != EncryptionRequired || contactsIn(t, r, o.ID)[0] != c {
			t.Fatalf("got %+v, %v", c, err)
		}
		codes := func() (list []string) {
			found, err := r.Check(ctx, actor, CheckOptions{KeyWarning: 1})
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range found {
				list = append(list, string(f.Severity)+" "+f.Code)
			}
			return list
		}
		now.Advance(60 * 1e9)
		if diff := cmp.Diff([]string(nil), codes()); diff != "" {
			t.Error(diff)
		}
		c.Key = signingOnly(t)
		if c, err = r.ChangeContact(ctx, actor, c); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"error encryption-without-key", "warning key-cannot-encrypt"}, codes()); diff != "" {
			t.Error(diff)
		}
		c.Key = ""
		if c, err = r.ChangeContact(ctx, actor, c); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff([]string{"error encryption-without-key"}, codes()); diff != "" {
			t.Error(diff)
		}
		c.Encryption = "optional"
		if c, err = r.ChangeContact(ctx, actor, c); err != nil || c.Encryption != "" || len(codes()) != 0 {
			t.Errorf("got %+v, %v", c, err)
		}
		for _, bad := range []Contact{
			{Organisation: o.ID, Address: "b@a.example", Encryption: "perhaps"},
			{Organisation: o.ID, Address: "tel:+358295390230", Encryption: "required"},
			{Organisation: o.ID, Address: "b@a.example", Key: revoked(t)},
		} {
			if _, err := r.AddContact(ctx, actor, bad); !problem.Is(err, problem.Invalid) {
				t.Errorf("%+v: %v", bad, err)
			}
		}
	})
}

// What would forge a header or lead astray is refused with a sentence; what is merely unusual is taken.
func TestHostileContacts(t *testing.T) {
	tests := []struct{ name, address, want, says string }{
		{"UTF-8 before the @", "用户@例子.example", "用户@xn--fsqu00a.example", ""},
		{"composed", "cafe\u0301@a.example", "café@a.example", ""},
		{"plus and percent", "soc+fh%x@a.example", "soc+fh%x@a.example", ""},
		{"quotes", `"soc team"@a.example`, "", "quotes or backslashes"},
		{"quoted at", `"a@b"@a.example`, "", "quotes or backslashes"},
		{"backslash", `a\@b@a.example`, "", "quotes or backslashes"},
		{"comment", "soc@a.example(x)", "", "is no contact"},
		{"two at", "a@b@a.example", "", "is no contact"},
		{"dots", "a..b@a.example", "", "is no contact"},
		{"Bcc", "soc@a.example\r\nBcc: x@x.example", "", "line break"},
		{"list", "soc@a.example, x@x.example", "", "is no contact"},
		{"name", "Bcc: x <soc@a.example>", "", "is no contact"},
		{"turned text", "soc\u202e@a.example", "", "invisible"},
		{"long local part", strings.Repeat("é", 33) + "@a.example", "", "longer than 64 octets"},
		{"10 MB", strings.Repeat("a", 10<<20) + "@a.example", "", "too long"},
		{"not UTF-8", "\xff@a.example", "", "UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			channel, address, err := ParseAddress(tt.address)
			if tt.says != "" {
				if !problem.Is(err, problem.Invalid) || !strings.Contains(err.Error(), tt.says) || len(err.Error()) > 400 {
					t.Errorf("%s %q, %v", channel, address, err)
				}
				return
			}
			if err != nil || channel != Mail || address != tt.want {
				t.Errorf("%s %q, %v", channel, address, err)
			}
		})
	}
}

func TestHostileNames(t *testing.T) {
	r, _ := register(t, sqldbtest.Open(t, sqldb.SQLite), Options{})
	for _, name := range []string{"City\r\nBcc: x@x.example", "City\nBcc: x@x.example", "City\u2028Bcc: x", "City\u202eBcc", "City\x00", strings.Repeat("x", 10<<20)} {
		if o, err := r.AddOrganisation(ctx, actor, Organisation{Name: name}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%.40q: %+v, %v", name, o, err)
		}
	}
	// On one line it is an odd name, no header.
	if o, err := r.AddOrganisation(ctx, actor, Organisation{Name: "Bcc: x@x.example"}); err != nil || o.Name != "Bcc: x@x.example" {
		t.Errorf("%+v, %v", o, err)
	}
}
