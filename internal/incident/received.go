package incident

import (
	"context"
	"slices"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// leave decides that an answer lies in the mailbox of a report whose reporter left no address: that leaves the house as a mail does.
func (s *Service) leave(tx *sqldb.Tx, actor identity.Actor, f *full) error {
	if s.o.Release == nil {
		return nil
	}
	item := f.item()
	item.Holds = sensitive &^ release.Internal // they wrote it themselves, and get no other
	_, err := s.o.Release.ForMailbox(tx, actor, item)
	return err
}

// received notes that who wrote has what we sent them last in a dialogue.
func (s *Service) received(tx *sqldb.Tx, actor identity.Actor, about string) error {
	if s.o.Release == nil {
		return nil
	}
	var delivered string
	err := tx.QueryRow(`SELECT delivery FROM incident_message WHERE about = $1 AND direction = $2 AND delivery <> '' ORDER BY step DESC, id DESC LIMIT 1`,
		about, string(Out)).Scan(&delivered)
	if sqldb.NoRows(err) {
		return nil
	}
	if err != nil {
		return err
	}
	return s.o.Release.Answered(tx, actor, delivered, "mail")
}

// unreadIn gives the decision on which our answers in a mailbox stand, if nobody has read them yet; "" for none.
func unreadIn(tx *sqldb.Tx, report string, messages []Message) (string, error) {
	if !slices.ContainsFunc(messages, func(m Message) bool { return m.Direction == Out }) {
		return "", nil
	}
	return release.Unread(tx, ReportItem, report, release.Reporter)
}

// opened notes that the holder of a mailbox read it, to the hour, as all that is known of them.
func (s *Service) opened(ctx context.Context, decision string) error {
	if s.o.Release == nil {
		return nil
	}
	at := s.now().Truncate(time.Hour)
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		if err := s.o.Release.Fetched(tx, holder, decision, "portal", at, false); err != nil {
			return err
		}
		return holder.Audit(tx, at, OpMailbox, decision, nil, map[string]any{"read": true})
	})
}

// answeredIn notes that the holder of a mailbox wrote back.
func (s *Service) answeredIn(tx *sqldb.Tx, report string, at time.Time) error {
	if s.o.Release == nil {
		return nil
	}
	decision, err := release.Newest(tx, ReportItem, report, release.Reporter)
	if err != nil || decision == "" {
		return err
	}
	return s.o.Release.Fetched(tx, holder, decision, "portal", at, true)
}
