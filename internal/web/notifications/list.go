package notifications

import (
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/delivery/queue"
	"github.com/firehall/firehall/internal/notification"
	"github.com/firehall/firehall/internal/web/shell"
)

// view is one of the lists.
type view struct {
	name   string
	states []delivery.State // of a list of messages; nil for the other lists
}

// views are the tabs, in the order in which they need somebody.
var views = []view{
	{name: "waiting"},
	{name: "planned"},
	{name: "held"},
	{"queued", []delivery.State{delivery.Queued, delivery.Sending}},
	{"sent", []delivery.State{delivery.Delivered}},
	{"doubt", []delivery.State{delivery.InDoubt, delivery.Held}},
	{"failed", []delivery.State{delivery.Rejected, delivery.Bounced}},
	{"cancelled", []delivery.State{delivery.Cancelled}},
	{name: "batches"},
	{name: "tasks"},
}

// viewOf is the list that a URL means: ?view=, or ?state= with a state of a message.
func viewOf(q url.Values) view {
	for _, v := range views {
		if v.name == q.Get("view") || q.Get("view") == "" && slices.Contains(v.states, delivery.State(q.Get("state"))) {
			return v
		}
	}
	return views[0]
}

// filters are the narrowings that lists take from their URL.
var filters = []string{"organisation", "feed", "class", "batch", "channel", "address", "ticket"}

// List is the page of a list.
type List struct {
	View     view
	Filter   url.Values // what narrows it
	Counts   map[delivery.State]int64
	Down     string // why channels do not work
	Plan     *Planned
	Messages []delivery.Delivery
	Batches  []notification.Batch
	Tasks    []queue.Task
	AllTasks bool // those that are done too
	Next     core.Cursor
	Since    string
}

// Planned is a part of what would be sent now.
type Planned struct {
	At                   time.Time
	Messages             []notification.Message
	Count                int64
	Going, Waiting, Held int
	Waits                []Wait // what all that waits is waiting for
}

// Wait is something that nobody approved yet, and how many messages wait for it.
type Wait struct {
	Kind, Name string
	Messages   int64
}

func (p *page) list(w http.ResponseWriter, r *shell.Request) error {
	l := List{View: viewOf(r.URL.Query()), Filter: url.Values{}, Since: shell.Since(r)}
	for _, name := range filters {
		if v := strings.TrimSpace(r.URL.Query().Get(name)); v != "" {
			l.Filter.Set(name, v)
		}
	}
	o, err := p.o.Delivery.Count(r.Context(), r.Actor)
	if err != nil {
		return err
	}
	l.Counts, l.Down = o.States, o.Down
	if err := p.read(r, &l); err != nil {
		return err
	}
	return p.Page(w, r, shell.Page{Title: r.T("notifications.title"), Section: "notifications", Body: listPage(l)})
}

// read asks for what the list shows.
func (p *page) read(r *shell.Request, l *List) error {
	switch l.View.name {
	case "waiting", "planned", "held":
		return p.readPlan(r, l)
	case "batches":
		found, err := p.o.Notify.Batches(r.Context(), r.Actor, cursor(r))
		l.Batches, l.Next = found.Items, found.Next
		return err
	case "tasks":
		var err error
		l.AllTasks = r.URL.Query().Get("all") == "1"
		l.Tasks, err = p.o.Queue.List(r.Context(), r.Actor, l.AllTasks, core.MaxLimit)
		return err
	}
	q, err := p.query(r, l.Filter, l.View.states)
	if err != nil {
		return err
	}
	q.Request = cursor(r)
	found, err := p.o.Delivery.List(r.Context(), r.Actor, q)
	l.Messages, l.Next = found.Items, found.Next
	return err
}

// query is a filter as the outbox takes it. An organisation may be named by its name.
func (p *page) query(r *shell.Request, f url.Values, states []delivery.State) (delivery.Query, error) {
	q := delivery.Query{
		States: states, Batch: f.Get("batch"), Feed: f.Get("feed"), Channel: f.Get("channel"), Address: f.Get("address"), Ticket: f.Get("ticket"),
		Organisation: f.Get("organisation"),
	}
	if q.Organisation == "" {
		return q, nil
	}
	names, err := p.o.Names(r.Context(), r.Actor)
	for id, name := range names {
		if strings.EqualFold(name, q.Organisation) {
			q.Organisation = id
		}
	}
	return q, err
}

func planOptions(f url.Values) notification.PlanOptions {
	return notification.PlanOptions{Organisation: f.Get("organisation"), Feed: f.Get("feed"), Class: f.Get("class")}
}

// readPlan asks what would be sent now, and leaves what the list is of. Its pages are cut here: a plan is made whole.
func (p *page) readPlan(r *shell.Request, l *List) error {
	plan, err := p.o.Plan(r.Context(), r.Actor, planOptions(l.Filter))
	if err != nil {
		return err
	}
	out := &Planned{At: plan.At}
	out.Going, out.Waiting, out.Held = plan.Tally()
	var kept []notification.Message
	for _, m := range plan.Messages {
		if planView(m) == l.View.name {
			kept = append(kept, m)
		}
	}
	out.Count, out.Waits = int64(len(kept)), waitsOf(kept)
	from := 0
	if _, err := cursor(r).After.Into(&from); err != nil {
		return err
	}
	from = max(0, min(from, len(kept)))
	to := min(from+rows, len(kept))
	if out.Messages = kept[from:to]; to < len(kept) {
		l.Next = core.After(to)
	}
	l.Plan = out
	return nil
}

// planView is the list in which a planned message stands.
func planView(m notification.Message) string {
	switch {
	case m.Goes():
		return "planned"
	case m.Held != "":
		return "held"
	}
	return "waiting"
}

// waitsOf sums up what messages wait for, the most wanted first.
func waitsOf(list []notification.Message) (out []Wait) {
	at := map[string]int{}
	for _, m := range list {
		for _, text := range m.Waits {
			i, known := at[text]
			if !known {
				i = len(out)
				at[text] = i
				kind, name, _ := strings.Cut(text, " ")
				out = append(out, Wait{Kind: kind, Name: name})
			}
			out[i].Messages++
		}
	}
	slices.SortStableFunc(out, func(a, b Wait) int { return int(b.Messages - a.Messages) })
	return out
}

// newer counts what the list would show more: messages made, or tasks raised, after a time.
func (p *page) newer(r *shell.Request, since time.Time) (n int64, err error) {
	if viewOf(r.URL.Query()).name == "tasks" {
		tasks, err := p.o.Queue.List(r.Context(), r.Actor, false, core.MaxLimit)
		for _, t := range tasks {
			if t.Last.After(since) {
				n++
			}
		}
		return n, err
	}
	counts, err := p.o.Delivery.CountSince(r.Context(), r.Actor, since)
	for _, count := range counts {
		n += count
	}
	return n, err
}

// listURL is a list; a change of what it shows starts at its first page.
func listURL(name string, f url.Values) string {
	v := url.Values{"view": {name}}
	for key, values := range f {
		v[key] = values
	}
	return path + "?" + v.Encode()
}

// done ends the chosen tasks, with what came of them.
func (p *page) done(w http.ResponseWriter, r *shell.Request) error {
	ids, outcome := r.PostForm["id"], strings.TrimSpace(r.PostFormValue("outcome"))
	if err := chosen(r, ids, outcome, "notifications.wrong.outcome"); err != nil {
		return err
	}
	return p.each(w, r, ids, listURL("tasks", nil), "notifications.task.done", func(id string) error {
		return p.o.Queue.Done(r.Context(), r.Actor, id, outcome)
	})
}
