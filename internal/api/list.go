package api

import (
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/firehall/firehall/internal/core/page"
)

// The tags under which operations stand together.
const (
	tagReports, tagIncidents, tagEvents, tagFindings, tagRegister, tagMessages, tagFeeds, tagHouse = "Reports", "Incidents", "Events", "Findings", "Register", "Messages", "Feeds", "House"
)

// Paged are the parameters of a list.
type Paged struct {
	Cursor string `query:"cursor" doc:"The next of the page before."`
	Limit  int    `query:"limit" minimum:"1" maximum:"1000" default:"100" doc:"Rows of a page."`
	here   url.URL
}

// Resolve notes where the list was asked for, from which the address of the next page follows.
func (p *Paged) Resolve(ctx huma.Context) []error {
	p.here = ctx.URL()
	return nil
}

func (p *Paged) request() page.Request {
	return page.Request{After: page.Cursor(p.Cursor), Limit: p.Limit}
}

// rows is a page of a list.
type rows[T any] struct {
	Link string `header:"Link" doc:"The next page (RFC 8288), if there is one."`
	Body struct {
		Items []T    `json:"items" nullable:"false"`
		Next  string `json:"next,omitempty" doc:"The cursor of the next page; absent on the last."`
	}
}

// list makes a page of rows.
func list[T any](p *Paged, items []T, next string) *rows[T] {
	out := &rows[T]{}
	if items == nil {
		items = []T{}
	}
	out.Body.Items, out.Body.Next = items, next
	if next != "" {
		u := p.here
		q := u.Query()
		q.Set("cursor", next)
		u.RawQuery, u.Scheme, u.Host = q.Encode(), "", ""
		out.Link = "<" + u.String() + `>; rel="next"`
	}
	return out
}

// all makes an answer of a list that is no longer than one page.
type all[T any] struct {
	Body struct {
		Items []T `json:"items" nullable:"false"`
	}
}

func whole[T any](items []T) *all[T] {
	out := &all[T]{}
	if items == nil {
		items = []T{}
	}
	out.Body.Items = items
	return out
}

// body is an answer that is one thing.
type body[T any] struct{ Body T }

// none is an answer of nothing but success.
type none struct{}

// given makes an answer of a thing and an error.
func given[T any](v T, err error) (*body[T], error) { return &body[T]{v}, err }

// done makes an answer of success and an error.
func done(err error) (*none, error) { return &none{}, err }

// ByID is a request for one thing.
type ByID struct {
	ID string `path:"id" maxLength:"200"`
}

// Because is a request that needs a reason.
type Because struct {
	Reason string `json:"reason" minLength:"1" maxLength:"1000" doc:"For the record."`
}

// instant is a time that may be absent.
func instant(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}

// seconds is a length of time for programs.
func seconds(d time.Duration) float64 { return d.Seconds() }
