// Package identity says who acts, and what each may do.
//
// Every operation that changes something takes an Actor and begins with
// Authorise; it ends with Audit, in the transaction of the change.
package identity

import (
	"fmt"
	"os"
	"os/user"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// ActorKind says what sort of actor it is. The zero value is nobody.
type ActorKind uint8

// The kinds of actors.
const (
	Nobody ActorKind = iota
	// Person is somebody who logged in.
	Person
	// OSUserKind is a user of the operating system, at the command line. Who
	// may open the data folder owns it already.
	OSUserKind
	// SystemKind is a part of Firehall acting by itself.
	SystemKind
	// TokenKind is a program elsewhere that has a token for one thing, such as
	// pushing to a feed.
	TokenKind
	// ProgramKind is a program elsewhere that has an API token: it may what the
	// token's scopes open, as far as whoever made the token may do that.
	ProgramKind
)

var kindNames = [...]string{"nobody", "person", "os-user", "system", "token", "program"}

// String returns the kind as it stands in the audit record.
func (k ActorKind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return kindNames[Nobody]
}

// Actor is who acts. The zero Actor may do nothing.
type Actor struct {
	ID   string // stable: "os:1000", "system:sealer", a person's id
	Name string // for people to read
	Kind ActorKind
	Via  string // the door: "cli", "api", "web"; empty inside

	Roles  []Role  // of a Person, and of whoever a program acts for; read anew for each request
	Scopes []Scope // of a program's token

	// Organisation is the id, in the register, of the organisation that a peer belongs to. Whoever has one is no member of the team, and is told only
	// what was released to that organisation.
	Organisation string
}

// OSUser returns the user who runs this process. Where the system knows no name
// for the user (a container, for example) the number stands for it.
func OSUser() (Actor, error) {
	uid := os.Getuid()
	if uid < 0 {
		return Actor{}, problem.New(problem.Unavailable, "the operating system does not tell who runs this program")
	}
	a := Actor{ID: "os:" + strconv.Itoa(uid), Name: fmt.Sprintf("uid %d", uid), Kind: OSUserKind, Via: "cli"}
	if u, err := user.LookupId(strconv.Itoa(uid)); err == nil && u.Username != "" {
		a.Name = u.Username
	}
	return a, nil
}

// System returns the actor for a part of Firehall that works by itself, such as
// "sealer" or "retention".
func System(part string) Actor {
	return Actor{ID: "system:" + part, Name: part, Kind: SystemKind}
}

// String names the actor for people.
func (a Actor) String() string {
	if a.Kind == Nobody {
		return "nobody"
	}
	return a.Name + " (" + a.ID + ")"
}

// Audit records what the actor did to an object, in the transaction of the
// change. before and after are the object as JSON; nil for none.
func (a Actor) Audit(tx *sqldb.Tx, now time.Time, op Operation, object string, before, after any) error {
	return a.AuditReason(tx, now, op, object, "", before, after)
}

// AuditReason is Audit with the reason that the actor gave.
func (a Actor) AuditReason(tx *sqldb.Tx, now time.Time, op Operation, object, reason string, before, after any) error {
	return audit.Record(tx, now, a.entry(op, object, reason, before, after))
}

// AuditIf runs a statement that changes one row or none, and audits what it made of an object if it changed one; it tells whether it did. See audit.RecordIf.
func (a Actor) AuditIf(tx *sqldb.Tx, now time.Time, op Operation, object string, after any, statement string, args ...any) (bool, error) {
	return audit.RecordIf(tx, now, a.entry(op, object, "", nil, after), statement, args...)
}

func (a Actor) entry(op Operation, object, reason string, before, after any) audit.Entry {
	return audit.Entry{
		Actor: a.ID, ActorKind: a.Kind.String(), Via: a.Via, Operation: string(op),
		Object: object, Reason: reason, Before: before, After: after,
	}
}
