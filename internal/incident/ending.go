package incident

import (
	"context"
	"strconv"
	"strings"

	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Ending is what ends along with an incident, as RTIR has it: its open reports and investigations, and what else hangs on it. A report that belongs to
// another open incident stays open.
type Ending struct {
	Active []Hanging `json:"active,omitempty"` // in force in the world: it is never ended silently
	Along  []Hanging `json:"along,omitempty"`
	Stays  []Hanging `json:"stays,omitempty"`
	// Parts are the open incidents that are parts of this one: they stay open, each to be closed by whoever handles it.
	Parts []Hanging `json:"parts,omitempty"`
}

// Agreed is what a person said of what closing an incident would leave or lift. The zero Agreed is what is said unasked: nothing.
type Agreed struct {
	Lift  bool // what is in force ends too
	Parts bool // the incident ends, and its parts stay open
}

// Standing refuses to close an incident over what is active, and over its open parts: somebody has to say that the one is to end too, and that the others
// stay. It is the cause of a problem.Conflict: errors.As finds it.
type Standing struct {
	Ref string `json:"ref"`
	Ending
	said Agreed
}

// Over tells what was to be said, and was not.
func (s *Standing) Over() (active, parts bool) {
	return len(s.Active) > 0 && !s.said.Lift, len(s.Parts) > 0 && !s.said.Parts
}

// Error says it for people.
func (s *Standing) Error() string {
	var out []string
	active, parts := s.Over()
	if active {
		out = append(out, strconv.Itoa(len(s.Active))+" blocks or take-downs are in force: say that they are to be lifted too, or end them first")
	}
	if parts {
		out = append(out, strconv.Itoa(len(s.Parts))+" incidents that are parts of it are open: say that they stay open, or close them first")
	}
	return "of incident " + s.Ref + " " + strings.Join(out, "; ")
}

// Ending tells what closing an incident would end along with it, of what the actor may see. Errors: NotFound.
func (s *Service) Ending(ctx context.Context, actor identity.Actor, name string) (out Ending, err error) {
	err = s.Look(ctx, actor, OpIncidentRead, name, func(tx *sqldb.Tx, in *Inside) error {
		out, err = s.wholeEnding(tx, actor, in)
		return err
	})
	return out, err
}

// wholeEnding is the ending with the open parts that the actor sees.
func (s *Service) wholeEnding(tx *sqldb.Tx, actor identity.Actor, in *Inside) (out Ending, err error) {
	if out, err = s.endingOf(tx, in); err != nil {
		return out, err
	}
	out.Parts, err = s.openParts(tx, actor, in)
	return out, err
}

// openParts lists the open incidents directly beneath one, of those that the actor sees.
func (s *Service) openParts(tx *sqldb.Tx, actor identity.Actor, in *Inside) (list []Hanging, err error) {
	v, err := s.SightOf(tx, actor)
	if err != nil {
		return nil, err
	}
	var q query
	q.and("i.id IN (SELECT y.root FROM incident x JOIN incident_relation e ON e.a = x.id AND e.kind = 'child' JOIN incident y ON y.id = e.b WHERE x.root = ?)", in.ID)
	q.and("i.id <> ? AND i.state = 'open'", in.ID)
	q.seen(v.Incidents, "i")
	found, err := s.incidentList(tx, q)
	for _, r := range found {
		list = append(list, Hanging{Kind: "incident", ID: r.ID, Ref: r.Ref, Title: r.Title, Link: "/incidents/" + r.ID})
	}
	return list, err
}

func (s *Service) endingOf(tx *sqldb.Tx, in *Inside) (out Ending, err error) {
	if err := s.endingReports(tx, in, &out); err != nil {
		return out, err
	}
	list, err := s.openDialogues(tx, in)
	if err != nil {
		return out, err
	}
	for _, v := range list {
		out.Along = append(out.Along, Hanging{Kind: "investigation", ID: v.ID, Ref: v.Ref, Title: v.Subject, Link: "/investigations/" + v.ID})
	}
	for _, p := range s.parts {
		if err := out.part(tx, in, p); err != nil {
			return out, err
		}
	}
	return out, nil
}

// part adds what is open of a part. What is neither active nor ended by closing is left out.
func (e *Ending) part(tx *sqldb.Tx, in *Inside, p Part) error {
	if p.Open == nil {
		return nil
	}
	list, err := p.Open(tx, in)
	for _, h := range list {
		switch {
		case h.Active:
			e.Active = append(e.Active, h)
		case p.Close != nil:
			e.Along = append(e.Along, h)
		}
	}
	return err
}

// child is an open report of an incident.
type child struct {
	record
	stays bool // it belongs to another open incident
}

// children lists the open reports of an incident and of what was merged into it.
func children(tx *sqldb.Tx, in *Inside) (list []child, err error) {
	var q query
	cond, args := in.Rows("k.incident", 1)
	q.where, q.args = append(q.where, "r.id IN (SELECT k.report FROM incident_link k WHERE "+cond+" AND k.alert = 0)"), args
	q.and("r.state IN ('new', 'open')")
	q.args = append(q.args, in.ID)
	err = tx.Each("SELECT "+rowColumns+`, CASE WHEN EXISTS (SELECT 1 FROM incident_link l JOIN incident i ON i.id = l.incident JOIN incident p ON p.id = i.root
			WHERE l.report = r.id AND l.alert = 0 AND p.state = 'open' AND p.id <> $`+itoa(len(q.args))+`) THEN 1 ELSE 0 END
		FROM report r WHERE `+q.String()+" ORDER BY r.received, r.id", q.args, func(scan func(...any) error) error {
		var c child
		err := scan(append(c.rowInto(), &c.stays)...)
		list = append(list, c)
		return err
	})
	return list, err
}

func (s *Service) endingReports(tx *sqldb.Tx, in *Inside, out *Ending) error {
	list, err := children(tx, in)
	if err != nil {
		return err
	}
	for i := range list {
		row, err := s.row(&list[i].record)
		if err != nil {
			return err
		}
		h := Hanging{Kind: "report", ID: row.ID, Ref: row.Ref, Title: row.Subject, Link: "/reports/" + row.ID}
		if list[i].stays {
			out.Stays = append(out.Stays, h)
		} else {
			out.Along = append(out.Along, h)
		}
	}
	return nil
}

// openDialogues lists the open investigations of an incident, and of what was merged into it.
func (s *Service) openDialogues(tx *sqldb.Tx, in *Inside) (list []Investigation, err error) {
	cond, args := in.Rows("incident", 1)
	err = tx.Each("SELECT "+investigationColumns+" FROM investigation WHERE "+cond+" AND incident <> '' AND state = 'open' ORDER BY opened, id", args, func(scan func(...any) error) error {
		v, sealed, err := scanInvestigation(scan)
		if err != nil {
			return err
		}
		var b investigationBody
		err = in.Get(v.Incident, "investigation/"+v.ID, sealed, &b)
		v.Party, v.Subject = b.Party, b.Subject
		list = append(list, v)
		return err
	})
	return list, err
}

// cascade ends what ends along with an incident. Before it changes anything it refuses what is active, and open parts, of which nobody said that it may be.
func (s *Service) cascade(tx *sqldb.Tx, actor identity.Actor, in *Inside, to Stage, why string, said Agreed) error {
	e, err := s.wholeEnding(tx, actor, in)
	if err != nil {
		return err
	}
	stands := Standing{Ref: in.Ref, Ending: e, said: said}
	if active, parts := stands.Over(); active || parts {
		return problem.New(problem.Conflict, "nothing was changed: %w", &stands)
	}
	if err := s.endReports(tx, actor, in, to, why); err != nil {
		return err
	}
	if err := s.endDialogues(tx, actor, in, why); err != nil {
		return err
	}
	for _, p := range s.parts {
		if p.Close == nil {
			continue
		}
		if err := p.Close(tx, actor, in, why, said.Lift); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) endReports(tx *sqldb.Tx, actor identity.Actor, in *Inside, to Stage, why string) error {
	list, err := children(tx, in)
	if err != nil {
		return err
	}
	m, _ := find(reportMoves, along[to])
	for i := range list {
		r := &list[i].record
		if list[i].stays {
			continue
		}
		if err := s.moveTo(tx, in.Now, r, m.To); err != nil {
			return err
		}
		n, err := tx.Exec(`UPDATE investigation SET state = $2, version = version + 1 WHERE report = $1 AND report <> '' AND state = 'open'`, r.ID, string(StateResolved))
		if err != nil {
			return err
		}
		if err := actor.AuditReason(tx, r.at(in.Now), OpMove, r.ID, why, nil, map[string]any{"move": m.Name, "to": m.To, "with": in.ID, "investigations": n}); err != nil {
			return err
		}
	}
	return nil
}

func (s *Service) endDialogues(tx *sqldb.Tx, actor identity.Actor, in *Inside, why string) error {
	list, err := s.openDialogues(tx, in)
	if err != nil {
		return err
	}
	for _, v := range list {
		if _, err := tx.Exec(`UPDATE investigation SET state = $2, version = version + 1 WHERE id = $1`, v.ID, string(StateResolved)); err != nil {
			return err
		}
		if err := actor.AuditReason(tx, in.Now, OpInvestigate, in.ID, why, nil, map[string]any{"investigation": v.ID, "state": StateResolved, "with": in.ID}); err != nil {
			return err
		}
	}
	return nil
}
