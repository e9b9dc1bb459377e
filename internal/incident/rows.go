package incident

import (
	"context"
	"slices"
	"strconv"

	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

func itoa(n int) string { return strconv.Itoa(n) }

// hiddenOf lists the ids of those that not everybody may see.
func hiddenOf(list []record) (ids []string) {
	for i := range list {
		if list[i].Hidden {
			ids = append(ids, list[i].ID)
		}
	}
	return ids
}

// recordReading puts on record that something restricted was read. What is not on record is not shown.
func (s *Service) recordReading(ctx context.Context, actor identity.Actor, op identity.Operation, ids []string) error {
	if len(ids) == 0 || actor.Kind == identity.SystemKind {
		return nil
	}
	return s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		for _, id := range ids {
			if err := actor.Audit(tx, s.now(), op, id, nil, map[string]any{"restricted": true}); err != nil {
				return err
			}
		}
		return nil
	})
}

// rows makes the lines of a page.
func (s *Service) rows(tx *sqldb.Tx, v Sight, list []record, folded bool) ([]Row, error) {
	out := make([]Row, len(list))
	ids := make([]string, len(list))
	for i := range list {
		row, err := s.row(&list[i])
		if err != nil {
			return nil, err
		}
		out[i], ids[i] = row, list[i].ID
		if folded && list[i].Lead && list[i].State == StateNew {
			if out[i].Folded, err = foldedIn(tx, list[i].Fold); err != nil {
				return nil, err
			}
		}
	}
	if len(list) == 0 {
		return out, nil
	}
	if err := concerned(tx, ids, out); err != nil {
		return nil, err
	}
	return out, s.linkedRows(tx, v, ids, list, out)
}

func (s *Service) row(r *record) (Row, error) {
	row := Row{
		ID: r.ID, Ref: r.Ref, Door: r.Door, State: r.State, Verified: r.Verified, Confidential: r.Confidential, Anonymous: r.Anonymous,
		Quarantined: r.Quarantined, Test: r.Test, Class: r.Class, Severity: r.Severity, Rank: r.Rank, Assignee: r.Assignee, Move: r.Suggested,
		Fold: r.Fold, Received: r.Received, Version: r.Version,
	}
	if len(r.wrapped) == 0 {
		return row, nil
	}
	key, err := s.key(r)
	if err != nil {
		return row, err
	}
	h, err := get[head](key, "head", r.sealedHead)
	row.Subject, row.Reporter = h.Subject, h.Reporter.Name
	if row.Reporter == "" {
		row.Reporter = h.Reporter.Email
	}
	return row, err
}

// foldedIn counts the reports behind a line.
func foldedIn(tx *sqldb.Tx, fold string) (n int, err error) {
	err = tx.QueryRow(`SELECT count(*) FROM (SELECT 1 FROM report WHERE fold = $1 AND fold <> '' AND state = 'new' AND hidden = 0 LIMIT $2) AS found`, fold, FoldMost).Scan(&n)
	return n, err
}

// concerned adds the organisations.
func concerned(tx *sqldb.Tx, ids []string, out []Row) error {
	at := places(ids)
	var q query
	q.in("report", ids)
	return tx.Each("SELECT report, organisation FROM report_concern WHERE "+q.String()+" ORDER BY organisation", q.args, func(scan func(...any) error) error {
		var report, organisation string
		err := scan(&report, &organisation)
		if i, ok := at[report]; ok {
			out[i].Concerned = append(out[i].Concerned, organisation)
		}
		return err
	})
}

func places(ids []string) map[string]int {
	at := make(map[string]int, len(ids))
	for i, id := range ids {
		at[id] = i
	}
	return at
}

// linkedRows adds the incidents that the reports belong to or resemble, as far as the reader may see them.
func (s *Service) linkedRows(tx *sqldb.Tx, v Sight, ids []string, list []record, out []Row) error {
	linked, err := s.incidentsOf(tx, v, ids)
	if err != nil {
		return err
	}
	var similar []string
	for i := range list {
		out[i].Incidents = linked[list[i].ID]
		if list[i].Resembles != "" {
			similar = append(similar, list[i].Resembles)
		}
	}
	known, err := s.refs(tx, v, similar)
	for i := range list {
		if ref, ok := known[list[i].Resembles]; ok && list[i].Resembles != "" {
			out[i].Similar = &ref
		}
	}
	return err
}

// incidentsOf gives the incidents within sight of each of some reports.
func (s *Service) incidentsOf(tx *sqldb.Tx, v Sight, reports []string) (map[string][]Ref, error) {
	var q query
	q.in("l.report", reports)
	q.and("l.alert = 0")
	q.seen(v.Incidents, "i")
	out := map[string][]Ref{}
	err := tx.Each("SELECT l.report, i.id, i.ref, i.data_key, i.head FROM incident_link l JOIN incident k ON k.id = l.incident JOIN incident i ON i.id = k.root WHERE "+q.String()+" ORDER BY l.at, i.id",
		q.args, func(scan func(...any) error) error {
			var report string
			var i incidentRecord
			if err := scan(&report, &i.ID, &i.Ref, &i.wrapped, &i.sealedHead); err != nil {
				return err
			}
			ref, err := s.incidentRef(&i)
			if !slices.Contains(out[report], ref) { // it may be linked to two that were merged
				out[report] = append(out[report], ref)
			}
			return err
		})
	return out, err
}

// refs gives those of some incidents that are within sight, led on to what they were merged into.
func (s *Service) refs(tx *sqldb.Tx, v Sight, ids []string) (map[string]Ref, error) {
	out := map[string]Ref{}
	if len(ids) == 0 {
		return out, nil
	}
	var q query
	q.in("k.id", ids)
	q.seen(v.Incidents, "i")
	err := tx.Each("SELECT k.id, i.id, i.ref, i.data_key, i.head FROM incident k JOIN incident i ON i.id = k.root WHERE "+q.String(), q.args, func(scan func(...any) error) error {
		var i incidentRecord
		var asked string
		if err := scan(&asked, &i.ID, &i.Ref, &i.wrapped, &i.sealedHead); err != nil {
			return err
		}
		ref, err := s.incidentRef(&i)
		out[asked] = ref
		return err
	})
	return out, err
}
