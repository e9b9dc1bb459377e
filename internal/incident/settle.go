package incident

import (
	"strings"
	"time"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// moveTo changes a report's state, and what hangs on it: when it ended, and which report stands for its fold.
func (s *Service) moveTo(tx *sqldb.Tx, now time.Time, r *record, to State) error {
	from := r.State
	if err := s.moveBack(tx, now, r, to); err != nil {
		return err
	}
	return s.turned(tx, now, r, from, to)
}

// moveBack is moveTo for a state that a report had before: nothing new happened to it.
func (s *Service) moveBack(tx *sqldb.Tx, now time.Time, r *record, to State) error {
	ended := int64(0)
	if to == StateResolved || to == StateRejected {
		ended = sqldb.Millis(r.at(now))
	}
	if err := step(tx, now, r, "state = $4, ended = $5", string(to), ended); err != nil {
		return err
	}
	r.State = to
	return lead(tx, r.Fold)
}

// lead lets the newest of a fold that waits and that everybody may see stand for it.
func lead(tx *sqldb.Tx, fold string) error {
	if fold == "" {
		return nil
	}
	var newest string
	err := tx.QueryRow(`SELECT id FROM report WHERE fold = $1 AND fold <> '' AND state = $2 AND hidden = 0 ORDER BY turn, id LIMIT 1`, fold, string(StateNew)).Scan(&newest)
	if err != nil && !sqldb.NoRows(err) {
		return err
	}
	_, err = tx.Exec(`UPDATE report SET lead = CASE WHEN id = $3 THEN 1 ELSE 0 END
		WHERE fold = $1 AND fold <> '' AND state = $2 AND (lead = 1 AND id <> $3 OR lead = 0 AND id = $3)`, fold, string(StateNew), newest)
	return err
}

// hiddenNow is the rule: hidden is a report that resembles a restricted incident, until one of its members has looked; and one that is linked to
// restricted incidents alone.
const hiddenNow = `SELECT CASE WHEN count(*) FILTER (WHERE l.alert = 1) > 0
		OR count(*) FILTER (WHERE l.alert = 0) > 0 AND count(*) FILTER (WHERE l.alert = 0 AND i.restricted = 0) = 0 THEN 1 ELSE 0 END
	FROM incident_link l JOIN incident i ON i.id = l.incident WHERE l.report = $1`

// settle sees to it that a report is hidden as the rule says, and that what is sealed stands in no index. It is called after each change of
// links, of an incident's restriction, and of a report's confidentiality.
func (s *Service) settle(tx *sqldb.Tx, id string) error {
	r, err := s.report(tx, Sight{all: true}, id)
	if err != nil {
		return err
	}
	was := r.sealed()
	if err := tx.QueryRow(hiddenNow, id).Scan(&r.Hidden); err != nil {
		return err
	}
	if _, err := tx.Exec(`UPDATE report SET hidden = $2 WHERE id = $1 AND hidden <> $2`, id, r.Hidden); err != nil {
		return err
	}
	if err := lead(tx, r.Fold); err != nil || was == r.sealed() && (r.words == "") == was {
		return err
	}
	return s.reindex(tx, &r)
}

// reindex puts a report's words and sender into the index, or takes them out.
func (s *Service) reindex(tx *sqldb.Tx, r *record) error {
	var words []string
	sender := ""
	if !r.sealed() && len(r.wrapped) > 0 {
		f, err := s.full(r)
		if err != nil {
			return err
		}
		words, sender = f.words(), strings.ToLower(f.head.Reporter.Email)
	}
	if err := reword(tx, "report", r.ID, r.words, words); err != nil {
		return err
	}
	_, err := tx.Exec(`UPDATE report SET sender = $2 WHERE id = $1`, r.ID, sender)
	return err
}

// handled notes that a person worked on a report: they are told where it went, once they may not see it any more.
func (s *Service) handled(tx *sqldb.Tx, actor identity.Actor, r *record) error {
	if actor.Kind == identity.SystemKind {
		return nil
	}
	if _, err := tx.Exec(`INSERT INTO report_handled (account, report) VALUES ($1, $2) ON CONFLICT DO NOTHING`, actor.ID, r.ID); err != nil {
		return err
	}
	return s.dealt(tx, actor, r, s.now())
}
