package incident

import (
	"github.com/firehall/firehall/internal/incident/triage"
	"github.com/firehall/firehall/internal/platform/seal"
)

// full is a report with its text.
type full struct {
	record
	head       head
	body       body
	assessment triage.Assessment
	key        seal.Key
}

// full opens the text of a report. Errors: NotFound once it was erased.
func (s *Service) full(r *record) (f full, err error) {
	f.record = *r
	if f.key, err = s.key(r); err != nil {
		return f, err
	}
	if f.head, err = get[head](f.key, "head", r.sealedHead); err != nil {
		return f, err
	}
	if f.body, err = get[body](f.key, "body", r.sealedBody); err != nil {
		return f, err
	}
	f.assessment, err = get[triage.Assessment](f.key, "assessment", r.sealedAssessment)
	return f, err
}

// words are what the report is found by.
func (f *full) words() []string {
	h, b := f.head, f.body
	texts := []string{f.Ref, h.Subject, h.Reporter.Email, h.Reporter.Name, h.Reporter.Organisation, b.Answers.Affected, b.Answers.Happened}
	for _, i := range f.assessment.Indicators {
		texts = append(texts, i.Value)
	}
	if m := b.Machine; m != nil {
		texts = append(texts, m.SourceIP, m.Domain, m.URL, m.Source, m.Type)
	}
	return wordsOf(append(append(texts, b.Text), b.Files...)...)
}

// shown is the report for a reader, without what other tables hold.
func (f *full) shown() Report {
	r, a := f.record, f.assessment
	out := r.bare()
	out.Subject, out.Text, out.Reporter, out.Answers = f.head.Subject, f.body.Text, f.head.Reporter, f.body.Answers
	out.Machine, out.Trust, out.Claims = f.body.Machine, f.body.Trust, f.body.Claims
	out.Reporter.Verified = r.Verified
	out.Assessment = a
	out.Assessment.Similar = nil // the reader's come after
	return out
}

// bare is a report of which only the row is known: its text may be erased.
func (r *record) bare() Report {
	return Report{
		ID: r.ID, Ref: r.Ref, Door: r.Door, State: r.State, Confidential: r.Confidential, Anonymous: r.Anonymous, Sealed: r.sealed(),
		Erased: len(r.wrapped) == 0, Test: r.Test, Quarantined: r.Quarantined, TLP: r.label(), About: r.About, Received: r.Received, Changed: r.Changed,
		Class: r.Class, Type: r.Type, Severity: r.Severity, Rank: r.Rank, Fold: r.Fold, Assignee: r.Assignee, Duplicate: r.Duplicate,
		Version: r.Version, Assessed: r.Assessed, Moves: from(reportMoves, r.State),
	}
}

// judged tells whether a person set class or severity: then triage leaves them.
func (f *full) judged() bool {
	return f.Assessed.UnixMilli() > 0 && (f.Class != f.assessment.Class || f.Severity != f.assessment.Severity || f.Type != f.assessment.Type)
}
