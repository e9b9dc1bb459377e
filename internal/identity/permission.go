package identity

import (
	"cmp"
	"maps"
	"slices"
)

// Effect is what an operation does.
type Effect string

// The effects.
const (
	Reads   Effect = "reads"
	Changes Effect = "changes"
	Own     Effect = "own"     // about nobody but who does it: logging in and out, what one has seen
	Machine Effect = "machine" // by who owns the data folder, and by Firehall itself
)

// Permission is one row of the table: who may do an operation.
type Permission struct {
	Operation Operation   `json:"operation"`
	Effect    Effect      `json:"effect"`
	Kinds     []ActorKind `json:"-"`
	Roles     []Role      `json:"roles"`           // of people; Owner and Manager stand in it too
	Scope     Scope       `json:"scope,omitempty"` // that an API token needs; empty: no token may
}

// Permissions lists the whole table, by operation.
func Permissions() []Permission {
	list := make([]Permission, 0, len(table))
	for op, r := range table {
		list = append(list, Permission{Operation: op, Effect: r.effect, Kinds: slices.Clone(r.kinds), Roles: slices.Clone(r.roles), Scope: r.scope})
	}
	slices.SortFunc(list, func(a, b Permission) int { return cmp.Compare(a.Operation, b.Operation) })
	return list
}

// rule is a row of the table.
type rule struct {
	effect Effect
	kinds  []ActorKind
	roles  []Role // of Person and ProgramKind
	scope  Scope  // of ProgramKind
}

// Groups of roles.
var (
	// readers is everybody of the team but volunteers.
	readers = []Role{DutyOfficer, IncidentHandler, VulnerabilityHandler, ArtifactAnalyst, Author, Trainer, Liaison, Engineer, Auditor}
	// all is everybody of the team.
	all = append(slices.Clone(readers), Volunteer)
	// handlers judge what comes in.
	handlers = []Role{DutyOfficer, IncidentHandler, VulnerabilityHandler, ArtifactAnalyst, Volunteer}
	// keepers may share what they made with the team.
	keepers = []Role{DutyOfficer, IncidentHandler, VulnerabilityHandler, ArtifactAnalyst, Author, Trainer, Liaison, Engineer, Volunteer}
	// makers may have programs that act for them.
	makers = []Role{DutyOfficer, IncidentHandler, VulnerabilityHandler, ArtifactAnalyst, Author, Trainer, Liaison, Engineer}
)

// reads is a row for what changes nothing.
func reads(s Scope, roles ...Role) rule { return row(Reads, s, roles) }

// changes is a row for what changes something.
func changes(s Scope, roles ...Role) rule { return row(Changes, s, roles) }

// own is a row for what somebody does about nobody else.
func own() rule { return row(Own, "", all) }

// people is own for what only people can do: log in.
func people() rule {
	r := own()
	r.kinds = []ActorKind{Person}
	return r
}

// door is changes for what programs may do, too, that have a token for one feed.
func door(s Scope, roles ...Role) rule {
	r := changes(s, roles...)
	r.kinds = append(r.kinds, TokenKind)
	return r
}

// machine is a row for who owns the data folder, and Firehall itself: for what
// makes keys, lets people in, or takes everything away at once.
func machine() rule {
	return rule{effect: Machine, kinds: []ActorKind{OSUserKind, SystemKind}}
}

func row(e Effect, s Scope, roles []Role) rule {
	r := rule{effect: e, scope: s, kinds: []ActorKind{Person, OSUserKind, SystemKind}, roles: append([]Role{Owner, Manager}, roles...)}
	if s != "" {
		r.kinds = append(r.kinds, ProgramKind)
	}
	return r
}

// lets tells whether an actor may. A program may what its scopes open and whom it acts for may.
func (r rule) lets(a Actor) bool {
	if !slices.Contains(r.kinds, a.Kind) {
		return false
	}
	switch a.Kind {
	case Person:
		return r.within(a.Roles)
	case ProgramKind:
		return slices.Contains(a.Scopes, r.scope) && r.within(a.Roles)
	}
	return true
}

// within tells whether one of the roles may.
func (r rule) within(roles []Role) bool {
	return slices.ContainsFunc(roles, func(role Role) bool { return slices.Contains(r.roles, role) })
}

// lacks says what would let an actor do an operation, for the message.
func (a Actor) lacks(op Operation) string {
	r := table[op]
	switch {
	case a.Kind == ProgramKind && r.scope != "" && !slices.Contains(a.Scopes, r.scope):
		return ": the token would need the scope " + string(r.scope)
	case a.Kind == Person && len(r.roles) > 0:
		return ": that is for " + join(r.roles[1:])
	}
	return ""
}

// Holds tells whether roles let somebody do anything that a scope opens: only
// then may they give it to a token.
func Holds(roles []Role, s Scope) bool {
	for r := range maps.Values(table) {
		if s != "" && r.scope == s && r.within(roles) {
			return true
		}
	}
	return false
}
