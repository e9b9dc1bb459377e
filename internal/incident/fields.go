package incident

import (
	"slices"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/constituency"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// mostCountries bounds the countries of a role. An incident may concern all there are.
const mostCountries = 250

// countries checks codes, and writes them as a column holds them.
func countries(list []string) (string, error) {
	if len(list) > mostCountries {
		return "", problem.New(problem.Invalid, "%d countries are named, and there are not so many", len(list))
	}
	var out []string
	for _, name := range list {
		code, err := constituency.ParseCountry(name)
		if err != nil {
			return "", err
		}
		out = append(out, string(code))
	}
	slices.Sort(out)
	return strings.Join(slices.Compact(out), ","), nil
}

// Roles of a country in an incident.
const (
	roleVictim  = "victim"
	roleOrigin  = "origin"
	roleTransit = "transit"
)

// indexCountries lets an incident be found by its countries.
func indexCountries(tx *sqldb.Tx, i *incidentRecord) error {
	if _, err := tx.Exec(`DELETE FROM incident_country WHERE incident = $1`, i.ID); err != nil {
		return err
	}
	for role, column := range map[string]string{roleVictim: i.Victim, roleOrigin: i.Origin, roleTransit: i.Transit} {
		for _, code := range codes(column) {
			if _, err := tx.Exec(`INSERT INTO incident_country (code, role, incident) VALUES ($1, $2, $3)`, code, role, i.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// Moments writes since when somebody is aware of an incident, and when it was classified; zero is unknown. It is a step of somebody's operation, which
// authorises, checks and audits.
func (s *Service) Moments(tx *sqldb.Tx, in *Inside, aware, classified time.Time) error {
	if aware.Equal(in.Aware) && classified.Equal(in.Classified) {
		return nil
	}
	in.Aware, in.Classified = aware, classified
	_, err := tx.Exec(`UPDATE incident SET aware = $2, classified = $3, changed = $4, version = version + 1 WHERE id = $1`, in.ID, aware, classified, in.Now)
	return err
}

// moments refuses times that cannot be: what is known of the future, or was before computers.
func (i *incidentRecord) moments(now time.Time) error {
	for name, at := range map[string]time.Time{"became aware of it": i.Aware, "classified it": i.Classified} {
		if !at.IsZero() && (at.After(now.Add(time.Minute)) || at.Year() < 1970) {
			return problem.New(problem.Invalid, "the time at which you %s, %s, is not one that was: give it with its zone, as 2026-10-24T23:30:00+02:00", name, at.Format(time.RFC3339))
		}
	}
	return nil
}

// check refuses what no field can hold.
func (e *Revision) check() error {
	if err := checkFields(e.Class, e.Severity, e.TLP); err != nil {
		return err
	}
	if e.PAP != nil && *e.PAP > tlp.PAPRed {
		return problem.New(problem.Invalid, "that is no PAP label")
	}
	if e.Assignee != nil && len(*e.Assignee) > MaxField {
		return problem.New(problem.Invalid, "that is no account")
	}
	return nil
}

// places writes the countries of a revision into an incident.
func (e *Revision) places(i *incidentRecord) error {
	for _, one := range []struct {
		list   *[]string
		column *string
	}{{e.Victim, &i.Victim}, {e.Origin, &i.Origin}, {e.Transit, &i.Transit}} {
		if one.list == nil {
			continue
		}
		text, err := countries(*one.list)
		if err != nil {
			return err
		}
		*one.column = text
	}
	return nil
}
