package notifications

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/delivery"
	"github.com/firehall/firehall/internal/web/shell"
)

// mostMoved is how many messages one click moves at most.
const mostMoved = 5000

// act moves the chosen messages, or all that the list means.
func (p *page) act(w http.ResponseWriter, r *shell.Request) error {
	action, reason := r.PostFormValue("action"), strings.TrimSpace(r.PostFormValue("reason"))
	move, ok := moves[action]
	if !ok {
		return problem.New(problem.Invalid, "%s", r.T("notifications.wrong.action"))
	}
	ids, err := p.meant(r, action)
	if err != nil {
		return err
	}
	if !move.reason {
		reason = "-"
	}
	if err := chosen(r, ids, reason, "notifications.wrong.reason"); err != nil {
		return err
	}
	defer func() { _ = p.o.React(context.WithoutCancel(r.Context())) }() // it is done again in seconds anyhow
	return p.each(w, r, ids, back(r), move.done, func(id string) error { return p.move(r, action, id, reason) })
}

func (p *page) move(r *shell.Request, action, id, reason string) error {
	switch action {
	case "retry":
		return p.o.Delivery.Retry(r.Context(), r.Actor, id)
	case "release":
		return p.o.Delivery.Release(r.Context(), r.Actor, id)
	case "confirm":
		return p.o.Delivery.Confirm(r.Context(), r.Actor, id, reason)
	default:
		return p.o.Delivery.Cancel(r.Context(), r.Actor, id, reason)
	}
}

// meant are the messages that a form means: those chosen one by one, or all of its filter that can make the move.
func (p *page) meant(r *shell.Request, action string) ([]string, error) {
	if r.PostFormValue("all") != "1" {
		return r.PostForm["id"], nil
	}
	f, err := url.ParseQuery(r.PostFormValue("q"))
	if err != nil {
		return nil, problem.Wrap(problem.Invalid, err, "the filter cannot be read")
	}
	q, err := p.query(r, f, viewOf(f).states)
	if err != nil {
		return nil, err
	}
	q.Request = core.Request{Limit: core.MaxLimit}
	var ids []string
	for len(ids) < mostMoved {
		found, err := p.o.Delivery.List(r.Context(), r.Actor, q)
		if err != nil {
			return nil, err
		}
		for _, d := range found.Items {
			if slices.Contains(movesOf(d.State), action) {
				ids = append(ids, d.ID)
			}
		}
		if q.After = found.Next; found.Next == "" {
			break
		}
	}
	return ids[:min(len(ids), mostMoved)], nil
}

// movesOf are the moves that a person may make with a message in a state, as the room's table has them.
func movesOf(s delivery.State) (out []string) {
	for _, m := range delivery.Moves() {
		if m.By == delivery.ByPerson && slices.Contains(m.From, s) {
			out = append(out, m.Name)
		}
	}
	return out
}

// chosen refuses a form without a choice, or without the words that it needs.
func chosen(r *shell.Request, ids []string, words, missing string) error {
	switch {
	case len(ids) == 0:
		return problem.New(problem.Invalid, "%s", r.T("notifications.wrong.none"))
	case len(ids) > mostMoved:
		return problem.New(problem.Invalid, "%s", r.T("notifications.wrong.many", "n", mostMoved))
	case words == "":
		return problem.New(problem.Invalid, "%s", r.T(missing))
	}
	return nil
}

// each does something to each of several things, and says how many it was and why some were not.
func (p *page) each(w http.ResponseWriter, r *shell.Request, ids []string, to, said string, do func(id string) error) error {
	var failed []error
	for _, id := range ids {
		err := do(id)
		if err != nil && (r.Context().Err() != nil || problem.Is(err, problem.Forbidden)) {
			return err
		}
		if err != nil {
			failed = append(failed, err)
		}
	}
	if len(failed) == len(ids) {
		return failed[0]
	}
	text := r.T(said, "n", len(ids)-len(failed))
	if len(failed) > 0 {
		text += " " + r.T("notifications.unmoved", "n", len(failed), "why", failed[0].Error())
	}
	return p.Done(w, r, to, text)
}

// back is the page that somebody came from, one of ours.
func back(r *shell.Request) string {
	if to := r.PostFormValue("back"); strings.HasPrefix(to, path) {
		return to
	}
	if q := r.PostFormValue("q"); q != "" {
		return path + "?" + q
	}
	return path
}
