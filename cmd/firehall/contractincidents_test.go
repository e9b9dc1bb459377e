package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
)

// The words of a program's dialogue about an incident: it opens one of a report, reads what it may do, and does it.
func TestContractOfIncidents(t *testing.T) {
	h := serveHouse(t, "")
	writes := h.programToken("incidents:write,incidents:read,reports:write,reports:read")
	reads := h.programToken("incidents:read")
	_, report := h.call(writes, http.MethodPost, "/reports", said("They are in", "the mail server of the hospital", false))
	body := fmt.Sprintf(`{"title":"Intrusion at the hospital","class":"intrusions","tlp":"TLP:AMBER","restricted":false,"reports":[%q]}`, report["id"])
	status, made := h.call(writes, http.MethodPost, "/incidents", body)
	id, _ := made["id"].(string)
	if status != http.StatusCreated || id == "" {
		t.Fatalf("opened: %d %v", status, made)
	}
	status, got := h.call(writes, http.MethodGet, "/incidents/"+id, "")
	if _, clocks := got["clocks"].([]any); status != http.StatusOK || got["state"] != "open" || !slices.Contains(texts(got["moves"]), "resolve") || !clocks {
		t.Errorf("read: %d %v", status, got)
	}
	if status, got := h.call(reads, http.MethodGet, "/incidents/"+id, ""); status != http.StatusOK || len(texts(got["moves"])) != 0 {
		t.Errorf("a reader may make the moves %v (%d)", got["moves"], status)
	}
	for _, tt := range []struct {
		name, token, body, state string
		status                   int
	}{
		{"by who may only read", reads, `{"to":"resolved"}`, "open", http.StatusForbidden},
		{"to no state", writes, `{"to":"mended"}`, "open", http.StatusUnprocessableEntity},
		{"to the state it has", writes, `{"to":"open"}`, "open", http.StatusConflict},
		{"resolved", writes, `{"to":"resolved"}`, "resolved", http.StatusOK},
		{"reopened by the move's name", writes, `{"to":"reopen"}`, "open", http.StatusOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			status, answer := h.call(tt.token, http.MethodPost, "/incidents/"+id+"/moves", tt.body)
			if _, got := h.call(writes, http.MethodGet, "/incidents/"+id, ""); status != tt.status || got["state"] != tt.state {
				t.Errorf("%d, and it is %v; want %d, %s: %v", status, got["state"], tt.status, tt.state, answer)
			}
		})
	}
	h.restricted(t, writes)
}

// restricted opens an incident that only its members see.
func (h *house) restricted(t *testing.T, token string) {
	t.Helper()
	status, made := h.call(token, http.MethodPost, "/incidents", `{"title":"Zebrafish matter","tlp":"TLP:RED","restricted":true}`)
	id, _ := made["id"].(string)
	if status != http.StatusCreated || id == "" {
		t.Fatalf("restricted: %d %v", status, made)
	}
	other := h.programToken("incidents:read")
	for _, path := range []string{"/incidents/" + id, "/incidents/" + id + "/timeline", "/incidents/" + id + "/clocks", "/incidents/" + id + "/observables"} {
		if status, got := h.call(other, http.MethodGet, path, ""); status != http.StatusNotFound {
			t.Errorf("%s for who is no member: %d %v", path, status, got)
		}
	}
	if _, got := h.call(other, http.MethodGet, "/incidents?q=zebrafish", ""); listedID(got) != "" {
		t.Errorf("found by who is no member: %v", got)
	}
}

// The clocks of a law are calculated without any installation: 24 hours are 24 hours though a clock goes back in between.
func TestContractOfClocks(t *testing.T) {
	for _, tt := range []struct {
		name  string
		args  []string
		final string
	}{
		{"nothing submitted", nil, "pending"},
		{"the notification was", []string{"--submitted", "notification=2026-10-31T10:00:00+01:00"}, "2026-11-30T09:00:00Z"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			args := append([]string{"clocks", "--law", "nis2", "--aware", "2026-10-24T23:30:00+02:00", "--json"}, tt.args...)
			var got struct {
				Stages []struct{ Stage, Due string } `json:"stages"`
			}
			if err := json.Unmarshal([]byte(output(t, firehall(t, t.TempDir(), args...))), &got); err != nil {
				t.Fatal(err)
			}
			due := map[string]string{}
			for _, s := range got.Stages {
				due[s.Stage] = s.Due
			}
			if due["early-warning"] != "2026-10-25T21:30:00Z" || due["notification"] != "2026-10-27T21:30:00Z" || due["final"] != tt.final {
				t.Errorf("%v", due)
			}
		})
	}
}

func texts(list any) (out []string) {
	all, _ := list.([]any)
	for _, one := range all {
		out = append(out, strings.TrimSpace(fmt.Sprint(one)))
	}
	return out
}
