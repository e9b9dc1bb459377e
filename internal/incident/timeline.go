package incident

import (
	"context"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/page"
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
}

// entryBody is what of an entry is sealed.
type entryBody struct {
	Args map[string]string `json:"args,omitempty"`
	Text string            `json:"text,omitempty"`
}

// Tell adds a line to the timeline, in the transaction of what it tells of. A zero At is now. It is a step of somebody's operation, which authorises
// and audits.
func (s *Service) Tell(tx *sqldb.Tx, actor identity.Actor, in *Inside, e Entry) error {
	if e.At.IsZero() {
		e.At = in.Now
	}
	e.ID = id.NewAt(in.Now)
	var sealed []byte
	var err error
	if e.Text != "" || len(e.Args) > 0 {
		if sealed, err = in.Put("entry/"+e.ID, entryBody{e.Args, e.Text}); err != nil {
			return err
		}
	}
	_, err = tx.Exec(`INSERT INTO incident_entry (id, incident, at, world, code, actor, link, version, body) VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8)`,
		e.ID, in.ID, e.At, e.World, e.Code, actor.ID, e.Link, sealed)
	return err
}

// Timeline gives a page of an incident's timeline, the latest first. Errors: NotFound.
func (s *Service) Timeline(ctx context.Context, actor identity.Actor, name string, r page.Request) (out page.Page[Entry], err error) {
	err = s.Look(ctx, actor, OpIncidentRead, name, func(tx *sqldb.Tx, in *Inside) error {
		out, err = timelineOf(tx, in, r)
		return err
	})
	if err != nil {
		return page.Page[Entry]{}, err
	}
	return out, nil
}

func timelineOf(tx *sqldb.Tx, in *Inside, r page.Request) (out page.Page[Entry], err error) {
	var q query
	cond, args := in.Rows("incident", 1)
	q.where, q.args = append(q.where, cond), args
	var at int64
	var last string
	if more, err := r.After.Into(&at, &last); err != nil {
		return out, err
	} else if more {
		q.and("(at, id) < (CAST(? AS BIGINT), ?)", at, last)
	}
	limit := r.Rows()
	q.args = append(q.args, limit+1)
	var list []Entry
	err = tx.Each(`SELECT id, incident, at, world, code, actor, link, version, body FROM incident_entry WHERE `+q.String()+` ORDER BY at DESC, id DESC LIMIT $`+itoa(len(q.args)),
		q.args, func(scan func(...any) error) error {
			var e Entry
			var sealed []byte
			if err := scan(&e.ID, &e.Incident, moment{&e.At}, &e.World, &e.Code, &e.By, &e.Link, &e.Version, &sealed); err != nil {
				return err
			}
			var b entryBody
			err := in.Get(e.Incident, "entry/"+e.ID, sealed, &b)
			e.Args, e.Text = b.Args, b.Text
			list = append(list, e)
			return err
		})
	return page.Cut(list, limit, func(e Entry) []any { return []any{sqldb.Millis(e.At), e.ID} }), err
}
