package reports

import (
	"net/http"
	"slices"
	"strings"

	core "github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/core/problem"
	"github.com/firehall/firehall/internal/incident"
	"github.com/firehall/firehall/internal/web/shell"
)

// mostChosen is how many reports are moved at once.
const mostChosen = 500

// move makes a move with the chosen reports. Moves that need a text of their own lead to a form of the one report.
func (p *page) move(w http.ResponseWriter, r *shell.Request) error {
	ids, name := r.PostForm["id"], incident.MoveName(r.PostFormValue("action"))
	back := r.PostFormValue("q")
	if r.PostFormValue("all") == "1" {
		var err error
		if ids, err = p.matching(r, back); err != nil {
			return err
		}
	}
	switch {
	case len(ids) == 0:
		return p.Done(w, r, listURL(back), r.T("reports.wrong.none"))
	case len(ids) > mostChosen:
		return problem.New(problem.Invalid, "%d reports were chosen, and %d can be moved at once", len(ids), mostChosen)
	}
	switch name {
	case incident.Launch, incident.Ask, incident.Pass:
		if len(ids) > 1 {
			return p.Done(w, r, listURL(back), r.T("reports.wrong.one"))
		}
		return p.Done(w, r, doURL(ids[0], name, back), "")
	}
	moved, err := p.several(r, name, ids)
	if err != nil {
		return err
	}
	return p.Done(w, r, movedURL(back, name, r.PostFormValue("incident"), moved), toldMoved(r, name, moved))
}

// matching are the ids of what a filter means, the first of the queue.
func (p *page) matching(r *shell.Request, query string) (ids []string, err error) {
	ask := core.Request{Limit: core.MaxLimit}
	for {
		found, err := p.o.Incidents.Reports(r.Context(), r.Actor, incident.Filter{Query: query, Request: ask})
		if err != nil {
			return nil, err
		}
		for _, v := range found.Items {
			if ids = append(ids, v.ID); len(ids) == mostChosen {
				return ids, nil
			}
		}
		if ask.After = found.Next; ask.After == "" {
			return ids, nil
		}
	}
}

func doURL(id string, move incident.MoveName, back string) string {
	return oneURL(id, "/do/", string(move), "?", params("back", listURL(back)))
}

// several makes a move that several reports can make together.
func (p *page) several(r *shell.Request, name incident.MoveName, ids []string) (incident.Moved, error) {
	reason := strings.TrimSpace(r.PostFormValue("reason"))
	switch name {
	case incident.Take:
		return p.take(r, ids)
	case incident.Link:
		to := r.PostFormValue("incident")
		if to == "" {
			return incident.Moved{}, problem.New(problem.Invalid, "choose an incident to link to; if there is none yet, open one")
		}
		return p.o.Incidents.Link(r.Context(), r.Actor, to, ids)
	case incident.OpenOne:
		return p.openOne(r, ids, reason)
	}
	return p.o.Incidents.Move(r.Context(), r.Actor, ids, name, reason)
}

// take assigns reports to who asks, and opens those that are new: somebody works on them.
func (p *page) take(r *shell.Request, ids []string) (incident.Moved, error) {
	moved, err := p.o.Incidents.Assign(r.Context(), r.Actor, ids, r.Actor.ID)
	if err == nil {
		_, err = p.o.Incidents.Move(r.Context(), r.Actor, moved.Moved, incident.Take, "")
	}
	return moved, err
}

// openOne opens an incident of reports. Without a title it is called what the first is.
func (p *page) openOne(r *shell.Request, ids []string, reason string) (incident.Moved, error) {
	first, err := p.o.Incidents.Report(r.Context(), r.Actor, ids[0])
	if err != nil {
		return incident.Moved{}, err
	}
	title := strings.Join(strings.Fields(r.PostFormValue("title")), " ")
	if title == "" {
		title = first.Subject
	}
	if title == "" {
		title = first.Ref
	}
	_, err = p.o.Incidents.OpenIncident(r.Context(), r.Actor, incident.Opening{
		Title: title, Class: first.Class, Severity: first.Severity, TLP: first.TLP, Reports: ids, Reason: reason,
		Restricted: r.PostFormValue("restricted") == "1",
	})
	return incident.Moved{Moved: ids}, err
}

// undoable are the moves that can be taken back at once.
var undoable = []incident.MoveName{incident.Reject, incident.Test, incident.Link, incident.Take}

// movedURL is the queue again, with what can be taken back; of is the incident that they were linked to.
func movedURL(back string, name incident.MoveName, of string, moved incident.Moved) string {
	to := listURL(back)
	if !slices.Contains(undoable, name) || len(moved.Moved) == 0 || len(moved.Moved) > mostUndo {
		return to
	}
	mark := "?"
	if strings.Contains(to, "?") {
		mark = "&"
	}
	if name != incident.Link {
		of = ""
	}
	return to + mark + params("moved", strings.Join(moved.Moved, " "), "did", string(name), "of", of)
}

func toldMoved(r *shell.Request, name incident.MoveName, moved incident.Moved) string {
	text := r.T("reports.moved", "what", moveWord(r.Context(), string(name)), "n", len(moved.Moved))
	if n := len(moved.Unmoved); n > 0 {
		text += " " + r.T("reports.unmoved", "n", n)
	}
	return text
}

// undo takes back what was done with reports just now.
func (p *page) undo(w http.ResponseWriter, r *shell.Request) error {
	ids := r.PostForm["id"]
	if len(ids) == 0 || len(ids) > mostUndo {
		return problem.New(problem.Invalid, "nothing was chosen that can be taken back")
	}
	moved, err := p.takeBack(r, ids)
	if err != nil {
		return err
	}
	return p.Done(w, r, listURL(r.PostFormValue("q")), r.T("reports.undone", "n", len(moved.Moved)))
}

// takeBack undoes the move that was made: reports leave the incident, nobody has them, or they are open again.
func (p *page) takeBack(r *shell.Request, ids []string) (moved incident.Moved, err error) {
	why := r.T("reports.undone.reason")
	switch incident.MoveName(r.PostFormValue("did")) {
	case incident.Take:
		return p.o.Incidents.Assign(r.Context(), r.Actor, ids, "")
	case incident.Link:
		for _, id := range ids {
			err := p.o.Incidents.Unlink(r.Context(), r.Actor, r.PostFormValue("of"), id, why)
			if problem.Is(err, problem.NotFound) {
				continue // somebody took it out meanwhile
			}
			if err != nil {
				return moved, err
			}
			moved.Moved = append(moved.Moved, id)
		}
		return moved, nil
	}
	return p.o.Incidents.Move(r.Context(), r.Actor, ids, incident.Reopen, why)
}
