package delivery

import (
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/outbox"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// OpRecall is the lane's: a message is not sent, because what release decided does not hold any more.
const OpRecall identity.Operation = "delivery.recall"

// recall ends a message that was just claimed and may not go any more: a message may wait for days, behind a stop order or a relay that is
// down, and the bytes are for the contact as it was. What it was to tell is due again, and is decided anew.
func (s *Service) recall(tx *sqldb.Tx, actor identity.Actor, f *flight) (bool, error) {
	why, err := s.recalled(tx, f)
	stop := release.Withheld{}
	if err == nil && why == "" {
		stop, why, err = s.again(tx, f)
	}
	switch {
	case err != nil:
		return false, err
	case stop.Rule != "":
		return true, s.withhold(tx, actor, f, stop)
	case why == "":
		return false, nil
	}
	now := s.Clock.Now()
	n, err := tx.Exec(`UPDATE delivery SET state = $3, version = version + 1, claimed_by = '', attempt = attempt - 1, settled_at = $4, detail = $5
		WHERE id = $1 AND state = 'sending' AND version = $2`, f.item.ID, f.version, string(moveRecall.To), now, why)
	if err != nil || n == 0 {
		return true, err
	}
	if err := outbox.Post(tx, now, Failed, f.item.ID); err != nil {
		return true, err
	}
	s.Log.WarnContext(tx.Context(), "a message may not be sent any more", "delivery", f.item.ID, "reason", why)
	return true, actor.AuditReason(tx, now, OpRecall, f.item.ID, why, nil, moved{State: moveRecall.To})
}

// recalled says why a message may not be sent any more, "" if it may.
func (s *Service) recalled(tx *sqldb.Tx, f *flight) (string, error) {
	contact, err := contactIn(tx, f.item.Contact, f.item.Address)
	switch {
	case problem.Is(err, problem.NotFound):
		return "its contact is not in the register any more: what it was to tell is due again", nil
	case err != nil:
		return "", err
	case f.fit != "" && f.fit != release.ContactDigest(contact):
		return "its contact has changed since it was written: what it was to tell is due again", nil
	case !contact.Usable():
		return "messages to its contact come back: what it was to tell is due again", nil
	}
	return "", nil
}
