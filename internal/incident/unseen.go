package incident

import (
	"strings"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/release"
)

// personal is the batch of notices to people of the team: to whom they went tells who is a member of what.
const personal = "personal"

// Of a hidden report: what was written to the reporter and to others; of it and of restricted incidents: what was written in their investigations;
// and what names the report's ref as its ticket, as acknowledgements do. CROSS JOIN: SQLite begins with what is hidden, of which there is little.
const (
	hiddenMail = `SELECT m.delivery FROM report r CROSS JOIN incident_message m WHERE m.about = r.id AND m.delivery <> '' AND r.hidden = 1 AND NOT %r
		UNION ALL SELECT f.delivery FROM report r CROSS JOIN referral f WHERE f.report = r.id AND f.delivery <> '' AND r.hidden = 1 AND NOT %r
		UNION ALL SELECT m.delivery FROM report r CROSS JOIN investigation v CROSS JOIN incident_message m
			WHERE v.report = r.id AND v.report <> '' AND m.about = v.id AND m.delivery <> '' AND r.hidden = 1 AND NOT %r
		UNION ALL SELECT m.delivery FROM incident i JOIN investigation v ON v.incident = i.id AND v.incident <> '' JOIN incident_message m ON m.about = v.id
			WHERE m.delivery <> '' AND i.restricted = 1 AND NOT %i`
	hiddenRefs = `SELECT r.ref FROM report r WHERE r.hidden = 1 AND NOT %r`
)

// UnseenMail gives the condition that deliveries, under an alias, meet that an actor may not know of, with its arguments; first is the number of the
// first: what was written about reports and incidents out of their sight, and to whom of the team. It is a step of somebody's operation.
func (s *Service) UnseenMail(tx *sqldb.Tx, actor identity.Actor, alias string, first int) (string, []any, error) {
	v, err := s.SightOf(tx, actor)
	if err != nil || v.all {
		return "FALSE", nil, err
	}
	reports, args := v.Reports("r", first)
	incidents, _ := v.Incidents("i", first) // the same arguments
	with := strings.NewReplacer("%r", reports, "%i", incidents, "%d", alias)
	return with.Replace(`(%d.contact = '` + release.Correspondent + `' AND (%d.batch = '` + personal + `' OR %d.ticket <> '' AND %d.ticket IN (` + hiddenRefs + `))
		OR %d.id IN (` + hiddenMail + `))`), args, nil
}

// What release decided about hidden reports and restricted incidents, and about what hangs on them, by the id of the item.
const hiddenItems = `SELECT r.id FROM report r WHERE r.hidden = 1 AND NOT %r
		UNION ALL SELECT v.id FROM report r CROSS JOIN investigation v WHERE v.report = r.id AND v.report <> '' AND r.hidden = 1 AND NOT %r
		UNION ALL SELECT i.id FROM incident i WHERE i.restricted = 1 AND NOT %i
		UNION ALL SELECT v.id FROM incident i JOIN investigation v ON v.incident = i.id AND v.incident <> '' WHERE i.restricted = 1 AND NOT %i
		UNION ALL SELECT c.id FROM incident i JOIN countermeasure c ON c.incident = i.id WHERE i.restricted = 1 AND NOT %i`

// UnseenItems gives the condition that release's decisions, under an alias, meet that an actor may not know of, with its arguments; first is the number of
// the first. It is a step of somebody's operation.
func (s *Service) UnseenItems(tx *sqldb.Tx, actor identity.Actor, alias string, first int) (string, []any, error) {
	v, err := s.SightOf(tx, actor)
	if err != nil || v.all {
		return "1 = 0", nil, err
	}
	reports, args := v.Reports("r", first)
	incidents, _ := v.Incidents("i", first) // the same arguments
	with := strings.NewReplacer("%r", reports, "%i", incidents, "%d", alias)
	return with.Replace(`(%d.item_kind <> 'findings' AND %d.item_id IN (` + hiddenItems + `)
		OR %d.item_kind = 'correction' AND (substr(%d.item_id, 8) IN (` + hiddenItems + `) OR substr(%d.item_id, 10) IN (` + hiddenItems + `)))`), args, nil
}
