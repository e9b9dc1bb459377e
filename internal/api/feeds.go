package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/event"
	"github.com/firehall/firehall/internal/feed"
	"github.com/firehall/firehall/internal/feed/door/token"
	"github.com/firehall/firehall/internal/identity"
)

// Intake is one input and what became of it.
type Intake struct {
	ID      string      `json:"intake"`
	Feed    string      `json:"feed"`
	Report  string      `json:"report,omitempty" doc:"Kind of report, such as scan_telnet."`
	Format  string      `json:"format,omitempty"`
	Name    string      `json:"name,omitempty"`
	Door    string      `json:"door,omitempty" doc:"By which it came; absent for the command line."`
	State   string      `json:"state" enum:"accepted,done,undecided"`
	Arrived time.Time   `json:"arrived"`
	Done    *time.Time  `json:"done,omitempty"`
	Latest  *time.Time  `json:"latest_event,omitempty"`
	Bytes   int64       `json:"bytes"`
	SHA256  string      `json:"sha256" doc:"Of the decompressed content."`
	Counts  feed.Counts `json:"counts"`
	Notes   []string    `json:"notes,omitempty"`
	Error   string      `json:"error,omitempty" doc:"Why it is undecided."`
}

func intakeOf(in feed.Intake) Intake {
	return Intake{
		ID: in.ID, Feed: in.Feed, Report: in.Report, Format: in.Format, Name: in.Name, Door: in.Door, State: string(in.State), Arrived: in.Arrived,
		Done: instant(in.Done), Latest: instant(in.Latest), Bytes: in.Bytes, SHA256: in.Hash, Counts: in.Counts, Notes: in.Notes, Error: in.Error,
	}
}

// Run is one time that a feed came, or was asked.
type Run struct {
	ID      string    `json:"id"`
	Feed    string    `json:"feed"`
	Door    string    `json:"door,omitempty"`
	At      time.Time `json:"at"`
	Outcome string    `json:"outcome"`
	Name    string    `json:"name,omitempty"`
	Bytes   int64     `json:"bytes"`
	Error   string    `json:"error,omitempty"`
	Lag     *float64  `json:"lag,omitempty" doc:"Seconds from the latest event to its arrival."`
	Rate    float64   `json:"rate,omitempty" doc:"Rows a second."`
	Intake  *Intake   `json:"intake,omitempty"`
}

// Aside is a row that could not be read.
type Aside struct {
	Line   int64  `json:"line"`
	Offset int64  `json:"offset" doc:"Into the decompressed input."`
	Length int    `json:"length"`
	Code   string `json:"code"`
	Reason string `json:"reason"`
}

type (
	// FeedInput names a feed in the path.
	FeedInput struct {
		Feed string `path:"feed" maxLength:"200"`
	}
	runsInput struct {
		Paged
		Feed string `query:"feed" maxLength:"200" doc:"Empty for all."`
	}
	intakesInput struct {
		Feed  string `query:"feed" maxLength:"200" doc:"Empty for all."`
		Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
	}
	replayInput struct {
		ByID
		Body struct {
			Report string `json:"report,omitempty" maxLength:"100" doc:"What an undecided input is."`
		}
	}
	tokenInput struct {
		FeedInput
		Body struct {
			Name string `json:"name,omitempty" maxLength:"200" doc:"Whose it is, for people."`
		}
	}
)

func (a *API) addFeeds() {
	add(a, operation{method: http.MethodGet, path: "/feeds", id: "list-feeds", tag: tagFeeds, summary: "How each feed is: late, empty, changed, failing or well"},
		func(ctx context.Context, actor identity.Actor, _ *struct{}) (*all[feed.Condition], error) {
			h, err := a.Feeds.Health(ctx, actor)
			return whole(h), err
		})
	add(a, operation{method: http.MethodGet, path: "/runs", id: "list-runs", tag: tagFeeds, summary: "When feeds came, the newest first"}, a.runs)
	add(a, operation{method: http.MethodGet, path: "/intakes", id: "list-intakes", tag: tagFeeds, summary: "Inputs, the newest first"},
		func(ctx context.Context, actor identity.Actor, in *intakesInput) (*all[Intake], error) {
			l, err := a.Feeds.List(ctx, actor, in.Feed, in.Limit)
			out := make([]Intake, len(l))
			for i := range l {
				out[i] = intakeOf(l[i])
			}
			return whole(out), err
		})
	add(a, operation{
		method: http.MethodGet, path: "/intakes/{id}", id: "get-intake", tag: tagFeeds, summary: "One input and its counts",
		detail: "Who pushed it may ask with the feed's token.",
	}, func(ctx context.Context, actor identity.Actor, in *ByID) (*body[Intake], error) {
		i, err := a.Feeds.Get(ctx, actor, in.ID)
		return given(intakeOf(i), err)
	})
	add(a, operation{method: http.MethodGet, path: "/intakes/{id}/aside", id: "list-aside", tag: tagFeeds, summary: "The rows of an input that could not be read, and why"}, a.aside)
	add(a, operation{
		method: http.MethodPost, path: "/intakes/{id}/replay", id: "replay-intake", tag: tagFeeds, summary: "Read rows that were set aside once more", status: http.StatusNoContent,
		detail: "A job does it: ask for the input to see what came of it.",
	},
		func(ctx context.Context, actor identity.Actor, in *replayInput) (*none, error) {
			return done(a.Feeds.OrderReplay(ctx, actor, in.ID, in.Body.Report))
		})
}

func (a *API) runs(ctx context.Context, actor identity.Actor, in *runsInput) (*rows[Run], error) {
	p, err := a.Feeds.Runs(ctx, actor, in.Feed, page.Request{After: page.Cursor(in.Cursor), Limit: in.Limit})
	if err != nil {
		return nil, err
	}
	var out []Run
	for _, r := range p.Items {
		one := Run{ID: r.ID, Feed: r.Feed, Door: r.Door, At: r.At, Outcome: string(r.Outcome), Name: r.Name, Bytes: r.Bytes, Error: r.Error, Rate: r.Rate()}
		if lag, ok := r.Lag(); ok {
			s := seconds(lag)
			one.Lag = &s
		}
		if r.Intake != nil {
			i := intakeOf(*r.Intake)
			one.Intake = &i
		}
		out = append(out, one)
	}
	return list(&in.Paged, out, string(p.Next)), nil
}

func (a *API) aside(ctx context.Context, actor identity.Actor, in *ByID) (*all[Aside], error) {
	i, err := a.Feeds.Get(ctx, actor, in.ID)
	if err != nil {
		return nil, err
	}
	rejects, err := a.Feeds.Aside(actor, i)
	out := make([]Aside, len(rejects))
	for n, r := range rejects {
		out[n] = asideOf(r)
	}
	return whole(out), err
}

func asideOf(r event.Reject) Aside {
	return Aside{Line: r.Line, Offset: r.Offset, Length: r.Length, Code: r.Code, Reason: r.Reason}
}

// NewToken is a token, told this once.
type NewToken struct {
	token.Token
	Text string `json:"token" doc:"Keep it safe: it is told this once."`
}

func (a *API) addTokens() {
	add(a, operation{method: http.MethodGet, path: "/feeds/{feed}/tokens", id: "list-tokens", tag: tagFeeds, summary: "Who may push to a feed"},
		func(ctx context.Context, actor identity.Actor, in *FeedInput) (*all[token.Token], error) {
			l, err := a.Tokens.List(ctx, actor, in.Feed)
			return whole(l), err
		})
	add(a, operation{
		method: http.MethodPost, path: "/feeds/{feed}/tokens", id: "make-token", tag: tagFeeds, summary: "Let somebody push to a feed", status: http.StatusCreated,
		detail: "The token is told in this answer and never again; an Idempotency-Key is therefore not heard.",
	}, func(ctx context.Context, actor identity.Actor, in *tokenInput) (*body[NewToken], error) {
		if err := a.KnowsFeed(in.Feed); err != nil {
			return nil, err
		}
		text, t, err := a.Tokens.New(ctx, actor, in.Body.Name, in.Feed)
		return given(NewToken{t, text}, err)
	})
	add(a, operation{method: http.MethodDelete, path: "/tokens/{id}", id: "revoke-token", tag: tagFeeds, summary: "Revoke a token of a feed, or of a program, at once", status: http.StatusNoContent},
		a.revokeToken)
}
