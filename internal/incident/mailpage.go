package incident

import (
	"context"
	"errors"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident/evidence"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// mailType is the media type of the mail that a report was made of.
const mailType = "message/rfc822"

// IsMail tells whether a file is a whole mail, which MailPage can show.
func IsMail(i evidence.Item) bool { return i.MediaType == mailType && !i.Quarantined && !i.Erased }

// MailPage gives the HTML of a mail that lies among the files of a report, made harmless: nothing in it runs, is fetched or leads anywhere unseen. It
// is read anew from the file as it came, by the one who asks, and is on record as a reading of evidence. item is the file's id. Whoever shows it
// does so in a frame of its own, sandboxed and without rights. Errors: NotFound for what is no mail within sight, or a mail without HTML that may
// be shown; Conflict for what is in quarantine or erased; Unavailable.
func (s *Service) MailPage(ctx context.Context, actor identity.Actor, item string) (html string, err error) {
	if err := actor.Authorise(OpEvidenceRead, item); err != nil {
		return "", err
	}
	if s.o.MailHTML == nil {
		return "", problem.New(problem.NotFound, "mails are not shown as HTML here: download the file")
	}
	if err := s.mayShow(ctx, actor, item); err != nil {
		return "", err
	}
	_, body, err := s.Evidence(ctx, actor, item, "shown as HTML without anything remote")
	if err != nil {
		return "", err
	}
	html, err = s.o.MailHTML(ctx, body)
	if err = errors.Join(err, body.Close()); err != nil {
		return "", err
	}
	if html == "" {
		return "", problem.New(problem.NotFound, "the mail has no HTML that may be shown: its text says all")
	}
	return html, nil
}

// mayShow tells whether a file is a mail of a report that is not in quarantine, before anything is on record as read.
func (s *Service) mayShow(ctx context.Context, actor identity.Actor, name string) error {
	return s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		item, p, err := s.item(tx, actor, name)
		switch {
		case err != nil:
			return err
		case item.Quarantined || p.report != nil && p.report.Quarantined:
			return problem.New(problem.Conflict, "the report is in quarantine: it is shown to nobody")
		case item.MediaType != mailType && !item.Erased:
			return gone("mail", name)
		}
		return nil
	})
}
