package team

import (
	"context"
	"log/slog"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/clock"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The operations that this room asks identity about.
const (
	OpRead      identity.Operation = "team.read"
	OpChange    identity.Operation = "team.change"    // an entry, and to propose another contact
	OpApprove   identity.Operation = "team.approve"   // networks that a team claims, and as the second person another contact
	OpImport    identity.Operation = "team.import"    // entries from a file
	OpExport    identity.Operation = "team.export"    // entries to a file
	OpAgreement identity.Operation = "team.agreement" // record one, or end it
	OpGroup     identity.Operation = "team.group"     // who shares with whom
	OpConfirm   identity.Operation = "team.confirm"   // that an entry is right; to ask its team
	OpLink      identity.Operation = "team.link"      // what a mailed link does
)

// Letter is a mail to a team, or to its old address.
type Letter struct {
	About   string // id of what it is about, for the record
	To      constituency.Contact
	Name    string // of the team
	Kind    LetterKind
	Link    string    // of a confirmation
	Until   time.Time // of a link, or of an agreement
	Details []string  // lines: what the entry says, or what changes
	Former  bool      // the contact is not the team's any more once this is sent: what goes there needs its address alone
}

// LetterKind says what a letter is for; app has its words.
type LetterKind string

// The letters.
const (
	AskConfirm  LetterKind = "confirm"  // is what we know of you still right?
	TellChange  LetterKind = "changed"  // a contact or key of yours was changed
	TellRefused LetterKind = "refused"  // somebody proposed to change it, and was refused
	TellPropose LetterKind = "proposed" // somebody proposes to change it
	TellLapse   LetterKind = "lapse"    // our agreement ends
)

// Sender writes a letter and puts it into the outbox, in the transaction of what it tells of. Errors: Unavailable where no mail can be sent.
type Sender func(ctx context.Context, tx *sqldb.Tx, actor identity.Actor, l Letter) error

// Options is what the room needs.
type Options struct {
	DB       *sqldb.DB
	Clock    clock.Clock
	Register *constituency.Register
	Own      []string      // our own patch, as networks are written
	Send     Sender        // nil: nobody is written to
	Base     string        // of links: https://csirt.example; "": no link can be made
	Confirm  time.Duration // after how long an entry is asked about again; 0: never
	Log      *slog.Logger  // slog.Default if nil
}

// Service is the directory. It is safe for concurrent use.
type Service struct{ Options }

// New makes the directory.
func New(o Options) *Service {
	if o.Clock == nil {
		o.Clock = clock.Real{}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	return &Service{o}
}

// write authorises an operation and runs it in a transaction.
func (s *Service) write(ctx context.Context, actor identity.Actor, op identity.Operation, object string, fn func(tx *sqldb.Tx, now time.Time) error) error {
	if err := actor.Authorise(op, object); err != nil {
		return err
	}
	now := s.Clock.Now()
	return s.DB.Write(ctx, func(tx *sqldb.Tx) error { return fn(tx, now) })
}

// read authorises a question and answers it.
func (s *Service) read(ctx context.Context, actor identity.Actor, object string, fn func(tx *sqldb.Tx) error) error {
	if err := actor.Authorise(OpRead, object); err != nil {
		return err
	}
	return s.DB.Read(ctx, fn)
}

// Get reads the entry of an organisation. Errors: NotFound.
func (s *Service) Get(ctx context.Context, actor identity.Actor, organisation string) (t Team, err error) {
	err = s.read(ctx, actor, organisation, func(tx *sqldb.Tx) error {
		t, err = byOrganisation(tx, organisation)
		return err
	})
	return t, err
}

// Put makes an organisation of the register a team, or changes its entry: t.Version is the version that was read, 0 for a new one. What a
// change does not touch stays: source, confirmations. Errors: NotFound for the organisation; Invalid; Conflict.
func (s *Service) Put(ctx context.Context, actor identity.Actor, t Team) (Team, error) {
	if err := actor.Authorise(OpChange, t.Organisation); err != nil {
		return t, err
	}
	t, err := t.normal()
	if err != nil {
		return t, err
	}
	err = s.write(ctx, actor, OpChange, t.Organisation, func(tx *sqldb.Tx, now time.Time) (err error) {
		if _, err := constituency.OrganisationIn(tx, t.Organisation); err != nil {
			return err
		}
		t, err = put(tx, actor, OpChange, now, t)
		return err
	})
	return t, err
}

// put writes an entry, and what was done to it.
func put(tx *sqldb.Tx, actor identity.Actor, op identity.Operation, now time.Time, t Team) (Team, error) {
	before, err := byOrganisation(tx, t.Organisation)
	if problem.Is(err, problem.NotFound) {
		if t.Version != 0 {
			return t, problem.New(problem.Conflict, "the team's entry was removed by somebody else")
		}
		t.Created, t.Updated, t.Version = now, now, 1
		if err := insertTeam(tx, t); err != nil {
			return t, err
		}
		return t, actor.Audit(tx, now, op, t.Organisation, nil, t)
	}
	if err != nil {
		return t, err
	}
	t.Updated, t.Created, t.Confirmed, t.ConfirmedBy, t.Asked = now, before.Created, before.Confirmed, before.ConfirmedBy, before.Asked
	if err := updateTeam(tx, &t); err != nil {
		return t, err
	}
	return t, actor.Audit(tx, now, op, t.Organisation, before, t)
}
