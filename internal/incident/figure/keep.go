package figure

import (
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// standing says what a moment counts for.
const (
	mistaken = -1 // for nothing
	followed = 0  // a closing that was followed by a reopening: it counts, its time does not
	stands   = 1
)

// aboutNumber is how the table names what a moment is about.
func aboutNumber(a incident.About) int64 {
	if a == incident.AboutIncident {
		return 1
	}
	return 0
}

// Keep writes a moment, in the transaction of what it tells of. It is the ear that incident.Options.Moment asks for.
func Keep(tx *sqldb.Tx, m incident.Moment) error {
	switch m.Code {
	case incident.Worked:
		return keepWork(tx, m)
	case incident.Arrived, incident.Acknowledged, incident.Triaged, incident.Contained:
		return keepOnce(tx, m)
	case incident.Untriaged:
		return withdraw(tx, m.Subject, incident.Triaged, mistaken)
	case incident.Uncontained:
		return withdraw(tx, m.Subject, incident.Contained, mistaken)
	case incident.Undone:
		return withdraw(tx, m.Subject, incident.Closed, mistaken)
	case incident.Reopened:
		if err := withdraw(tx, m.Subject, incident.Closed, followed); err != nil {
			return err
		}
	}
	return insert(tx, m, id.NewAt(m.At), "")
}

// keepOnce writes what happens once: the first counts, unless it was a mistake.
func keepOnce(tx *sqldb.Tx, m incident.Moment) error {
	return insert(tx, m, m.Subject+"/"+string(m.Code), ` ON CONFLICT (id) DO UPDATE SET at = excluded.at, took = excluded.took, standing = 1 WHERE moment.standing = -1`)
}

func insert(tx *sqldb.Tx, m incident.Moment, row, conflict string) error {
	_, err := tx.Exec(`INSERT INTO moment (id, about, subject, code, at, took, standing) VALUES ($1, $2, $3, $4, $5, $6, 1)`+conflict,
		row, aboutNumber(m.About), m.Subject, string(m.Code), m.At, max(0, m.At.Sub(m.Since)).Milliseconds())
	return err
}

// withdraw says of a moment that stands that it does not.
func withdraw(tx *sqldb.Tx, subject string, code incident.MomentCode, to int) error {
	_, err := tx.Exec(`UPDATE moment SET standing = $3 WHERE subject = $1 AND code = $2 AND standing = 1`, subject, string(code), to)
	return err
}

func keepWork(tx *sqldb.Tx, m incident.Moment) error {
	_, err := tx.Exec(`INSERT INTO moment_work (hour, actor, subject, about) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING`,
		m.At.Truncate(time.Hour), m.Actor, m.Subject, aboutNumber(m.About))
	return err
}
