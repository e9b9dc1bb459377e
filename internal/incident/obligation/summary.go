package obligation

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Summary is what the single point of contact reports each quarter (NIS2 Art. 23(9)): counts alone, each of one question, so that no notification can
// be told from others.
type Summary struct {
	Law   string    `json:"law"`
	From  time.Time `json:"from"`
	Until time.Time `json:"until"` // not in it any more
	Total int       `json:"total"` // notified for the first time in that time
	Lines []Line    `json:"lines"`
}

// Line is one count.
type Line struct {
	Question string `json:"question"` // kind, entity, cross-border, suspected-crime, class, severity, month, "stage ID"
	Answer   string `json:"answer"`   // for a stage: done, late, overdue, running, pending
	Count    int    `json:"count"`
}

// ParseQuarter reads a quarter, "2026-Q4", in a zone. Errors: Invalid.
func ParseQuarter(s string, zone *time.Location) (from, until time.Time, err error) {
	year, quarter, _ := strings.Cut(strings.ToUpper(s), "-Q")
	y, err := strconv.Atoi(year)
	q, err2 := strconv.Atoi(quarter)
	if err != nil || err2 != nil || q < 1 || q > 4 || y < 1970 || y > 9999 {
		return from, until, problem.New(problem.Invalid, "%q is no quarter: write it as 2026-Q4", s)
	}
	first := time.Month(3*q - 2)
	return time.Date(y, first, 1, 0, 0, 0, 0, zone), time.Date(y, first+3, 1, 0, 0, 0, 0, zone), nil
}

// Quarter names the quarter of a moment in a zone.
func Quarter(t time.Time, zone *time.Location) string {
	local := t.In(zone)
	return strconv.Itoa(local.Year()) + "-Q" + strconv.Itoa((int(local.Month())+2)/3)
}

// Summarise counts what was notified for the first time within a quarter ("2026-Q4") under a law (by id; empty: nis2), of what the actor sees. Errors:
// Invalid.
func (s *Service) Summarise(ctx context.Context, actor identity.Actor, law, quarter string) (out Summary, err error) {
	if err := actor.Authorise(OpExport, quarter); err != nil {
		return out, err
	}
	out = Summary{Law: cmp.Or(law, "nis2"), Lines: []Line{}}
	if out.From, out.Until, err = ParseQuarter(quarter, s.o.Zone); err != nil {
		return out, err
	}
	if _, err := s.o.Laws.Find(out.Law, out.From); err != nil {
		return out, problem.New(problem.Invalid, "%v", err)
	}
	counts := map[Line]int{}
	err = s.o.DB.Read(ctx, func(tx *sqldb.Tx) error {
		clear(counts)
		list, err := s.notified(tx, actor, &out)
		out.Total = len(list)
		for _, n := range list {
			if err == nil {
				err = s.tally(tx, actor, n, counts)
			}
		}
		return err
	})
	if err != nil {
		return Summary{}, err
	}
	for line, n := range counts {
		line.Count = n
		out.Lines = append(out.Lines, line)
	}
	slices.SortFunc(out.Lines, func(a, b Line) int {
		return cmp.Or(strings.Compare(a.Question, b.Question), strings.Compare(a.Answer, b.Answer))
	})
	err = s.o.DB.Write(ctx, func(tx *sqldb.Tx) error {
		return actor.Audit(tx, s.o.Clock.Now(), OpExport, quarter, nil, map[string]any{"law": out.Law, "total": out.Total})
	})
	return out, err
}

// notified is an obligation whose first submission lies within the quarter.
type notified struct {
	obligation, incident string
	at                   time.Time
}

func (s *Service) notified(tx *sqldb.Tx, actor identity.Actor, out *Summary) (list []notified, err error) {
	sight, err := s.o.Incidents.SightOf(tx, actor)
	if err != nil {
		return nil, err
	}
	cond, args := sight.Incidents("i", 4)
	err = tx.Each(`SELECT o.id, o.incident, min(b.at) FROM obligation o JOIN incident i ON i.id = o.incident JOIN obligation_submission b ON b.obligation = o.id AND b.withdrawn = 0
		WHERE o.applies = 1 AND o.duty LIKE $1 AND `+cond+` GROUP BY o.id, o.incident HAVING min(b.at) >= CAST($2 AS BIGINT) AND min(b.at) < CAST($3 AS BIGINT) ORDER BY o.id`,
		append([]any{out.Law + "/%", out.From, out.Until}, args...), func(scan func(...any) error) error {
			var n notified
			err := scan(&n.obligation, &n.incident, moment{&n.at})
			list = append(list, n)
			return err
		})
	return list, err
}

// tally counts one.
func (s *Service) tally(tx *sqldb.Tx, actor identity.Actor, n notified, counts map[Line]int) error {
	in, err := s.o.Incidents.Inside(tx, actor, n.incident)
	if err != nil {
		return err
	}
	o, err := s.find(tx, in, n.obligation)
	if err != nil {
		return err
	}
	for question, answer := range answers(in, &o, n.at.In(s.o.Zone)) {
		counts[Line{Question: question, Answer: cmp.Or(answer, "unknown")}]++
	}
	return nil
}

func answers(in *incident.Inside, o *Obligation, at time.Time) map[string]string {
	list := map[string]string{
		"kind": string(o.Kind), "entity": string(o.Entity), "cross-border": string(o.Crossing), "suspected-crime": string(o.Crime),
		"class": string(in.Class), "severity": string(in.Severity), "month": at.Format("2006-01"),
	}
	for _, one := range o.Stages {
		list["stage "+one.ID] = string(one.State)
	}
	return list
}
