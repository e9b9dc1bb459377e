package push

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/firehall/firehall/internal/core/id"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/platform/sqldb"
)

// begin makes a resumable push and takes what the request brings of it.
func (d *Door) begin(g *guest) error {
	p, err := planOf(g.Request)
	if err != nil {
		return err
	}
	if max(p.length, g.ContentLength) > int64(d.Config.MaxSize) {
		return d.tooLarge()
	}
	if err := d.Feeds.Layout.Room(p.length); err != nil {
		return err
	}
	leave, err := d.enter(g.Context())
	if err != nil {
		return err
	}
	defer leave()
	u, err := d.create(g, p)
	if err != nil {
		return err
	}
	h := g.w.Header()
	h.Set("Location", d.place(u))
	h.Set(headLimit, d.limit(u))
	if g.ProtoAtLeast(1, 1) {
		g.w.WriteHeader(statusResumption)
	}
	return d.carry(g, u, p, http.StatusCreated)
}

func (d *Door) place(u upload) string { return "/api/v1/feeds/" + u.Feed + "/push/" + u.ID }

func (d *Door) create(g *guest, p plan) (upload, error) {
	now := d.Clock.Now()
	u := upload{
		ID: id.NewAt(now), Feed: g.feed, Token: g.token.ID, Name: strings.ReplaceAll(strings.ToValidUTF8(nameOf(g.Request), "?"), "\x00", "?"),
		Length: p.length, Created: now, Expires: now.Add(d.Config.Expiry),
	}
	if len(u.Name) > 1000 {
		u.Name = strings.ToValidUTF8(u.Name[:1000], "")
	}
	if err := g.actor().Authorise(feed.OpIngest, g.feed); err != nil {
		return u, err
	}
	room := false
	err := d.DB.Write(g.Context(), func(tx *sqldb.Tx) (err error) {
		room, err = insertUpload(tx, u, d.Config.Uploads)
		return err
	})
	if err == nil && !room {
		err = &fault{Status: http.StatusTooManyRequests, Detail: "this token has too many pushes open: finish them, or give them up (DELETE)", retry: time.Minute}
	}
	return u, err
}

// find gives the push that a request goes on with.
func (d *Door) find(g *guest) (u upload, err error) {
	if err := g.actor().Authorise(feed.OpIngest, g.feed); err != nil {
		return u, err
	}
	err = d.DB.Read(g.Context(), func(tx *sqldb.Tx) error {
		u, err = getUpload(tx, g.PathValue("upload"), g.feed, g.token.ID)
		return err
	})
	if err == nil && !u.done() && !u.Expires.After(d.Clock.Now()) {
		err = problem.New(problem.NotFound, "nobody went on with this push for too long: begin again")
	}
	return u, err
}

// look tells how much of a push is durable.
func (d *Door) look(g *guest) error {
	u, err := d.find(g)
	if err != nil {
		return err
	}
	d.state(g.w.Header(), u)
	g.w.WriteHeader(http.StatusNoContent)
	return nil
}

// giveUp forgets a push.
func (d *Door) giveUp(g *guest) error {
	u, err := d.find(g)
	if err != nil {
		return err
	}
	if err := d.drop(g.Context(), u.ID); err != nil {
		return err
	}
	g.w.WriteHeader(http.StatusNoContent)
	return nil
}

func (d *Door) drop(ctx context.Context, name string) error {
	var files []string
	err := d.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		files, err = deleteUpload(tx, name)
		return err
	})
	if err == nil {
		d.remove(files)
	}
	return err
}

// proceed takes the next stretch of a push.
func (d *Door) proceed(g *guest) error {
	u, err := d.find(g)
	if err != nil {
		return err
	}
	p, err := d.planFor(g, &u)
	if err != nil {
		return err
	}
	leave, err := d.enter(g.Context())
	if err != nil {
		return err
	}
	defer leave()
	return d.carry(g, u, p, http.StatusNoContent)
}

// planFor checks that a request fits the push.
func (d *Door) planFor(g *guest, u *upload) (plan, error) {
	if media := g.Header.Get("Content-Type"); media != partialMedia {
		return plan{}, &fault{Status: http.StatusUnsupportedMediaType, Detail: "Content-Type must be " + partialMedia}
	}
	p, err := planOf(g.Request)
	switch {
	case err != nil:
		return p, err
	case p.offset < 0:
		return p, badField(headOffset, "one whole number")
	case u.done():
		d.state(g.w.Header(), *u)
		return p, &fault{Type: typeComplete, Status: http.StatusBadRequest, Detail: "the push is whole already"}
	case p.offset != u.Got:
		return p, d.elsewhere(g, *u, p.offset)
	case p.length >= 0 && u.Length >= 0 && p.length != u.Length:
		return p, inconsistent()
	case max(p.length, p.offset+g.ContentLength) > int64(d.Config.MaxSize):
		return p, d.tooLarge()
	}
	u.Length = max(u.Length, p.length)
	if u.Length >= 0 && p.offset+g.ContentLength > u.Length {
		return p, inconsistent()
	}
	return p, nil
}

// elsewhere answers a request that goes on at another place than where the push stands.
func (d *Door) elsewhere(g *guest, u upload, offset int64) error {
	d.state(g.w.Header(), u)
	return &fault{
		Type: typeOffset, Status: http.StatusConflict, Detail: "go on at the expected offset: that much is durable", Expected: &u.Got, Provided: &offset,
	}
}

// carry takes what a request brings of a push, and makes an input of it when it is whole.
func (d *Door) carry(g *guest, u upload, p plan, partly int) error {
	got, err := d.append(g, u)
	u.Got = got
	switch {
	case errors.Is(err, errMoved):
		if u, err = d.find(g); err != nil {
			return err
		}
		return d.elsewhere(g, u, max(p.offset, 0))
	case err != nil:
		return err
	case !p.complete:
		d.state(g.w.Header(), u)
		g.w.WriteHeader(partly)
		return nil
	case u.Length >= 0 && u.Got != u.Length:
		d.state(g.w.Header(), u)
		return inconsistent()
	}
	return d.finish(g, u)
}

// finish makes an input of a whole push. It goes on when the sender leaves: everything is here.
func (d *Door) finish(g *guest, u upload) error {
	ctx := context.WithoutCancel(g.Context())
	in, err := d.pieces(ctx, u)
	if err != nil {
		return err
	}
	defer in.close()
	list, err := d.take(g, ctx, u.Name, u.Got, in)
	if err != nil {
		return err
	}
	names := make([]string, len(list))
	for i := range list {
		names[i] = list[i].ID
	}
	var files []string
	err = d.DB.Write(ctx, func(tx *sqldb.Tx) (err error) {
		files, err = settleUpload(tx, u.ID, names)
		return err
	})
	if err != nil {
		return err
	}
	d.remove(files)
	u.State = stateDone
	d.state(g.w.Header(), u)
	return d.answer(g, list)
}
