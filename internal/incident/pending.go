package incident

import (
	"context"
	"io"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

var errLater = problem.New(problem.Unavailable, "this is being built")

// Accept stores a report, durably when it returns, with the job that assesses it. A mail of a dialogue that we know is added to that instead, if it
// comes from the one that the dialogue is with; the report returned is the one it belongs to. Errors: Invalid, Forbidden, Unavailable.
func (s *Service) Accept(ctx context.Context, actor identity.Actor, d Draft) (Report, error) {
	return Report{}, errLater
}

// Report gives one report by its id or ref, with all that the actor may see of it. Errors: NotFound.
func (s *Service) Report(ctx context.Context, actor identity.Actor, name string) (Report, error) {
	return Report{}, errLater
}

// Reports gives a page of the queue. Errors: Invalid for the query.
func (s *Service) Reports(ctx context.Context, actor identity.Actor, f Filter) (page.Page[Row], error) {
	return page.Page[Row]{}, errLater
}

// Count tells how many reports a query finds, at most limit.
func (s *Service) Count(ctx context.Context, actor identity.Actor, query string, limit int) (int, error) {
	return 0, errLater
}

// PassedOn lists the reports that the actor may know of only as passed to a named handler.
func (s *Service) PassedOn(ctx context.Context, actor identity.Actor) ([]Passed, error) {
	return nil, errLater
}

// Suggest gives at most ten reports and incidents whose ref or words begin as the text's do.
func (s *Service) Suggest(ctx context.Context, actor identity.Actor, text string) ([]Hit, error) {
	return nil, errLater
}

// ForTriage gives a report as triage needs it; for the job, whose actor is the system.
func (s *Service) ForTriage(ctx context.Context, actor identity.Actor, id string) (triage.Report, error) {
	return triage.Report{}, errLater
}

// Unassessed lists the ids of reports that were not assessed yet.
func (s *Service) Unassessed(ctx context.Context, actor identity.Actor) ([]string, error) {
	return nil, errLater
}

// SaveAssessment stores what triage makes of a report, and alerts the members of restricted incidents that it resembles. It is a step of the job.
func (s *Service) SaveAssessment(tx *sqldb.Tx, actor identity.Actor, id string, a triage.Assessment) error {
	return errLater
}

// Move makes a move that needs no more than a reason with several reports.
func (s *Service) Move(ctx context.Context, actor identity.Actor, ids []string, move MoveName, reason string) (Moved, error) {
	return Moved{}, errLater
}

// Assign gives reports to somebody; "" to nobody.
func (s *Service) Assign(ctx context.Context, actor identity.Actor, ids []string, account string) (Moved, error) {
	return Moved{}, errLater
}

// Edit changes a report's fields. Errors: Conflict if version is not its version.
func (s *Service) Edit(ctx context.Context, actor identity.Actor, id string, version int64, e Edit) (Report, error) {
	return Report{}, errLater
}

// AddNote writes a note to a report or an incident.
func (s *Service) AddNote(ctx context.Context, actor identity.Actor, about, text string) (Note, error) {
	return Note{}, errLater
}

// EditNote changes a note. Errors: Conflict with a Clash if somebody was faster.
func (s *Service) EditNote(ctx context.Context, actor identity.Actor, note string, version int64, text string) (Note, error) {
	return Note{}, errLater
}

// Reply writes to the reporter: by mail, or into the mailbox of a confidential report.
func (s *Service) Reply(ctx context.Context, actor identity.Actor, id, subject, text string) (Message, error) {
	return Message{}, errLater
}

// Link adds reports to an incident.
func (s *Service) Link(ctx context.Context, actor identity.Actor, incident string, ids []string) (Moved, error) {
	return Moved{}, errLater
}

// Unlink takes a report out of an incident.
func (s *Service) Unlink(ctx context.Context, actor identity.Actor, incident, id, reason string) error {
	return errLater
}

// Merge makes reports duplicates of another.
func (s *Service) Merge(ctx context.Context, actor identity.Actor, into string, ids []string, reason string) (Moved, error) {
	return Moved{}, errLater
}

// Unmerge undoes Merge for one report: it has its state and links again.
func (s *Service) Unmerge(ctx context.Context, actor identity.Actor, id, reason string) error {
	return errLater
}

// Refer passes a report on to another team.
func (s *Service) Refer(ctx context.Context, actor identity.Actor, id string, d ReferralDraft) (Referral, error) {
	return Referral{}, errLater
}

// Answered ends a referral's clock.
func (s *Service) Answered(ctx context.Context, actor identity.Actor, referral, outcome string) error {
	return errLater
}

// Overdue raises a task for each referral that is due and not answered, and returns how many it raised.
func (s *Service) Overdue(ctx context.Context, actor identity.Actor) (int, error) {
	return 0, errLater
}

// HandBack gives a report that was passed to named handlers to the queue again; a member does.
func (s *Service) HandBack(ctx context.Context, actor identity.Actor, id, reason string) error {
	return errLater
}

// CallBack records that a caller was rung back.
func (s *Service) CallBack(ctx context.Context, actor identity.Actor, id string, c CallBack) error {
	return errLater
}

// SetSignificance records the significance test of a report or an incident. version is that of the test before; 0 for none.
func (s *Service) SetSignificance(ctx context.Context, actor identity.Actor, about string, version int64, g Significance) (Significance, error) {
	return Significance{}, errLater
}

// Definition gives the team's definition of an incident.
func (s *Service) Definition(ctx context.Context) (Definition, error) { return Definition{}, errLater }

// Define changes it.
func (s *Service) Define(ctx context.Context, actor identity.Actor, version int64, text string) (Definition, error) {
	return Definition{}, errLater
}

// OpenIncident opens an incident, of reports or of none.
func (s *Service) OpenIncident(ctx context.Context, actor identity.Actor, d IncidentDraft) (Incident, error) {
	return Incident{}, errLater
}

// Incident gives one incident by its id or ref. Errors: NotFound.
func (s *Service) Incident(ctx context.Context, actor identity.Actor, name string) (Incident, error) {
	return Incident{}, errLater
}

// Incidents gives a page of incidents, the latest changed first.
func (s *Service) Incidents(ctx context.Context, actor identity.Actor, f Filter) (page.Page[IncidentRow], error) {
	return page.Page[IncidentRow]{}, errLater
}

// EditIncident changes an incident's fields.
func (s *Service) EditIncident(ctx context.Context, actor identity.Actor, id string, version int64, e IncidentEdit) (Incident, error) {
	return Incident{}, errLater
}

// MoveIncident resolves, abandons or reopens an incident.
func (s *Service) MoveIncident(ctx context.Context, actor identity.Actor, id string, move MoveName, reason string) (Incident, error) {
	return Incident{}, errLater
}

// Restrict makes an incident restricted with its first members, or opens it to the team (no members).
func (s *Service) Restrict(ctx context.Context, actor identity.Actor, id string, restricted bool, members []Member, reason string) (Incident, error) {
	return Incident{}, errLater
}

// AddMember lets a person see a restricted incident.
func (s *Service) AddMember(ctx context.Context, actor identity.Actor, id string, m Member) error {
	return errLater
}

// RemoveMember ends that.
func (s *Service) RemoveMember(ctx context.Context, actor identity.Actor, id, account, reason string) error {
	return errLater
}

// BreakGlass lets the actor see, for GlassFor, what a name (of a report or an incident) hides. The managers are alerted.
func (s *Service) BreakGlass(ctx context.Context, actor identity.Actor, name, reason string) error {
	return errLater
}

// Investigate opens an investigation with its first message.
func (s *Service) Investigate(ctx context.Context, actor identity.Actor, d InvestigationDraft) (Investigation, error) {
	return Investigation{}, errLater
}

// Investigation gives one by its id or ref. Errors: NotFound.
func (s *Service) Investigation(ctx context.Context, actor identity.Actor, name string) (Investigation, error) {
	return Investigation{}, errLater
}

// Write sends a further message to the party of an investigation.
func (s *Service) Write(ctx context.Context, actor identity.Actor, id, text string) (Message, error) {
	return Message{}, errLater
}

// MoveInvestigation resolves or reopens one.
func (s *Service) MoveInvestigation(ctx context.Context, actor identity.Actor, id string, move MoveName) error {
	return errLater
}

// Attach adds a file to a report or an incident.
func (s *Service) Attach(ctx context.Context, actor identity.Actor, about string, f File) (evidence.Item, error) {
	return evidence.Item{}, errLater
}

// Evidence opens a file; that it was read is on record before. The caller closes it.
func (s *Service) Evidence(ctx context.Context, actor identity.Actor, item, reason string) (evidence.Item, io.ReadCloser, error) {
	return evidence.Item{}, nil, errLater
}

// Custody lists who had a file.
func (s *Service) Custody(ctx context.Context, actor identity.Actor, item string) ([]evidence.Custody, error) {
	return nil, errLater
}

// Mailbox gives what the holder of a reply code may see. Errors: NotFound for whatever is no code.
func (s *Service) Mailbox(ctx context.Context, code string) (Mailbox, error) {
	return Mailbox{}, errLater
}

// SayIn writes into a mailbox, as its reporter.
func (s *Service) SayIn(ctx context.Context, code, text string, files []File) error { return errLater }

// Erase makes a report's text unreadable for good.
func (s *Service) Erase(ctx context.Context, actor identity.Actor, id, reason string) error {
	return errLater
}

// Forget erases reports that ended longer ago, and ends memberships that have expired. It returns how many reports.
func (s *Service) Forget(ctx context.Context, actor identity.Actor, age time.Duration) (int, error) {
	return 0, errLater
}
