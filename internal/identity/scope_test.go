package identity

import (
	"slices"
	"strings"
	"testing"
)

func TestScopesOpenWhatTheySay(t *testing.T) {
	for _, s := range Scopes() {
		opened := 0
		for op, row := range table {
			if row.scope != s {
				continue
			}
			opened++
			if reads := strings.HasSuffix(string(s), ":read"); reads != (row.effect == Reads) {
				t.Errorf("%s opens %s, which %s", s, op, row.effect)
			}
		}
		if opened == 0 {
			t.Errorf("%s opens nothing", s)
		}
	}
}

func TestWhatNoTokenOpens(t *testing.T) {
	program := Actor{ID: "token:x", Kind: ProgramKind, Roles: []Role{Owner}, Scopes: append(Scopes(), "")}
	for op, row := range table {
		if may := program.May(op); may != (row.scope != "") {
			t.Errorf("a token of every scope and %s: %v", op, may)
		}
	}
	for _, op := range []Operation{"account.add", "account.role", "token.make", "session.link", "notification.approve", "delivery.resume", "release.grant", "feed.token"} {
		if program.May(op) {
			t.Errorf("a token does %s", op)
		}
	}
}

func TestProgramsNeedScopeAndRole(t *testing.T) {
	tests := []struct {
		name   string
		role   Role
		scopes []Scope
		op     Operation
		may    bool
	}{
		{"both", IncidentHandler, []Scope{FindingsWrite}, "finding.move", true},
		{"another scope", IncidentHandler, []Scope{FindingsRead}, "finding.move", false},
		{"no scope", Owner, nil, "finding.read", false},
		{"another role", Auditor, []Scope{FindingsWrite}, "finding.move", false},
		{"writing is not reading", Owner, []Scope{FindingsWrite}, "finding.read", false},
	}
	for _, tt := range tests {
		a := Actor{ID: "token:x", Name: "x", Kind: ProgramKind, Roles: []Role{tt.role}, Scopes: tt.scopes}
		if got := a.May(tt.op); got != tt.may {
			t.Errorf("%s: %v", tt.name, got)
		}
	}
	err := Actor{ID: "token:x", Name: "x", Kind: ProgramKind, Roles: []Role{Owner}}.Authorise("finding.read", "")
	if err == nil || !strings.Contains(err.Error(), "scope findings:read") {
		t.Errorf("it does not say what would be needed: %v", err)
	}
}

func TestHolds(t *testing.T) {
	for _, tt := range []struct {
		roles []Role
		scope Scope
		want  bool
	}{
		{[]Role{Owner}, AuditRead, true},
		{[]Role{Auditor}, AuditRead, true},
		{[]Role{Author}, AuditRead, false},
		{[]Role{Author, Auditor}, AuditRead, true},
		{[]Role{Auditor}, FindingsWrite, false},
		{nil, EventsRead, false},
		{[]Role{Owner}, "", false},
		{[]Role{Owner}, "all", false},
	} {
		if got := Holds(tt.roles, tt.scope); got != tt.want {
			t.Errorf("%v, %q: %v", tt.roles, tt.scope, got)
		}
	}
}

func TestParseScopes(t *testing.T) {
	got, err := ParseScopes(" reports:write, Reports:Read,reports:write,")
	if err != nil || !slices.Equal(got, []Scope{ReportsWrite, ReportsRead}) {
		t.Errorf("%v, %v", got, err)
	}
	for _, text := range []string{"", ",", "reports", "reports:erase", "*"} {
		if got, err := ParseScopes(text); err == nil {
			t.Errorf("%q is %v", text, got)
		}
	}
}
