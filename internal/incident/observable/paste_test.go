package observable

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/indicator"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

const letter = `We saw hxxps://login[.]evil[.]net/a and again https://login.evil.net/a from 198.18.201[.]77,
our resolver is 10.0.0.53. Filename: invoice.exe
filename: Invoice.exe
phone: 0043 1 23456
phone: nobody knows
Hash d41d8cd98f00b204e9800998ecf84270 and all of 198.18.202.9/32.`

func TestExtract(t *testing.T) {
	got, err := Extract(letter)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, p := range got.List {
		list = append(list, string(p.Kind)+" "+p.Value)
	}
	want := []string{
		"filename Invoice.exe", "phone +43123456", "url https://login.evil.net/a", "ip 198.18.201.77", "ip 10.0.0.53",
		"md5 d41d8cd98f00b204e9800998ecf84270", "ip 198.18.202.9",
	}
	if !slices.Equal(list, want) {
		t.Errorf("%v", list)
	}
	if got.List[2].Count != 2 || !got.List[4].Quiet {
		t.Errorf("%+v", got.List)
	}
	if _, err := Extract(strings.Repeat("x", MaxPaste+1)); !problem.Is(err, problem.Invalid) {
		t.Errorf("too long: %v", err)
	}
}

func TestTake(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{})
		h.put(t, ada, i.ID, "198.18.201.77")
		sheet, err := h.Paste(t.Context(), ada, i.ID, letter)
		if err != nil || !sheet.List[3].Here || sheet.List[2].Here {
			t.Fatalf("%+v, %v", sheet, err)
		}
		out, err := h.Take(t.Context(), ada, i.ID, Choice{Text: letter, But: []string{"10.0.0.53"}, Draft: Draft{Role: Infrastructure}})
		if err != nil || len(out.Added) != 5 || len(out.Known) != 1 {
			t.Fatalf("%+v, %v", out, err)
		}
		for _, o := range out.Added {
			if o.Source != FromExtraction || o.Role != Infrastructure {
				t.Errorf("%+v", o)
			}
		}
		if _, err := h.Take(t.Context(), ada, i.ID, Choice{Text: "nothing in it"}); !problem.Is(err, problem.Invalid) {
			t.Errorf("%v", err)
		}
	})
}

// What a confidential report told lies encrypted, and its label holds.
func TestFromReport(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		r, err := h.incidents.Accept(t.Context(), ada, incident.Draft{Door: incident.API, Text: "see evil.net and w3.org", Confidential: true, TLP: tlp.Red})
		if err != nil {
			t.Fatal(err)
		}
		found := indicator.Extract("see evil.net and w3.org", indicator.Limits{}).List
		err = h.db.Write(t.Context(), func(tx *sqldb.Tx) error {
			return h.incidents.SaveAssessment(tx, identity.System("triage"), r.ID, triage.Assessment{Indicators: found})
		})
		if err != nil {
			t.Fatal(err)
		}
		i := h.open(t, ada, incident.Opening{Reports: []string{r.ID}})
		sheet, err := h.FromReport(t.Context(), ada, i.ID, r.Ref)
		if err != nil || len(sheet.List) != 2 || !sheet.List[1].Quiet {
			t.Fatalf("%+v, %v", sheet, err)
		}
		out, err := h.Take(t.Context(), ada, i.ID, Choice{Report: r.ID, But: []string{"w3.org"}})
		if err != nil || len(out.Added) != 1 || out.Added[0].Source != FromReport || out.Added[0].Origin != r.ID || out.Added[0].TLP != tlp.Red {
			t.Fatalf("%+v, %v", out, err)
		}
		if n := h.stands(t, "evil"); n > 0 {
			t.Errorf("%d stand in clear", n)
		}
		if got := h.list(t, bob, i.ID, Filter{}); !slices.Equal(got, []string{"evil.net"}) {
			t.Errorf("%v", got)
		}
		other := h.open(t, ada, incident.Opening{})
		_, err = h.FromReport(t.Context(), ada, other.ID, r.ID)
		missing(t, "another incident's report", err)
	})
}

// Ten thousand at once are taken, and more are counted.
func TestManyAtOnce(t *testing.T) {
	var b strings.Builder
	for n := range MaxBulk + 5 {
		fmt.Fprintf(&b, "198.%d.%d.%d\n", 20+n/65536, n/256%256, n%256)
	}
	sheet, err := Extract(b.String())
	if err != nil || len(sheet.List) != MaxBulk || sheet.Left != 5 {
		t.Errorf("%d and %d, %v", len(sheet.List), sheet.Left, err)
	}
}

func TestExport(t *testing.T) {
	each(t, func(t *testing.T, h *house) {
		i := h.open(t, ada, incident.Opening{TLP: tlp.Green})
		red := tlp.Red
		_, err := h.Add(t.Context(), ada, i.ID, []Draft{{Value: "http://evil.net/a"}, {Value: "198.18.201.77", TLP: &red}})
		if err != nil {
			t.Fatal(err)
		}
		out, err := h.Export(t.Context(), aud, i.ID, Filter{}, true)
		if err != nil || out.TLP != tlp.Red || !slices.Equal(values(out.List), []string{"198[.]18[.]201[.]77", "hxxp://evil[.]net/a"}) {
			t.Errorf("%+v, %v", out, err)
		}
		out, err = h.Export(t.Context(), aud, i.ID, Filter{Kinds: []Kind{"url"}}, false)
		if err != nil || out.TLP != tlp.Green || !slices.Equal(values(out.List), []string{"http://evil.net/a"}) {
			t.Errorf("%+v, %v", out, err)
		}
	})
}

// Whatever is pasted, what comes out can be added, and is read as itself again.
func FuzzExtract(f *testing.F) {
	for _, s := range []string{letter, "hxxp://[2001:db8::1]:80/%00", "registry: HKLM\\a\nuser-agent:  x", "mac:", "a@b.example 1.2.3.4/0 1.2.3.4/32", "\xff\xfe", "iban:\u202e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sheet, err := Extract(text)
		if err != nil {
			return
		}
		for _, p := range sheet.List {
			kind, got, err := Normal(p.Kind, p.Value)
			if problem.Is(err, problem.Invalid) {
				continue // it is refused with a reason
			}
			if err != nil {
				t.Fatalf("%s %q: %v", p.Kind, p.Value, err)
			}
			if k, again, err := Normal(kind, got); k != kind || again != got || err != nil {
				t.Fatalf("%s %q is read as %s %q, %v", kind, got, k, again, err)
			}
			v, _ := read(kind, got)
			v.above()
			if n := v.net(); n.IsValid() {
				kept(n)
				asked(n)
			}
			Defang(kind, got)
		}
	})
}
