package findings_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/test/station"
)

func TestChosenFindingsAreMoved(t *testing.T) {
	s := station.Open(t, station.Options{})
	open := listed(t, s, "state:open")
	res := s.Post(t, "/findings/move", url.Values{"id": {open[0].ID, open[1].ID}, "action": {"muted"}, "reason": {"our own scanner"}, "end": {"7d"}, "q": {"state:open"}})
	if res.StatusCode != http.StatusSeeOther || res.Header.Get("Location") != "/findings?q=state%3Aopen" {
		t.Fatalf("%s to %s", res.Status, res.Header.Get("Location"))
	}
	muted := listed(t, s, "state:muted")
	if len(muted) != 2 || muted[0].Reason != "our own scanner" || muted[0].Until.IsZero() {
		t.Errorf("got %+v", muted)
	}
	contains(t, s.Get(t, "/findings"), "2 findings muted.")
}

func TestAllThatFitAreMoved(t *testing.T) {
	s := station.Open(t, station.Options{})
	meant := listed(t, s, "state:open has:org")
	res := s.Post(t, "/findings/move", url.Values{"all": {"1"}, "q": {"state:open has:org"}, "action": {"acknowledged"}})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	if got := listed(t, s, "state:acknowledged"); len(got) != len(meant) {
		t.Errorf("%d of %d", len(got), len(meant))
	}
}

func TestMoveIsAskedForAgain(t *testing.T) {
	s := station.Open(t, station.Options{})
	id := listed(t, s, "state:open")[0].ID
	tests := []struct {
		name   string
		fields url.Values
		want   []string
	}{
		{"no reason", url.Values{"id": {id}, "action": {"fixed"}}, []string{"Say why", `value="` + id + `"`}},
		{"an end in the past", url.Values{"id": {id}, "action": {"muted"}, "reason": {"typed text"}, "until": {"2020-01-01"}}, []string{"lies in the past", "typed text", "2020-01-01"}},
		{"no end", url.Values{"id": {id}, "action": {"muted"}, "reason": {"x"}}, []string{"is no end"}},
		{"nothing chosen", url.Values{"action": {"acknowledged"}}, []string{"Choose at least one"}},
		{"no move", url.Values{"id": {id}, "action": {"notified"}}, []string{"Choose what to do"}},
	}
	for _, tt := range tests {
		for _, path := range []string{"/findings/move", "/findings/" + url.PathEscape(id) + "/move"} {
			if tt.name == "nothing chosen" && path != "/findings/move" {
				continue
			}
			res := s.Post(t, path, tt.fields)
			body := new(strings.Builder)
			if err := res.Write(body); err != nil {
				t.Fatal(err)
			}
			if res.StatusCode != http.StatusUnprocessableEntity {
				t.Errorf("%s at %s: %s", tt.name, path, res.Status)
			}
			if path == "/findings/move" {
				contains(t, body.String(), tt.want...)
			}
		}
	}
	if got := listed(t, s, "-state:open"); len(got) != 0 && got[0].State == "muted" {
		t.Error("something was moved")
	}
}

func TestBadMovesAreRefused(t *testing.T) {
	s := station.Open(t, station.Options{})
	id := listed(t, s, "state:open")[0].ID
	tests := []struct {
		name, path string
		fields     url.Values
		want       int
	}{
		{"an id that is none", "/findings/move", url.Values{"id": {"<script>"}, "action": {"acknowledged"}}, 422},
		{"a query that is none", "/findings/move", url.Values{"all": {"1"}, "q": {"nme:x"}, "action": {"acknowledged"}}, 422},
		{"a query that means nothing", "/findings/move", url.Values{"all": {"1"}, "q": {"state:muted"}, "action": {"acknowledged"}}, 404},
		{"a move that is not possible", "/findings/" + url.PathEscape(id) + "/move", url.Values{"action": {"open"}, "reason": {"x"}}, 409},
		{"a job that is none", "/findings/moves/01m812qyh3kjda89rekthtp75y", nil, 404},
		{"an old version", "/findings/" + url.PathEscape(id) + "/owner", url.Values{"version": {"99"}}, 409},
	}
	for _, tt := range tests {
		var got int
		if tt.fields == nil {
			got, _ = get(t, s, tt.path)
		} else {
			got = s.Post(t, tt.path, tt.fields).StatusCode
		}
		if got != tt.want {
			t.Errorf("%s: %d, want %d", tt.name, got, tt.want)
		}
	}
}

// TestOwnerIsAskedAgain gives a finding to whom the register names after it changed, with the difference shown first.
func TestOwnerIsAskedAgain(t *testing.T) {
	s := station.Open(t, station.Options{})
	f := listed(t, s, "state:open has:org")[0]
	register := "organisation,network,contact\nNew Owner,192.0.2.1/32,abuse@new.example\n"
	if f.Address == "" {
		t.Fatal("the first finding has no address")
	}
	register = strings.ReplaceAll(register, "192.0.2.1/32", f.Address)
	if _, err := s.App.Register.Import(t.Context(), s.Actor, strings.NewReader(register), constituency.ImportOptions{Format: constituency.CSV}); err != nil {
		t.Fatal(err)
	}
	path := "/findings/" + url.PathEscape(f.ID)
	contains(t, s.Get(t, path), "The register names another owner now", "New Owner")
	res := s.Post(t, path+"/owner", url.Values{"version": {"1"}})
	if res.StatusCode != http.StatusSeeOther {
		t.Fatal(res.Status)
	}
	body := s.Get(t, path)
	contains(t, body, "Went to another owner", "has its new owner")
	if got := listed(t, s, "ip:"+f.Address)[0]; got.Organisation != "New Owner" {
		t.Errorf("got %+v", got)
	}
}
