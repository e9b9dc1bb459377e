package figure

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/firehall/firehall/internal/audit"
	"github.com/firehall/firehall/internal/core/page"
	"github.com/firehall/firehall/internal/incident"
)

// life is what the record says of a report or an incident.
type life struct {
	incident       bool
	into           string // the incident that this one is merged into
	began          time.Time
	acked, triaged time.Time
	contained      time.Time
	state, before  string
	class          string
	restricted     bool
	links          map[string]bool
	concerned      []string // organisations
	assignee       string
	ends           []ending
	reopened       []time.Time
}

type ending struct {
	at     time.Time
	stands bool
}

func (l *life) turn(at time.Time, to string, done func(string) bool) {
	if l.state == "new" && to != "new" && l.triaged.IsZero() {
		l.triaged = at
	}
	switch was, is := done(l.state), done(to); {
	case !was && is:
		l.ends = append(l.ends, ending{at, true})
	case was && !is:
		l.reopened = append(l.reopened, at)
		l.ends[len(l.ends)-1].stands = false
	}
	l.state = to
}

func over(s string) bool {
	return s == "resolved" || s == "rejected" || s == "abandoned" || s == "merged"
}

type stint struct {
	actor, subject string
	hour           time.Time
}

// record is all that the audit record says.
type record struct {
	lives map[string]*life
	work  map[stint]bool
	lines map[stint]string // that say so
}

// recorded reads the whole record, the oldest first.
func recorded(t testing.TB, h *team) (list []audit.Line) {
	t.Helper()
	q := audit.Query{Request: page.Request{Limit: page.MaxLimit}}
	for {
		p, err := audit.New(h.db, h.clock).List(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		list = append(list, p.Items...)
		if q.After = p.Next; q.After == "" {
			slices.Reverse(list)
			return list
		}
	}
}

// replay follows the record.
func replay(lines []audit.Line) *record {
	r := &record{map[string]*life{}, map[stint]bool{}, map[stint]string{}}
	for _, l := range lines { // a report may be linked in the same moment in which its incident is opened
		switch l.Operation {
		case string(incident.OpAccept):
			r.lives[l.Object] = &life{began: l.At, state: "new", links: map[string]bool{}}
		case string(incident.OpIncidentOpen):
			r.lives[l.Object] = &life{incident: true, began: l.At, state: "open"}
		}
	}
	for _, l := range lines {
		if one := r.lives[l.Object]; one != nil {
			r.line(l, one)
		}
	}
	return r
}

type fields struct {
	State, To, Move, Incident, Into, Class, With string
	Restricted                                   *bool
	Contained                                    time.Time
	Concerned                                    []string
	Assignee                                     *string
}

func (r *record) line(l audit.Line, one *life) {
	var before, after fields
	_ = json.Unmarshal(l.Before, &before)
	_ = json.Unmarshal(l.After, &after)
	if l.ActorKind == "person" && !follows(l, before, after) {
		s := stint{l.Actor, l.Object, l.At.Truncate(time.Hour)}
		r.work[s] = true
		r.lines[s] += " " + l.Operation + string(l.After)
		if one.acked.IsZero() {
			one.acked = l.At
		}
	}
	switch l.Operation {
	case string(incident.OpAssess), string(incident.OpIncidentOpen), string(incident.OpIncidentEdit):
		if one.class = after.Class; one.class != "" && one.incident && one.triaged.IsZero() {
			one.triaged = l.At
		}
	}
	if after.Assignee != nil {
		one.assignee = *after.Assignee
	}
	if l.Operation == string(incident.OpAssess) {
		one.concerned = after.Concerned
	}
	if after.Restricted != nil {
		one.restricted = *after.Restricted
	}
	switch l.Operation {
	case string(incident.OpMove):
		one.turn(l.At, after.To, over)
	case string(incident.OpLink):
		r.link(l.At, one, before.Incident, after.Incident)
	case string(incident.OpMerge):
		r.merge(l.At, one, after.Into != "")
	case string(incident.OpIncidentMove):
		one.turn(l.At, after.State, over)
	case string(incident.OpIncidentMerge):
		one.group(l.At, before.Into, after.Into)
	case string(incident.OpIncidentSplit):
		if made := r.lives[after.Into]; made != nil {
			made.restricted = r.root(l.Object).restricted
		}
	case string(OpContain):
		one.contained = after.Contained
	}
}

func (r *record) merge(at time.Time, one *life, into bool) {
	if into {
		one.before = one.state
		one.turn(at, "resolved", over)
		return
	}
	if last := len(one.ends) - 1; one.ends[last].stands {
		one.ends = one.ends[:last]
	}
	if one.state = one.before; one.state == "new" {
		one.triaged = time.Time{}
	}
}

// follows tells whether a line says what followed by itself from work on something else: a report went along with a split, or ended with its incident; an
// incident woke with its report.
func follows(l audit.Line, before, after fields) bool {
	read := l.Operation == string(incident.OpIncidentRead) || l.Operation == string(incident.OpRead) // of what is restricted that is on record, and no work
	return read || l.Operation == string(incident.OpLink) && before.Incident != "" && after.Incident != "" || after.With != "" || after.Move == string(incident.Woken)
}

// link follows a report into an incident, out of one, or from one to another. To leave one is to leave all that is merged with it.
func (r *record) link(at time.Time, one *life, from, to string) {
	if from == "" {
		one.turn(at, "open", over)
	}
	maps.DeleteFunc(one.links, func(i string, _ bool) bool { return from != "" && r.root(i) == r.root(from) })
	if to != "" {
		one.links[to] = true
	}
}

// group follows an incident into another, and back: then it is as if it had never been closed for that.
func (l *life) group(at time.Time, from, into string) {
	switch {
	case into != "":
		l.before, l.into = l.state, into
		l.turn(at, "merged", over)
	case from != "":
		l.into = ""
		if l.state != "merged" {
			return // something beneath it had been opened: it woke in the same moment
		}
		if l.state = l.before; l.state == "open" {
			l.ends = l.ends[:len(l.ends)-1]
		}
	}
}

// root is the incident to which the name of one leads.
func (r *record) root(id string) *life {
	l := r.lives[id]
	for l.into != "" {
		l = r.lives[l.into]
	}
	return l
}

// hidden tells whether only members see it.
func (r *record) hidden(l *life) bool {
	if l.incident {
		for l.into != "" {
			l = r.lives[l.into]
		}
		return l.restricted
	}
	for i := range l.links {
		if !r.root(i).restricted {
			return false
		}
	}
	return len(l.links) > 0
}
