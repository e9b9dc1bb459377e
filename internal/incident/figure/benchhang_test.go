package figure

import (
	"fmt"
	"strconv"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// What else hangs on incidents, so many that a list without an index would show it.
const (
	tasksEach      = 5  // of an incident: 100,000 of 20,000 incidents
	lessonEvery    = 4  // incidents: 5,000 lessons with two actions each
	takedownEvery  = 4  // incidents: 5,000 countermeasures
	campaignEvery  = 10 // incidents: 2,000 campaigns of five incidents each
	campaignHolds  = 5
	insideAtOnce   = 500 // incidents a transaction
	owners         = 41
	benchDay       = 24 * time.Hour
	benchDayMillis = 86_400_000
)

// busy hangs tasks, lessons with actions and campaigns on the incidents. What people write is sealed by the incident, as it is when they do.
func (l *load) busy() {
	l.write()
	l.campaigns()
	l.do(
		`UPDATE incident_task SET state = 'done', ended = due WHERE incident IN (SELECT id FROM incident WHERE closed > 0)`,
		`UPDATE lesson_action SET state = 'done', ended = due, ended_by = owner WHERE rowid % 3 = 0`,
		// A sixth waits for a first answer, a sixth for a second; of the rest most are gone.
		`UPDATE countermeasure SET state = CASE rowid % 6 WHEN 0 THEN 'asked' WHEN 1 THEN 'chased' WHEN 2 THEN 'draft' ELSE 'gone' END WHERE true`,
		`UPDATE countermeasure SET asked = opened, due = opened + (rowid % 14 - 7) * `+strconv.Itoa(benchDayMillis)+` WHERE state IN ('asked', 'chased')`,
		`UPDATE countermeasure SET asked = opened, gone = opened + `+strconv.Itoa(benchDayMillis)+` WHERE state = 'gone'`,
	)
}

// write writes tasks and lessons.
func (l *load) write() {
	for from := 0; from < len(l.ids); from += insideAtOnce {
		err := l.db.Write(l.Context(), func(tx *sqldb.Tx) error {
			for n := from; n < min(from+insideAtOnce, len(l.ids)); n++ {
				in, err := l.incidents.Inside(tx, ada, l.ids[n])
				if err != nil {
					return err
				}
				for k := range tasksEach {
					if err := writeTask(tx, in, n*tasksEach+k, k); err != nil {
						return err
					}
				}
				if n%lessonEvery == 0 {
					if err := writeLesson(tx, in, n); err != nil {
						return err
					}
				}
			}
			return nil
		})
		if err != nil {
			l.Fatal(err)
		}
	}
}

// due is a day around now; every seventh has none.
func due(in *incident.Inside, n int) time.Time {
	if n%7 == 0 {
		return time.Time{}
	}
	return in.Now.Add(time.Duration(n%120-60) * benchDay)
}

func writeTask(tx *sqldb.Tx, in *incident.Inside, n, rank int) error {
	task := id.NewAt(in.Now)
	sealed, err := in.Put("task/"+task, map[string]string{"title": fmt.Sprintf("Ring host %d and ask what its log says", n)})
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO incident_task (id, incident, run, step, rank, state, assignee, due, answer, why, created, changed, ended, actor, version, body)
		VALUES ($1, $2, '', '', $3, $4, $5, $6, '', '', $7, $7, 0, 'ada', 1, $8)`,
		task, in.ID, rank, []string{"open", "doing"}[n%2], []string{"", "ada", fmt.Sprintf("person%d", n%owners)}[n%3], due(in, n), in.Now, sealed)
	return err
}

func writeLesson(tx *sqldb.Tx, in *incident.Inside, n int) error {
	lesson := id.NewAt(in.Now)
	sealed, err := in.Put("lesson/"+lesson, map[string]string{"text": fmt.Sprintf("Nobody knew who answers for host %d at night.", n)})
	if err != nil {
		return err
	}
	if _, err = tx.Exec(`INSERT INTO lesson (id, incident, kind, state, actor, created, editor, changed, removed, version, body) VALUES ($1, $2, 'badly', '', 'ada', $3, 'ada', $3, 0, 1, $4)`,
		lesson, in.ID, in.Now, sealed); err != nil {
		return err
	}
	for k := range 2 {
		action := id.NewAt(in.Now)
		sealed, err := in.Put("action/"+action, map[string]string{"text": fmt.Sprintf("Ask owner %d for a number that is answered at night", n+k)})
		if err != nil {
			return err
		}
		if _, err := tx.Exec(`INSERT INTO lesson_action (id, incident, lesson, state, owner, due, ended, ended_by, actor, created, version, body)
			VALUES ($1, $2, $3, 'open', $4, $5, 0, '', 'ada', $6, 1, $7)`, action, in.ID, lesson, fmt.Sprintf("person%d", n%owners), due(in, n+k), in.Now, sealed); err != nil {
			return err
		}
	}
	return nil
}

// takedowns asks for countermeasures while all incidents are open.
func (l *load) takedowns() {
	s := countermeasure.New(countermeasure.Options{DB: l.db, Incidents: l.incidents})
	for n := 0; n < len(l.ids); n += takedownEvery {
		asset := countermeasure.Asset{Kind: countermeasure.URL, Value: fmt.Sprintf("https://www%d.host%d.example/login", n, n%500)}
		ladder := []countermeasure.Party{{
			Role: countermeasure.Hoster, Party: incident.Party{Name: fmt.Sprintf("Host %d", n%200), Email: fmt.Sprintf("abuse@host%d.example", n%200)},
		}}
		if _, err := s.Open(l.Context(), ada, l.ids[n], countermeasure.Plan{Asset: &asset, Ladder: &ladder}); err != nil {
			l.Fatal(err)
		}
	}
}

func (l *load) campaigns() {
	for n := 0; n < len(l.ids); n += campaignEvery {
		c, err := l.incidents.OpenCampaign(l.Context(), ada, incident.CampaignText{Name: fmt.Sprintf("The kit of spring %d", n), Text: "One hand behind many sites."})
		if err != nil {
			l.Fatal(err)
		}
		for k := n; k < min(n+campaignHolds, len(l.ids)); k++ {
			l.do(`UPDATE incident SET campaign = '` + c.ID + `' WHERE id = '` + l.ids[k] + `'`)
		}
	}
}
