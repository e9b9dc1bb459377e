package obligation

import (
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// The sealed bodies.
type (
	decisionBody   struct{ Reason, Who string }
	submissionBody struct{ To, Reference, Note, Why string }
	forwardBody    struct{ Name, Note string }
	recordBody     struct{ Object, Before, After, Reason string }
)

// moment reads milliseconds into a time.
type moment struct{ at *time.Time }

// Scan implements sql.Scanner.
func (m moment) Scan(src any) error {
	ms, _ := src.(int64)
	*m.at = sqldb.Time(ms)
	return nil
}

func gone(what, name string) error {
	return problem.New(problem.NotFound, "there is no %s %q", what, name)
}

const obligationColumns = `id, incident, duty, organisation, applies, facts, kind, entity, crossing, crime, actor, at, computed, version, body`

// decisions reads an incident's obligations without their stages.
func decisions(tx *sqldb.Tx, in *incident.Inside) (list []Obligation, err error) {
	cond, args := in.Rows("incident", 1)
	err = tx.Each(`SELECT `+obligationColumns+` FROM obligation WHERE `+cond+` ORDER BY id`, args, func(scan func(...any) error) error {
		var o Obligation
		var facts string
		var sealed []byte
		err := scan(&o.ID, &o.Incident, &o.Duty, &o.Organisation, &o.Applies, &facts, &o.Kind, &o.Entity, &o.Crossing, &o.Crime, &o.By, moment{&o.At},
			moment{&o.computed}, &o.Version, &sealed)
		if err != nil {
			return err
		}
		if facts != "" {
			o.Facts = strings.Split(facts, ",")
		}
		var b decisionBody
		err = in.Get(o.Incident, "obligation/"+o.ID, sealed, &b)
		o.Reason, o.Who = b.Reason, b.Who
		list = append(list, o)
		return err
	})
	return list, err
}

// save writes a decision anew; version is what it was before, 0 for a new one.
func save(tx *sqldb.Tx, in *incident.Inside, o *Obligation, version int64) error {
	sealed, err := in.PutFor(o.Incident, "obligation/"+o.ID, decisionBody{o.Reason, o.Who})
	if err != nil {
		return err
	}
	n, err := tx.Exec(`INSERT INTO obligation AS o (`+obligationColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, 0, $13, $14)
		ON CONFLICT (id) DO UPDATE SET organisation = excluded.organisation, applies = excluded.applies, facts = excluded.facts, kind = excluded.kind,
		entity = excluded.entity, crossing = excluded.crossing, crime = excluded.crime, actor = excluded.actor, at = excluded.at, version = excluded.version,
		body = excluded.body WHERE o.version = $15`,
		o.ID, o.Incident, o.Duty, o.Organisation, o.Applies, strings.Join(o.Facts, ","), string(o.Kind), string(o.Entity), string(o.Crossing), string(o.Crime),
		o.By, o.At, o.Version, sealed, version)
	if err == nil && n == 0 {
		return problem.New(problem.Conflict, "that decision was changed by somebody else meanwhile: look at it again")
	}
	return err
}

// anchors reads what was stated, for the incident and for obligations. Of several incidents that became one the first's words go before.
func anchors(tx *sqldb.Tx, in *incident.Inside) (list []Statement, err error) {
	cond, args := in.Rows("incident", 1)
	err = tx.Each(`SELECT incident, obligation, anchor, at, actor, stated FROM obligation_anchor WHERE `+cond+` ORDER BY obligation, anchor, incident`, args,
		func(scan func(...any) error) error {
			var a Statement
			err := scan(&a.incident, &a.Obligation, &a.Anchor, moment{&a.At}, &a.By, moment{&a.Stated})
			list = append(list, a)
			return err
		})
	slices.SortStableFunc(list, func(a, b Statement) int { return slices.Index(in.IDs, a.incident) - slices.Index(in.IDs, b.incident) })
	return list, err
}

const submissionColumns = `id, incident, obligation, stage, at, actor, recorded, withdrawn, item, body`

// submissions reads all of an incident, oldest first, withdrawn ones too.
func submissions(tx *sqldb.Tx, in *incident.Inside) (list []Submission, err error) {
	cond, args := in.Rows("incident", 1)
	err = tx.Each(`SELECT `+submissionColumns+` FROM obligation_submission WHERE `+cond+` ORDER BY at, id`, args, func(scan func(...any) error) error {
		var s Submission
		var sealed []byte
		if err := scan(&s.ID, &s.incident, &s.Obligation, &s.Stage, moment{&s.At}, &s.By, moment{&s.Recorded}, moment{&s.Withdrawn}, &s.Item, &sealed); err != nil {
			return err
		}
		var b submissionBody
		err := in.Get(s.incident, "submission/"+s.ID, sealed, &b)
		s.To, s.Reference, s.Note, s.Why = b.To, b.Reference, b.Note, b.Why
		list = append(list, s)
		return err
	})
	return list, err
}

func saveSubmission(tx *sqldb.Tx, in *incident.Inside, s *Submission) error {
	sealed, err := in.PutFor(s.incident, "submission/"+s.ID, submissionBody{s.To, s.Reference, s.Note, s.Why})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO obligation_submission (`+submissionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
		ON CONFLICT (id) DO UPDATE SET withdrawn = excluded.withdrawn, body = excluded.body`,
		s.ID, s.incident, s.Obligation, s.Stage, s.At, s.By, s.Recorded, s.Withdrawn, s.Item, sealed)
	return err
}

// forwards reads all of an incident, oldest first.
func forwards(tx *sqldb.Tx, in *incident.Inside) (list []Forward, err error) {
	cond, args := in.Rows("incident", 1)
	err = tx.Each(`SELECT id, incident, obligation, kind, at, actor, dialogue, body FROM obligation_forward WHERE `+cond+` ORDER BY at, id`, args,
		func(scan func(...any) error) error {
			var f Forward
			var of string
			var sealed []byte
			if err := scan(&f.ID, &of, &f.Obligation, &f.Target, moment{&f.At}, &f.By, &f.Dialogue, &sealed); err != nil {
				return err
			}
			var b forwardBody
			err := in.Get(of, "forward/"+f.ID, sealed, &b)
			f.Name, f.Note = b.Name, b.Note
			list = append(list, f)
			return err
		})
	return list, err
}

// mostRecords bounds how many changes a view shows.
const mostRecords = 200

// records reads the changes of an incident's clocks, the latest first.
func records(tx *sqldb.Tx, in *incident.Inside) (list []Record, err error) {
	cond, args := in.Rows("incident", 2)
	err = tx.Each(`SELECT id, incident, obligation, what, at, actor, body FROM obligation_record WHERE `+cond+` ORDER BY at DESC, id DESC LIMIT $1`,
		append([]any{mostRecords}, args...), func(scan func(...any) error) error {
			var r Record
			var of string
			var sealed []byte
			if err := scan(&r.ID, &of, &r.Obligation, &r.What, moment{&r.At}, &r.By, &sealed); err != nil {
				return err
			}
			var b recordBody
			err := in.Get(of, "record/"+r.ID, sealed, &b)
			r.Object, r.Before, r.After, r.Reason = b.Object, b.Before, b.After, b.Reason
			list = append(list, r)
			return err
		})
	return list, err
}

// record keeps what a change was, and what was before it.
func record(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, r Record) error {
	r.ID = id.NewAt(in.Now)
	sealed, err := in.Put("record/"+r.ID, recordBody{r.Object, r.Before, r.After, r.Reason})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO obligation_record (id, incident, obligation, what, at, actor, body) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		r.ID, in.ID, r.Obligation, r.What, in.Now, actor.ID, sealed)
	return err
}

func stamp(t time.Time) string {
	if t.IsZero() {
		return ""
	}
	return t.UTC().Format(time.RFC3339)
}
