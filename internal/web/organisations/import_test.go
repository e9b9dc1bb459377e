package organisations_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/test/station"
)

const file = "organisation,network,contact\nCity Hospital,192.0.2.0/24,soc@hospital.example\nBad <b>Row</b>,10.0.0.1/8,\n=cmd(),198.51.100.0/24,x\n"

func TestImportIsLookedAtFirst(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := upload(t, s, "north.csv", file, false)
	body := s.Get(t, at)
	contains(t, body, "north.csv", "New organisation", "New network", "City Hospital", "host bits", "Rows set aside", "Make 3 changes")
	if strings.Contains(body, "<b>Row") {
		t.Error("markup of the file stands in the page")
	}
	if len(listed(t, s, constituency.Filter{})) != 0 {
		t.Error("the preview changed the register")
	}
	if res := s.Post(t, at+"/apply", url.Values{}); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	if got := listed(t, s, constituency.Filter{}); len(got) != 1 || got[0].Networks != 1 || got[0].Contacts != 1 {
		t.Errorf("got %+v", got)
	}
	contains(t, s.Get(t, at), "3 changes were made.")
	if res := s.Post(t, at+"/apply", url.Values{}); res.StatusCode != http.StatusConflict {
		t.Errorf("applied twice: %s", res.Status)
	}
}

// TestImportIsRefusedAfterAChange applies what was previewed to a register that changed: nothing is changed, and the difference is new.
func TestImportIsRefusedAfterAChange(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	at := upload(t, s, "a.csv", "organisation,network\nCity Hospital,192.0.2.0/24\n", false)
	upload(t, s, "b.csv", "organisation,network\nCity Hospital,192.0.2.0/24\nOther,\n", true)
	if res := s.Post(t, at+"/apply", url.Values{}); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	contains(t, s.Get(t, at), "The register was changed in between", "says all this already")
	if got := listed(t, s, constituency.Filter{}); len(got) != 2 {
		t.Errorf("got %+v", got)
	}
}

func TestBadUploads(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	tests := []struct{ name, field, file, text, want string }{
		{"no header", "file", "x.csv", "a;b;c\n1;2;3\n", "separated by commas"},
		{"empty", "file", "x.csv", "", "empty"},
		{"no text", "file", "x.csv", "\x00\x01\x02", ""},
		{"no YAML", "file", "x.yaml", "a: [", ""},
		{"nothing given", "text", "", "  ", "Choose a file"},
		{"pasted and wrong", "text", "", "nme,network\nWhat I typed,1.2.3.4\n", "What I typed"},
	}
	for _, tt := range tests {
		status, _, body := send(t, s, tt.field, tt.file, tt.text)
		if status != http.StatusUnprocessableEntity || !strings.Contains(body, tt.want) {
			t.Errorf("%s: %d", tt.name, status)
		}
	}
	for _, path := range []string{"/organisations/import/..%2f..%2fkeys", "/organisations/import/01m812qyh3kjda89rekthtp75y"} {
		if status, _ := get(t, s, path); status != http.StatusNotFound {
			t.Errorf("%s: %d", path, status)
		}
	}
}

func TestPastedYAMLIsRead(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	status, at, _ := send(t, s, "text", "", "organisations:\n  - name: Mill\n    criticality: essential\n")
	if status != http.StatusSeeOther {
		t.Fatal(status)
	}
	contains(t, s.Get(t, at), "pasted text", "criticality essential")
	if res := s.Post(t, at+"/discard", url.Values{}); res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	if status, _ := get(t, s, at); status != http.StatusNotFound {
		t.Errorf("a discarded file is still there: %d", status)
	}
}

// TestTenMegabytesInACell sets a monstrous row aside, says so shortly, and takes the others.
func TestTenMegabytesInACell(t *testing.T) {
	s := station.Open(t, station.Options{Bare: true})
	huge := strings.Repeat("x", 900<<10)
	at := upload(t, s, "huge.csv", "organisation,network\n"+huge+",192.0.2.0/24\nFine,198.51.100.0/24\n", true)
	if body := s.Get(t, at); len(body) > 200<<10 {
		t.Errorf("the page has %d bytes", len(body))
	}
	if got := listed(t, s, constituency.Filter{}); len(got) != 1 {
		t.Errorf("got %+v", got)
	}
}
