package observable

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/core/tlp"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Limits of an incident's observables.
const (
	MaxBulk = 10_000 // that are added at once
	MaxHere = 50_000 // of one incident
)

// Add adds observables to an incident, all that can be; what cannot is listed with the reason. Errors: NotFound; Invalid for too many.
func (s *Service) Add(ctx context.Context, actor identity.Actor, name string, drafts []Draft) (out Added, err error) {
	if err := actor.Authorise(OpAdd, name); err != nil {
		return out, err
	}
	if len(drafts) == 0 || len(drafts) > MaxBulk {
		return out, problem.New(problem.Invalid, "give between 1 and %d observables, and not %d", MaxBulk, len(drafts))
	}
	err = s.o.Incidents.Work(ctx, actor, name, func(tx *sqldb.Tx, in *incident.Inside) error {
		out, err = s.add(tx, actor, in, drafts)
		return err
	})
	if err != nil {
		return Added{}, err
	}
	return out, nil
}

// Note adds one observable, or finds it if it is there: a step of somebody's operation, which authorises. Errors: Invalid.
func (s *Service) Note(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, d Draft) (Observable, error) {
	out, err := s.add(tx, actor, in, []Draft{d})
	switch {
	case err != nil:
		return Observable{}, err
	case len(out.Refused) > 0:
		return Observable{}, problem.New(problem.Invalid, "%s", out.Refused[0].Reason)
	case len(out.Known) > 0:
		return out.Known[0], nil
	}
	return out.Added[0], nil
}

// adding is an addition under way.
type adding struct {
	s             *Service
	tx            *sqldb.Tx
	actor         identity.Actor
	in            *incident.Inside
	insert, above *sqldb.Stmt
	out           Added
	values        []value // of out.Added
}

func (s *Service) add(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, drafts []Draft) (Added, error) {
	a := adding{s: s, tx: tx, actor: actor, in: in, out: Added{Added: []Observable{}, Known: []Observable{}, Refused: []Refused{}}}
	if err := a.room(len(drafts)); err != nil {
		return Added{}, err
	}
	if err := a.prepare(); err != nil {
		return Added{}, err
	}
	for i := range drafts {
		if err := a.take(i, &drafts[i]); err != nil {
			return Added{}, err
		}
	}
	if len(a.out.Added) == 0 {
		return a.out, nil
	}
	if err := s.alert(tx, actor, in, a.values); err != nil {
		return Added{}, err
	}
	if err := s.tell(tx, actor, in, "observable.added", a.out.Added); err != nil {
		return Added{}, err
	}
	return a.out, actor.Audit(tx, in.Now, OpAdd, in.ID, nil, map[string]any{"observables": ids(a.out.Added)})
}

// room refuses more than an incident holds.
func (a *adding) room(more int) error {
	cond, args := a.in.Rows("incident", 1)
	var n int
	err := a.tx.QueryRow(`SELECT count(*) FROM observable WHERE removed = 0 AND `+cond, args...).Scan(&n)
	if err == nil && n+more > MaxHere {
		return problem.New(problem.Invalid, "incident %s has %d observables, and may have %d: attach longer lists as a file", a.in.Ref, n, MaxHere)
	}
	return err
}

func (a *adding) prepare() (err error) {
	if a.insert, err = a.tx.Prepare(insertion); err == nil {
		a.above, err = a.tx.Prepare(insertAbove)
	}
	return err
}

// take adds one draft, or says why not.
func (a *adding) take(i int, d *Draft) error {
	v, err := read(d.Kind, d.Value)
	if err == nil {
		err = d.check()
	}
	if problem.Is(err, problem.Invalid) {
		a.out.Refused = append(a.out.Refused, Refused{i, d.Kind, cut(line(d.Value)), err.Error()})
		return nil
	}
	if err != nil {
		return err
	}
	known, err := a.known(v, d)
	if known || err != nil {
		return err
	}
	return a.put(v, d)
}

// known finds an observable that is there already, and notes that it was seen.
func (a *adding) known(v value, d *Draft) (bool, error) {
	r, err := find(a.tx, a.in, a.s.markOf(v))
	if err != nil || r.ID == "" {
		return false, err
	}
	r.seen(d.First, d.Last)
	a.out.Known = append(a.out.Known, r.Observable)
	_, err = a.tx.Exec(`UPDATE observable SET first = $2, last = $3 WHERE id = $1`, r.ID, r.First, r.Last)
	return true, err
}

// find gives the observable with a mark; without an id if there is none.
func find(tx *sqldb.Tx, in *incident.Inside, mark int64) (found record, err error) {
	cond, args := in.Rows("o.incident", 2)
	err = scan(tx, in, `SELECT `+columns+` FROM observable o WHERE o.mark = $1 AND o.removed = 0 AND `+cond+` ORDER BY o.id LIMIT 1`, append([]any{mark}, args...), func(r record) error {
		found = r
		return nil
	})
	return found, err
}

// seen widens when it was seen.
func (r *record) seen(first, last time.Time) {
	if !first.IsZero() && (r.First.IsZero() || first.Before(r.First)) {
		r.First = first
	}
	if last.After(r.Last) {
		r.Last = last
	}
}

func (a *adding) put(v value, d *Draft) error {
	r := a.record(v, d)
	args, err := r.insert(a.in, v)
	if err != nil {
		return err
	}
	n, err := a.insert.Exec(args...)
	if err != nil || n == 0 { // somebody else added it this moment
		return err
	}
	for _, mark := range a.s.places(&r, v) {
		if _, err := a.above.Exec(mark, r.ID); err != nil {
			return err
		}
	}
	a.out.Added, a.values = append(a.out.Added, r.Observable), append(a.values, v)
	return nil
}

// record makes the row of a draft.
func (a *adding) record(v value, d *Draft) record {
	r := record{mark: a.s.markOf(v), sealed: a.in.Restricted || d.Secret}
	r.Observable = Observable{
		ID: id.NewAt(a.in.Now), Incident: a.in.ID, Kind: v.kind, Value: v.text, Role: d.Role, TLP: a.in.TLP, PAP: a.in.PAP, Note: d.Note, First: d.First, Last: d.Last,
		Source: d.Source, Origin: d.Origin, Detection: d.Detection, Listed: v.listed, Quiet: quiet(v.listed), Secret: d.Secret, Added: a.in.Now, By: a.actor.ID, Version: 1,
	}
	if d.TLP != nil {
		r.TLP = tlp.Strictest(r.TLP, *d.TLP)
	}
	if d.PAP != nil {
		r.PAP = max(r.PAP, *d.PAP)
	}
	if r.Source == "" {
		r.Source = FromPerson
	}
	return r
}

// check bounds what is said of an observable.
func (d *Draft) check() error {
	d.Note = strings.TrimSpace(strings.ToValidUTF8(d.Note, "?"))
	switch {
	case d.Role != "" && !slices.Contains(Roles(), d.Role):
		return problem.New(problem.Invalid, "%q is no role: use one of %v", cut(string(d.Role)), Roles())
	case d.Source != "" && !slices.Contains(Sources(), d.Source):
		return problem.New(problem.Invalid, "%q is no source: use one of %v", cut(string(d.Source)), Sources())
	case len(d.Origin) > 100:
		return problem.New(problem.Invalid, "the origin is the id of a report or a file")
	case d.TLP != nil && *d.TLP > tlp.Red, d.PAP != nil && *d.PAP > tlp.PAPRed:
		return problem.New(problem.Invalid, "that is no label")
	}
	return checkNoted(d.Note, d.First, d.Last)
}

func checkNoted(note string, first, last time.Time) error {
	switch {
	case len(note) > maxNote:
		return problem.New(problem.Invalid, "the note has %d bytes, and may have %d", len(note), maxNote)
	case !first.IsZero() && !last.IsZero() && last.Before(first):
		return problem.New(problem.Invalid, "it was last seen before it was first seen: look at the two times")
	}
	return nil
}

// tell adds a line to the incident's timeline about some observables.
func (s *Service) tell(tx *sqldb.Tx, actor identity.Actor, in *incident.Inside, code string, list []Observable) error {
	e := incident.Entry{Code: code, Args: map[string]string{"value": list[0].Value}, Link: link(in) + "/" + list[0].ID}
	if len(list) > 1 {
		e = incident.Entry{Code: code + "-many", Args: map[string]string{"count": strconv.Itoa(len(list))}, Link: link(in)}
	}
	return s.o.Incidents.Tell(tx, actor, in, e)
}

// link is the path of the page of an incident's observables.
func link(in *incident.Inside) string { return "/incidents/" + in.ID + "/observables" }

func ids(list []Observable) []string {
	out := make([]string, len(list))
	for i, o := range list {
		out[i] = o.ID
	}
	return out
}
