package incident

import (
	"context"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/identity"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// Entry is a line of an incident's one timeline.
type Entry struct {
	ID       string            `json:"id"`
	Incident string            `json:"incident"` // for which it was written: another one where that was merged into this
	At       time.Time         `json:"at"`       // when it happened
	World    bool              `json:"world"`    // it happened outside; else it is what we did
	Code     string            `json:"code"`     // what we did, as a code with a text in each language: "takedown.asked"; "" where Text says it
	Args     map[string]string `json:"args,omitempty"`
	Text     string            `json:"text,omitempty"` // what a person wrote, in Markdown
	Link     string            `json:"link,omitempty"` // path of the page of what it is about
	By       string            `json:"by"`             // actor
	Version  int64             `json:"version"`
	Editor   string            `json:"editor,omitempty"`  // who changed it last, if somebody did
	Changed  time.Time         `json:"changed,omitzero"`  // when
	Removed  time.Time         `json:"removed,omitzero"`  // when it was taken out; it stays in the record
	Why      string            `json:"why,omitempty"`     // it was taken out
	Earlier  []Wording         `json:"earlier,omitempty"` // what stood there before it was changed, the oldest first
}

// Wording is what an entry said before it was changed.
type Wording struct {
	At   time.Time `json:"at"` // when it happened, as it said then
	Text string    `json:"text"`
	By   string    `json:"by"` // who wrote that
}

// entryBody is what of an entry is sealed.
type entryBody struct {
	Args    map[string]string `json:"args,omitempty"`
	Text    string            `json:"text,omitempty"`
	Why     string            `json:"why,omitempty"`
	Earlier []Wording         `json:"earlier,omitempty"`
}

// Side says of which side of the timeline one asks.
type Side string

// The sides.
const (
	Both  Side = ""
	World Side = "world" // what happened outside
	Ours  Side = "ours"  // what we did
)

// TimelineFilter chooses lines of a timeline.
type TimelineFilter struct {
	page.Request
	Side    Side
	Kind    string // what stands before the dot of a code: "message"; "written" for what people wrote; "" for all
	Removed bool   // those too that were taken out
}

// Written is the kind of the entries that people wrote.
const Written = "written"

// Tell adds a line to the timeline, in the transaction of what it tells of. A zero At is now. It is a step of somebody's operation, which authorises
// and audits.
func (s *Service) Tell(tx *sqldb.Tx, actor identity.Actor, in *Inside, e Entry) error {
	if e.At.IsZero() {
		e.At = in.Now
	}
	e.ID, e.By, e.Incident, e.Version = id.NewAt(in.Now), actor.ID, in.ID, 1
	return insertEntry(tx, in, &e)
}

func insertEntry(tx *sqldb.Tx, in *Inside, e *Entry) error {
	sealed, err := e.seal(in)
	if err != nil {
		return err
	}
	_, err = tx.Exec(`INSERT INTO incident_entry (id, incident, at, world, code, actor, link, version, body) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)`,
		e.ID, e.Incident, e.At, e.World, e.Code, e.By, e.Link, sealed)
	return err
}

// seal seals what an entry says; nothing is nil.
func (e *Entry) seal(in *Inside) ([]byte, error) {
	if e.Text == "" && len(e.Args) == 0 && e.Why == "" && len(e.Earlier) == 0 {
		return nil, nil
	}
	return in.PutFor(e.Incident, "entry/"+e.ID, entryBody{e.Args, e.Text, e.Why, e.Earlier})
}

// Timeline gives a page of an incident's timeline, the latest first. Errors: NotFound.
func (s *Service) Timeline(ctx context.Context, actor identity.Actor, name string, r page.Request) (page.Page[Entry], error) {
	return s.TimelineOf(ctx, actor, name, TimelineFilter{Request: r})
}

// TimelineOf gives a page of those lines of an incident's timeline that are asked for, the latest first. Errors: NotFound; Invalid for what no filter
// can be.
func (s *Service) TimelineOf(ctx context.Context, actor identity.Actor, name string, f TimelineFilter) (out page.Page[Entry], err error) {
	err = s.Look(ctx, actor, OpIncidentRead, name, func(tx *sqldb.Tx, in *Inside) error {
		out, err = s.EntriesIn(tx, in, f)
		return err
	})
	if err != nil {
		return page.Page[Entry]{}, err
	}
	return out, nil
}

// EntriesIn is TimelineOf as a step of somebody's operation, which authorises.
func (s *Service) EntriesIn(tx *sqldb.Tx, in *Inside, f TimelineFilter) (out page.Page[Entry], err error) {
	q, err := f.query(in)
	if err != nil {
		return out, err
	}
	limit := f.Rows()
	q.args = append(q.args, limit+1)
	var list []Entry
	err = tx.Each(`SELECT `+entryColumns+` FROM incident_entry WHERE `+q.String()+` ORDER BY at DESC, id DESC LIMIT $`+itoa(len(q.args)),
		q.args, func(scan func(...any) error) error {
			e, err := readEntry(in, scan)
			list = append(list, e)
			return err
		})
	return page.Cut(list, limit, func(e Entry) []any { return []any{sqldb.Millis(e.At), e.ID} }), err
}

func (f *TimelineFilter) query(in *Inside) (q query, err error) {
	cond, args := in.Rows("incident", 1)
	q.where, q.args = append(q.where, cond), args
	switch f.Side {
	case Both:
	case World, Ours:
		q.and("world = CAST(? AS BIGINT)", f.Side == World)
	default:
		return q, problem.New(problem.Invalid, "the side of a timeline is world or ours, not %q", string(f.Side))
	}
	if err := f.kind(&q); err != nil {
		return q, err
	}
	if !f.Removed {
		q.where = append(q.where, "removed = 0")
	}
	var at int64
	var last string
	more, err := f.After.Into(&at, &last)
	if more {
		q.and("(at, id) < (CAST(? AS BIGINT), ?)", at, last)
	}
	return q, err
}

// kind adds the kind of codes: all that begin with it and a dot.
func (f *TimelineFilter) kind(q *query) error {
	switch {
	case f.Kind == "":
	case f.Kind == Written:
		q.where = append(q.where, "code = ''")
	case len(f.Kind) > 40 || strings.Trim(f.Kind, "abcdefghijklmnopqrstuvwxyz-") != "":
		return problem.New(problem.Invalid, "that is no kind of what happens")
	default:
		q.and("code > ?", f.Kind+".")
		q.and("code < ?", f.Kind+"/") // the character after the dot
	}
	return nil
}

const entryColumns = `id, incident, at, world, code, actor, link, version, editor, changed, removed, body`

func readEntry(in *Inside, scan func(...any) error) (e Entry, err error) {
	var sealed []byte
	if err := scan(&e.ID, &e.Incident, moment{&e.At}, &e.World, &e.Code, &e.By, &e.Link, &e.Version, &e.Editor, moment{&e.Changed}, moment{&e.Removed}, &sealed); err != nil {
		return e, err
	}
	var b entryBody
	err = in.Get(e.Incident, "entry/"+e.ID, sealed, &b)
	e.Args, e.Text, e.Why, e.Earlier = b.Args, b.Text, b.Why, b.Earlier
	return e, err
}
