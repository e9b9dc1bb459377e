package identity

import (
	"slices"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
)

// Role is what a person does in the team. A person may have several, and may do what any of them may.
type Role string

// The roles. Who may do what stands in the table of authorise.go.
const (
	// Owner is who logged in by a link made at the machine that names no account: who owns the machine owns what is on it. No account has it.
	Owner                Role = "owner"
	Manager              Role = "manager" // everything that a person may
	DutyOfficer          Role = "duty-officer"
	IncidentHandler      Role = "incident-handler"
	VulnerabilityHandler Role = "vulnerability-handler"
	ArtifactAnalyst      Role = "artifact-analyst"
	Author               Role = "author"
	Trainer              Role = "trainer"
	Liaison              Role = "liaison"
	Engineer             Role = "engineer" // feeds, jobs, stops, settings
	Auditor              Role = "auditor"  // reads everything, changes nothing
	Volunteer            Role = "volunteer"
	// Peer is for a fellow team: it may read what was released to its organisation and give objects, by TAXII, and nothing else.
	Peer Role = "peer"
	// Constituent is for people outside the team. Nothing is theirs to do yet.
	Constituent Role = "constituent"
)

// Roles lists the roles that an account of the team may have, in the order in which people read them. An account of a fellow team has Peer and no other.
func Roles() []Role {
	return []Role{Manager, DutyOfficer, IncidentHandler, VulnerabilityHandler, ArtifactAnalyst, Author, Trainer, Liaison, Engineer, Auditor, Volunteer}
}

// ParseRole reads the name of a role that an account may have. Error: Invalid, with the names that there are.
func ParseRole(name string) (Role, error) {
	r := Role(strings.ToLower(strings.TrimSpace(name)))
	if slices.Contains(Roles(), r) || r == Peer {
		return r, nil
	}
	return "", problem.New(problem.Invalid, "there is no role %q: the roles are %s, and %s for a fellow team", name, join(Roles()), Peer)
}

// join writes names as a list.
func join[T ~string](list []T) string {
	names := make([]string, len(list))
	for i, n := range list {
		names[i] = string(n)
	}
	return strings.Join(names, ", ")
}
