package observable

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Verdict says whether what was seen was what it was taken for.
type Verdict string

// The verdicts; "" is not known.
const (
	True  Verdict = "true"
	False Verdict = "false" // a false positive
)

// Sighting is that somebody saw an observable.
type Sighting struct {
	ID      string    `json:"id"`
	At      time.Time `json:"at"`
	Count   int       `json:"count"`
	Verdict Verdict   `json:"verdict,omitempty"`
	Seer    string    `json:"seer"` // who saw it: an organisation, a person, a sensor
	Note    string    `json:"note,omitempty"`
	Noted   time.Time `json:"noted"`
	By      string    `json:"by"` // who noted it
}

// mostCount is the largest count of one sighting, and mostSightings how many are shown.
const (
	mostCount     = 1_000_000_000
	mostSightings = 200
)

// seen is what of a sighting is sealed.
type seen struct {
	Seer string `json:"seer"`
	Note string `json:"note,omitempty"`
}

func (g *Sighting) check(now time.Time) error {
	g.Seer, g.Note = line(g.Seer), strings.TrimSpace(strings.ToValidUTF8(g.Note, "?"))
	if g.At.IsZero() {
		g.At = now
	}
	if g.Count == 0 {
		g.Count = 1
	}
	switch {
	case g.Seer == "":
		return problem.New(problem.Invalid, "say who saw it: an organisation, a person or a sensor")
	case len(g.Seer) > 300 || len(g.Note) > maxNote:
		return problem.New(problem.Invalid, "who saw it may have 300 bytes, and the note %d", maxNote)
	case g.Count < 0 || g.Count > mostCount:
		return problem.New(problem.Invalid, "how often it was seen is a number from 1 to %d", mostCount)
	case g.Verdict != "" && g.Verdict != True && g.Verdict != False:
		return problem.New(problem.Invalid, "%q is no verdict: use true, false or nothing", cut(string(g.Verdict)))
	case g.At.After(now.Add(time.Hour)):
		return problem.New(problem.Invalid, "it cannot have been seen in the future: look at the time")
	}
	return nil
}

// Sight notes that somebody saw an observable; when it was first and last seen follows. Errors: NotFound, Invalid.
func (s *Service) Sight(ctx context.Context, actor identity.Actor, name, observable string, g Sighting) error {
	if err := actor.Authorise(OpEdit, name); err != nil {
		return err
	}
	return s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		if err := g.check(in.Now); err != nil {
			return err
		}
		r, err := one(tx, in, observable)
		if err != nil {
			return err
		}
		g.ID = id.NewAt(in.Now)
		sealed, err := in.PutAs(r.Incident, "sighting/"+g.ID, seen{g.Seer, g.Note})
		if err != nil {
			return err
		}
		_, err = tx.Exec(`INSERT INTO observable_sighting (id, incident, observable, at, count, verdict, noted, actor, body) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
			g.ID, r.Incident, r.ID, g.At, g.Count, string(g.Verdict), in.Now, actor.ID, sealed)
		if err != nil {
			return err
		}
		r.seen(g.At, g.At)
		if err := r.update(tx, in); err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpEdit, r.ID, nil, map[string]any{"sighting": g.ID, "at": g.At, "count": g.Count, "verdict": g.Verdict})
	})
}

// Unsight takes a sighting back that was noted in error. Errors: NotFound.
func (s *Service) Unsight(ctx context.Context, actor identity.Actor, name, sighting string) error {
	if err := actor.Authorise(OpEdit, name); err != nil {
		return err
	}
	return s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		cond, args := in.Rows("incident", 2)
		var of string
		err := tx.QueryRow(`DELETE FROM observable_sighting WHERE id = $1 AND `+cond+` RETURNING observable`, append([]any{sighting}, args...)...).Scan(&of)
		if sqldb.NoRows(err) {
			return problem.New(problem.NotFound, "there is no such sighting in this incident")
		}
		if err != nil {
			return err
		}
		return actor.Audit(tx, in.Now, OpEdit, of, map[string]any{"sighting": sighting}, nil)
	})
}

// sightingsOf lists the sightings of an observable, the latest first; at most so many.
func sightingsOf(tx *sqldb.Tx, in *incident.Inside, r *record, most int) (list []Sighting, err error) {
	err = tx.Each(`SELECT id, at, count, verdict, noted, actor, body FROM observable_sighting WHERE observable = $1 ORDER BY at DESC, id DESC LIMIT $2`, []any{r.ID, most},
		func(next func(...any) error) error {
			var g Sighting
			var sealed []byte
			if err := next(&g.ID, moment{&g.At}, &g.Count, &g.Verdict, moment{&g.Noted}, &g.By, &sealed); err != nil {
				return err
			}
			var b seen
			err := in.Get(r.Incident, "sighting/"+g.ID, sealed, &b)
			g.Seer, g.Note = b.Seer, b.Note
			list = append(list, g)
			return err
		})
	return list, err
}

// sighted counts the sightings of observables.
func sighted(tx *sqldb.Tx, at map[string]*Observable) error {
	return tally(tx, at, `SELECT observable, CAST(sum(count) AS BIGINT), CAST(coalesce(sum(count) FILTER (WHERE verdict = 'false'), 0) AS BIGINT)
		FROM observable_sighting WHERE observable IN (%) GROUP BY observable`, func(o *Observable, n, no int) { o.Seen, o.False = n, no })
}
