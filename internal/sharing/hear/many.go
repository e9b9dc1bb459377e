package hear

import (
	"context"
	"fmt"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
	"github.com/firehall/firehall/internal/sharing"
)

// OriginIncidents is where incidents are set aside from that were stored and became no reports.
const OriginIncidents = "incidents"

const day = 24 * time.Hour

// today is the number of the day (UTC) of a moment.
func today(now time.Time) int64 { return now.Unix() / int64(day/time.Second) }

// reportsOn counts the reports, and messages to them, that an organisation's incidents became that day.
func reportsOn(tx *sqldb.Tx, organisation string, now time.Time) (n int, err error) {
	err = tx.QueryRow(`SELECT reports FROM sharing_day WHERE source = $1 AND day = $2`, organisation, today(now)).Scan(&n)
	if sqldb.NoRows(err) {
		return 0, nil
	}
	return n, err
}

// count counts one more, and forgets days that are long over.
func count(tx *sqldb.Tx, organisation string, now time.Time) error {
	_, err := tx.Exec(`INSERT INTO sharing_day AS d (source, day, reports) VALUES ($1, $2, 1) ON CONFLICT (source, day) DO UPDATE SET reports = d.reports + 1`, organisation, today(now))
	if err != nil {
		return err
	}
	_, err = tx.Exec(`DELETE FROM sharing_day WHERE source = $1 AND day < $2`, organisation, today(now)-7)
	return err
}

// setAside leaves an incident to a person.
func (h *Hearer) setAside(ctx context.Context, one *source, o *object) error {
	h.Log.WarnContext(ctx, "a fellow team sends more incidents than become reports in a day: the rest is set aside", "organisation", one.organisation, "per_day", h.PerDay)
	return h.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return sharing.PutAside(tx, h.Clock.Now(), sharing.Aside{
			Source: one.organisation, Origin: OriginIncidents, Object: o.id, Code: sharing.CodeMany, Raw: o.raw,
			Detail: fmt.Sprintf("its team had sent as many incidents that day as become reports by themselves (sharing.reports_per_day: %d): take it in if it matters", h.PerDay),
		})
	})
}

// TakeIn makes a report of an incident that was set aside since there were too many that day, as it is now, and gives the report's id. Errors: Forbidden; NotFound,
// also where the incident itself is gone; Conflict for what was set aside for another reason.
func (h *Hearer) TakeIn(ctx context.Context, actor identity.Actor, aside string) (report string, err error) {
	if err := actor.Authorise(sharing.OpOrder, aside); err != nil {
		return "", err
	}
	var one *source
	var o *object
	var k heard
	err = h.DB.Read(ctx, func(tx *sqldb.Tx) (err error) {
		if one, o, err = setAsideOf(tx, aside); err == nil {
			k, err = heardOf(tx, one.organisation, o.id)
		}
		return err
	})
	if err != nil {
		return "", err
	}
	done := func(tx *sqldb.Tx, report string) error {
		a, err := sharing.TakeAside(tx, aside)
		if err != nil {
			return err
		}
		return actor.Audit(tx, h.Clock.Now(), sharing.OpOrder, a.ID, map[string]any{"aside": a.Object, "code": a.Code, "source": a.Source}, map[string]any{"report": report})
	}
	t, err := one.told(o)
	switch {
	case err != nil:
		return "", err
	case k.report != "" && k.version >= o.version: // it came by another version
		return k.report, h.DB.Write(ctx, func(tx *sqldb.Tx) error { return done(tx, k.report) })
	}
	return h.hand(ctx, one, o, k, t, done)
}

// setAsideOf reads the newest version of an incident that was set aside, with what goes with it.
func setAsideOf(tx *sqldb.Tx, aside string) (*source, *object, error) {
	var organisation, object, code string
	err := tx.QueryRow(`SELECT source, object_id, code FROM sharing_aside WHERE id = $1`, aside).Scan(&organisation, &object, &code)
	switch {
	case sqldb.NoRows(err):
		return nil, nil, problem.New(problem.NotFound, "nothing of that number is set aside")
	case err != nil:
		return nil, nil, err
	case code != sharing.CodeMany:
		return nil, nil, problem.New(problem.Conflict, "only an incident that came on a day with too many of them can be taken in; the others have to be given anew")
	}
	list, err := gathered(tx, `source = $1 AND (object_id = $2 OR type = 'relationship' AND object_id IN (SELECT id FROM sharing_relation WHERE origin = $2 OR target = $2)) ORDER BY num`,
		organisation, object)
	if err != nil {
		return nil, nil, err
	}
	if len(list) != 1 || len(list[0].incidents) == 0 {
		return nil, nil, problem.New(problem.NotFound, "the incident is not kept any more: dismiss it here, or ask the team that gave it")
	}
	one := list[0]
	newest := one.incidents[0]
	for _, o := range one.incidents {
		if o.version > newest.version {
			newest = o
		}
	}
	return one, newest, nil
}
