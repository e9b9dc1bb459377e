package identity

import (
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// Scope is a part of what may be done that an API token may be given: the things, a colon, and "read" or "write". One does not hold the other.
type Scope string

// The scopes. What each opens stands in the table of authorise.go. What has no scope no token may do: approving, stopping, letting people in.
const (
	ReportsRead        Scope = "reports:read"
	ReportsWrite       Scope = "reports:write"
	IncidentsRead      Scope = "incidents:read"
	IncidentsWrite     Scope = "incidents:write"
	EventsRead         Scope = "events:read"
	FindingsRead       Scope = "findings:read"
	FindingsWrite      Scope = "findings:write"
	ConstituencyRead   Scope = "constituency:read"
	ConstituencyWrite  Scope = "constituency:write"
	NotificationsRead  Scope = "notifications:read"
	NotificationsWrite Scope = "notifications:write"
	FeedsRead          Scope = "feeds:read"
	FeedsWrite         Scope = "feeds:write"
	JobsRead           Scope = "jobs:read"
	JobsWrite          Scope = "jobs:write"
	AuditRead          Scope = "audit:read"
	AccountsRead       Scope = "accounts:read"
	SharingRead        Scope = "sharing:read"
	SharingWrite       Scope = "sharing:write"
)

// Scopes lists all scopes.
func Scopes() []Scope {
	return []Scope{
		ReportsRead, ReportsWrite, IncidentsRead, IncidentsWrite, EventsRead, FindingsRead, FindingsWrite, ConstituencyRead, ConstituencyWrite,
		NotificationsRead, NotificationsWrite, FeedsRead, FeedsWrite, JobsRead, JobsWrite, AuditRead, AccountsRead, SharingRead, SharingWrite,
	}
}

// ParseScopes reads scopes with commas between them, and gives each once. Error: Invalid for one that there is not, or for none at all.
func ParseScopes(text string) (list []Scope, err error) {
	for name := range strings.SplitSeq(text, ",") {
		s := Scope(strings.ToLower(strings.TrimSpace(name)))
		if s == "" {
			continue
		}
		if !slices.Contains(Scopes(), s) {
			return nil, problem.New(problem.Invalid, "there is no scope %q: the scopes are %s", name, join(Scopes()))
		}
		if !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	if len(list) == 0 {
		return nil, problem.New(problem.Invalid, "a token needs a scope at least: the scopes are %s", join(Scopes()))
	}
	return list, nil
}
