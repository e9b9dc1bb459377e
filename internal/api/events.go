package api

import (
	"context"
	"net/http"
	"time"

	"github.com/firehall/firehall/internal/desk"
	"github.com/firehall/firehall/internal/identity"
)

// Event is one event: fields that it has not are absent.
type Event map[string]string

// QueryText is a query as a parameter.
type QueryText struct {
	Q string `query:"q" maxLength:"8192" doc:"The query language, see the user guide; empty for everything." example:"class:vulnerable last:7d"`
}

type (
	eventsInput struct {
		QueryText
		Paged
		Fields []string `query:"fields" maxItems:"100" doc:"Columns; those of a list if none is named."`
	}
	countInput struct {
		QueryText
		By    []string `query:"by" minItems:"1" maxItems:"4" required:"true" doc:"Fields, and day or hour." example:"classification.type"`
		Limit int      `query:"limit" minimum:"1" maximum:"1000" default:"50"`
	}
	histogramInput struct {
		QueryText
		From  time.Time `query:"from"`
		To    time.Time `query:"to"`
		Step  string    `query:"step" enum:"hour,day,auto" default:"auto"`
		By    string    `query:"by" enum:"observed,arrived" default:"observed" doc:"Which time is meant."`
		Split string    `query:"split" maxLength:"200" doc:"A field of few values, counted apart."`
	}
)

// Group is how many events, or findings, have the same values.
type Group struct {
	Values []string `json:"values" nullable:"false"`
	Count  int64    `json:"count"`
	Events int64    `json:"events,omitempty" doc:"Of findings: how many events they have."`
}

// Bar is the events of one step of a histogram.
type Bar struct {
	From   time.Time        `json:"from"`
	To     time.Time        `json:"to"`
	Events int64            `json:"events"`
	Parts  map[string]int64 `json:"parts,omitempty" doc:"By value, when split."`
}

// Histogram is the events over time.
type Histogram struct {
	Step    float64 `json:"step" doc:"Seconds."`
	Bars    []Bar   `json:"bars" nullable:"false"`
	Total   int64   `json:"total"`
	Untimed int64   `json:"untimed" doc:"Events without a time."`
	Counted bool    `json:"counted" doc:"From counts that are kept by the hour; else from the events themselves."`
}

// Breakdown is the most frequent values of a field.
type Breakdown struct {
	Field  string  `json:"field"`
	Values []Group `json:"values" nullable:"false"`
	Total  int64   `json:"total"`
	Others int64   `json:"others"`
}

// Question is a question that takes its time.
type Question struct {
	ID        string     `json:"id"`
	State     string     `json:"state" enum:"waiting,running,done,failed,cancelled"`
	Asked     time.Time  `json:"asked"`
	Ended     *time.Time `json:"ended,omitempty"`
	Rows      int64      `json:"rows" doc:"Events read."`
	Of        int64      `json:"of" doc:"Events to be read."`
	Error     string     `json:"error,omitempty"`
	Breakdown Breakdown  `json:"breakdown"`
}

func (a *API) addEvents() {
	add(a, operation{
		method: http.MethodGet, path: "/events", id: "list-events", tag: tagEvents, summary: "List events, the newest first",
	}, a.listEvents)
	add(a, operation{
		method: http.MethodGet, path: "/events/count", id: "count-events", tag: tagEvents, summary: "Count events by fields",
	}, a.countEvents)
	add(a, operation{
		method: http.MethodGet, path: "/events/histogram", id: "histogram-events", tag: tagEvents, summary: "Events over time",
	}, a.histogram)
	add(a, operation{
		method: http.MethodPost, path: "/questions", id: "ask-question", tag: tagEvents, summary: "Begin a breakdown that may take long", status: http.StatusAccepted,
		detail: "For breakdowns by any field, a feed's own (extra.NAME) too. Ask for the question to see how far it is.",
	}, a.askQuestion)
	add(a, operation{
		method: http.MethodGet, path: "/questions/{id}", id: "get-question", tag: tagEvents, summary: "How far a question is, and its answer so far",
	}, func(ctx context.Context, actor identity.Actor, in *ByID) (*body[Question], error) {
		q, err := a.Desk.Long(ctx, actor, in.ID)
		return given(questionOf(q), err)
	})
	add(a, operation{
		method: http.MethodDelete, path: "/questions/{id}", id: "cancel-question", tag: tagEvents, summary: "Cancel a question", status: http.StatusNoContent,
	}, func(ctx context.Context, actor identity.Actor, in *ByID) (*none, error) {
		return done(a.Desk.CancelLong(ctx, actor, in.ID))
	})
}

func (a *API) listEvents(ctx context.Context, actor identity.Actor, in *eventsInput) (*rows[Event], error) {
	p, err := a.Desk.Rows(ctx, actor, desk.RowQuery{Text: in.Q, Fields: in.Fields, Limit: min(in.Limit, desk.MostRows), Cursor: in.Cursor})
	if err != nil {
		return nil, err
	}
	items := make([]Event, len(p.Rows))
	for i, row := range p.Rows {
		items[i] = Event{}
		for c, cell := range row.Cells {
			if cell.Text != "" {
				items[i][p.Columns[c].Name] = cell.Text
			}
		}
	}
	return list(&in.Paged, items, p.Next), nil
}

func (a *API) countEvents(ctx context.Context, actor identity.Actor, in *countInput) (*all[Group], error) {
	groups, err := a.Desk.Count(ctx, actor, desk.EventQuery{Text: in.Q, By: in.By, Limit: in.Limit})
	out := make([]Group, len(groups))
	for i, g := range groups {
		out[i] = Group{Values: g.Values, Count: g.Count}
	}
	return whole(out), err
}

// steps are the names of a histogram's steps.
var steps = map[string]time.Duration{"hour": time.Hour, "day": 24 * time.Hour, "auto": 0}

func (a *API) histogram(ctx context.Context, actor identity.Actor, in *histogramInput) (*body[Histogram], error) {
	h, err := a.Desk.Histogram(ctx, actor, desk.HistogramQuery{
		Text: in.Q, From: in.From, To: in.To, Step: steps[in.Step], Arrival: in.By == "arrived", Split: in.Split,
	})
	out := Histogram{Step: seconds(h.Step), Bars: make([]Bar, len(h.Bars)), Total: h.Total, Untimed: h.Untimed, Counted: h.Counted}
	for i, b := range h.Bars {
		out.Bars[i] = Bar{From: b.From.UTC(), To: b.To.UTC(), Events: b.Events}
		for _, p := range b.Parts {
			if out.Bars[i].Parts == nil {
				out.Bars[i].Parts = map[string]int64{}
			}
			out.Bars[i].Parts[p.Value] = p.Events
		}
	}
	return given(out, err)
}

type askInput struct {
	Body struct {
		Q     string `json:"q,omitempty" maxLength:"8192"`
		Field string `json:"field" minLength:"1" maxLength:"200"`
		Limit int    `json:"limit,omitempty" minimum:"1" maximum:"1000"`
	}
}

func (a *API) askQuestion(ctx context.Context, actor identity.Actor, in *askInput) (*body[Question], error) {
	q, err := a.Desk.AskLong(ctx, actor, desk.BreakdownQuery{Text: in.Body.Q, Field: in.Body.Field, Limit: in.Body.Limit})
	return given(questionOf(q), err)
}

func questionOf(q desk.LongQuestion) Question {
	return Question{
		ID: q.ID, State: string(q.State), Asked: q.Asked, Ended: instant(q.Ended), Rows: q.Rows, Of: q.Of, Error: q.Error, Breakdown: breakdownOf(q.Breakdown),
	}
}

func breakdownOf(b desk.Breakdown) Breakdown {
	out := Breakdown{Field: b.Field, Values: []Group{}, Total: b.Total, Others: b.Others}
	for _, v := range b.Values {
		out.Values = append(out.Values, Group{Values: []string{v.Text}, Count: v.Events})
	}
	return out
}
