package countermeasures

import (
	"context"
	"net/url"
	"strconv"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/incident/countermeasure"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// say is a text whose key ends in a code; a code without a text stands as it is.
func say(ctx context.Context, key, code string) string {
	if words.Has(key + code) {
		return words.T(ctx, key+code)
	}
	return code
}

func stateTone(c *countermeasure.Countermeasure) ui.Tone {
	switch {
	case c.State == countermeasure.Relapsed:
		return ui.Bad
	case c.Stuck || c.Overdue || c.State == countermeasure.Refused || c.State == countermeasure.Lifting:
		return ui.Warn
	case c.State == countermeasure.Gone:
		return ui.Good
	case c.State.Waits():
		return ui.Info
	}
	return ui.Quiet
}

// stateText is a state; what is gone of a block is in force.
func stateText(ctx context.Context, c *countermeasure.Countermeasure) string {
	if c.Kind == countermeasure.Block && c.State == countermeasure.Gone {
		return T(ctx, "countermeasures.in.force")
	}
	return say(ctx, "countermeasures.state.", string(c.State))
}

func outcomeTone(o countermeasure.Outcome) ui.Tone {
	switch o {
	case countermeasure.Clean:
		return ui.Good
	case countermeasure.Present:
		return ui.Bad
	}
	return ui.Warn
}

// options are the choices of a field, each in words.
func options[S ~string](ctx context.Context, key string, list []S, chosen S) (out []ui.Option) {
	for _, s := range list {
		out = append(out, ui.Option{Value: string(s), Text: say(ctx, key, string(s)), Chosen: s == chosen})
	}
	return out
}

// either is the first, unless it is empty.
func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

func shown(v string) string { return countermeasure.Defang(v) }

// took is how long something took, in the largest units that tell it.
func took(ctx context.Context, d time.Duration) string {
	hours := int(d / time.Hour)
	switch {
	case d <= 0:
		return ""
	case hours >= 48:
		return T(ctx, "countermeasures.days", "n", hours/24)
	case hours >= 1:
		return T(ctx, "countermeasures.hours", "n", hours)
	}
	return T(ctx, "countermeasures.minutes", "n", int(d/time.Minute))
}

func duration(ctx context.Context, d time.Duration) templ.Component {
	if d <= 0 {
		return ui.Dash()
	}
	return ui.Text(took(ctx, d))
}

func party(ctx context.Context, p *countermeasure.Party) string {
	if p == nil {
		return ""
	}
	return p.Name + " (" + say(ctx, "countermeasures.role.", string(p.Role)) + ")"
}

// listURL is the list with a filter.
func listURL(pairs ...string) string {
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

// query is a filter as it stands in the URL.
func query(f countermeasure.Filter) url.Values {
	v := url.Values{}
	for key, value := range map[string]string{"state": string(f.State), "role": string(f.Role), "party": f.Party} {
		if value != "" {
			v.Set(key, value)
		}
	}
	if f.Overdue {
		v.Set("overdue", "1")
	}
	if f.Waiting {
		v.Set("waiting", "1")
	}
	return v
}

func filterOf(ctx context.Context, l *listing) ui.FilterProps {
	keep := query(l.filter)
	keep.Del("party")
	f := ui.FilterProps{
		Action: path, Name: "party", Value: l.filter.Party, Label: T(ctx, "countermeasures.filter"), Hint: T(ctx, "countermeasures.filter"), Keep: keep, Fault: l.fault, FaultAt: -1,
		Presets: []ui.Link{
			{Text: T(ctx, "countermeasures.all"), Href: path},
			{Text: T(ctx, "countermeasures.waiting"), Href: listURL("waiting", "1")},
			{Text: T(ctx, "countermeasures.overdue"), Href: listURL("overdue", "1")},
		},
	}
	for _, s := range countermeasure.States() {
		f.Presets = append(f.Presets, ui.Link{Text: say(ctx, "countermeasures.state.", string(s)), Href: listURL("state", string(s))})
	}
	return f
}

func tableOf(ctx context.Context, l *listing) ui.TableProps {
	t := table(ctx, l.items)
	t.Sort, t.Count, t.Noun, t.Next, t.Act = either(l.filter.Sort, "opened"), l.count, "countermeasures.count", l.next, path+"/-/move"
	t.Export = path + "/-/export?" + query(l.filter).Encode()
	t.Actions = []ui.Action{
		{Name: string(countermeasure.MoveChase), Text: T(ctx, "countermeasures.move.chase"), Icon: "mail-forward", Confirm: T(ctx, "countermeasures.sure.chase")},
		{Name: string(countermeasure.MoveWithdraw), Text: T(ctx, "countermeasures.move.withdraw"), Icon: "x", Tone: ui.Bad, Confirm: T(ctx, "countermeasures.sure.withdraw"), Fields: reasonField("bulk-reason")},
	}
	t.Empty = ui.Empty(T(ctx, "countermeasures.empty.title"), T(ctx, "countermeasures.empty.text"), ui.Link{Text: T(ctx, "countermeasures.empty.next"), Href: "/incidents"})
	return t
}

// table is the lines of a list.
func table(ctx context.Context, list []countermeasure.Countermeasure) ui.TableProps {
	t := ui.TableProps{ID: "countermeasures", Caption: T(ctx, "countermeasures.title"), Columns: []ui.Column{
		{Title: T(ctx, "countermeasures.column.asset"), Main: true},
		{Title: T(ctx, "countermeasures.column.kind")},
		{Title: T(ctx, "countermeasures.column.state")},
		{Title: T(ctx, "countermeasures.column.party")},
		{Title: T(ctx, "countermeasures.column.incident")},
		{Title: T(ctx, "countermeasures.column.asked"), Sort: "asked", Wide: true},
		{Title: T(ctx, "countermeasures.column.due"), Sort: "due"},
		{Title: T(ctx, "countermeasures.column.took"), Wide: true},
	}}
	for i := range list {
		c := &list[i]
		row := ui.Row{ID: c.ID, Href: countermeasure.Link(c.ID), Label: c.Ref + " " + shown(c.Asset.Value), Cells: []templ.Component{
			assetCell(c), ui.Text(say(ctx, "countermeasures.kind.", string(c.Kind))), stateCell(c), ui.Text(party(ctx, c.Party)),
			ui.Anchor(ui.Link{Text: c.IncidentRef, Href: "/incidents/" + url.PathEscape(c.Incident)}), at(c.Asked), dueCell(c), duration(ctx, c.Took),
		}}
		if c.State == countermeasure.Relapsed {
			row.Tone = ui.Bad
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func at(t time.Time) templ.Component {
	if t.IsZero() {
		return ui.Dash()
	}
	return ui.Time(t)
}

func moment(t time.Time) templ.Component {
	if t.IsZero() {
		return ui.Dash()
	}
	return ui.Moment(t)
}

// facts are what is known of one.
func (v *view) facts(ctx context.Context) []ui.Fact {
	c := &v.Countermeasure
	list := []ui.Fact{
		{Label: T(ctx, "countermeasures.column.asset"), Value: ui.Code(shown(c.Asset.Value))},
		{Label: T(ctx, "countermeasures.field.asset"), Value: ui.Text(say(ctx, "countermeasures.asset.", string(c.Asset.Kind)))},
		{Label: T(ctx, "countermeasures.field.abuse"), Value: ui.Text(say(ctx, "countermeasures.abuse.", string(c.Abuse)))},
		{Label: T(ctx, "countermeasures.column.incident"), Value: ui.Anchor(ui.Link{Text: c.IncidentRef, Href: "/incidents/" + url.PathEscape(c.Incident)})},
		{Label: "PAP", Value: ui.Text(c.PAP.String())},
	}
	add := func(key, value string) {
		if value != "" {
			list = append(list, ui.Fact{Label: T(ctx, key), Value: ui.Text(value)})
		}
	}
	add("countermeasures.field.seen", c.Asset.Seen)
	add("countermeasures.field.marker", c.Asset.Marker)
	add("countermeasures.field.hash", c.Asset.Hash)
	add("countermeasures.column.party", party(ctx, c.Party))
	for _, one := range []struct {
		key string
		at  time.Time
	}{
		{"countermeasures.column.asked", c.Asked},
		{"countermeasures.next.step", c.Due},
		{"countermeasures.next.check", c.CheckDue},
		{"countermeasures.gone.at", c.Gone},
		{"countermeasures.watched", c.Watched},
	} {
		if !one.at.IsZero() {
			list = append(list, ui.Fact{Label: T(ctx, one.key), Value: moment(one.at)})
		}
	}
	add("countermeasures.column.took", took(ctx, c.Took))
	return list
}

func (v *view) checks(ctx context.Context) ui.TableProps {
	t := ui.TableProps{ID: "checks", Caption: T(ctx, "countermeasures.checks"), Count: ui.Count{None: true}, Columns: []ui.Column{
		{Title: T(ctx, "countermeasures.column.when"), Main: true},
		{Title: T(ctx, "countermeasures.column.outcome")},
		{Title: T(ctx, "countermeasures.column.why")},
		{Title: T(ctx, "countermeasures.column.exit")},
		{Title: T(ctx, "countermeasures.column.by"), Wide: true},
	}}
	for _, c := range v.Checks {
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{
			ui.Moment(c.At), ui.State(say(ctx, "countermeasures.outcome.", string(c.Outcome)), outcomeTone(c.Outcome)),
			ui.Text(say(ctx, "countermeasures.why.", c.Reason) + " " + c.Detail), ui.Text(say(ctx, "countermeasures.exit.", c.Exit)), ui.Text(ui.Who(v.people, c.By)),
		}})
	}
	return t
}

func (v *view) turns(ctx context.Context) ui.TableProps {
	t := ui.TableProps{ID: "turns", Caption: T(ctx, "countermeasures.turns"), Count: ui.Count{None: true}, Columns: []ui.Column{
		{Title: T(ctx, "countermeasures.column.party"), Main: true},
		{Title: T(ctx, "countermeasures.column.asked")},
		{Title: T(ctx, "countermeasures.column.chases"), Number: true},
		{Title: T(ctx, "countermeasures.gone.at")},
		{Title: T(ctx, "countermeasures.column.took")},
		{Title: T(ctx, "countermeasures.column.dialogue")},
	}}
	for _, turn := range v.Turns {
		talk := ui.Dash()
		if turn.Dialogue != "" {
			talk = ui.Anchor(ui.Link{Text: T(ctx, "countermeasures.dialogue"), Href: "/investigations/" + url.PathEscape(turn.Dialogue)})
		}
		t.Rows = append(t.Rows, ui.Row{Cells: []templ.Component{
			ui.Text(party(ctx, &turn.Party)), ui.Moment(turn.Asked), ui.Number(int64(turn.Chases)), moment(turn.Gone), duration(ctx, turn.Took), talk,
		}})
	}
	return t
}

// Reason is why a move was made, in the reader's language where Firehall made it.
func Reason(ctx context.Context, text string) string {
	if checks, exits, ok := countermeasure.CleanRun(text); ok {
		return T(ctx, "countermeasures.clean", "checks", checks, "exits", exits)
	}
	return text
}

func (v *view) history(ctx context.Context) (list []ui.Entry) {
	for _, m := range v.History {
		what := say(ctx, "countermeasures.did.", string(m.Move))
		if m.Reason != "" {
			what += " " + Reason(ctx, m.Reason)
		}
		list = append([]ui.Entry{{At: m.At, Who: ui.Who(v.people, m.By), What: what}}, list...)
	}
	return list
}

// prefill leads to the form with a suggestion in it.
func (v *view) prefill(s countermeasure.Suggestion) string {
	q := url.Values{"name": {s.Party.Name}, "email": {s.Party.Email}, "role": {string(s.Party.Role)}, "provider": {s.Party.Provider}}
	return countermeasure.Link(v.ID) + "?" + q.Encode() + "#ask"
}

func (v *view) number() string { return strconv.FormatInt(v.Version, 10) }

func (v *view) act(what string) string {
	return countermeasure.Link(url.PathEscape(v.ID)) + "/" + what
}

// typed is what was typed, or else what stands.
func (v *view) typed(name, stands string) string {
	if v.form.Values.Has(name) {
		return v.form.Get(name)
	}
	return stands
}

var moveIcons = map[countermeasure.MoveName]string{
	countermeasure.MoveVerify: "circle-check", countermeasure.MoveRelapse: "refresh", countermeasure.MoveRefuse: "ban", countermeasure.MoveWithdraw: "x",
	countermeasure.MoveLift: "x", countermeasure.MoveConfirm: "circle-check", countermeasure.MoveKeep: "lock", countermeasure.MoveReopen: "arrow-back-up",
}

var moveTones = map[countermeasure.MoveName]ui.Tone{
	countermeasure.MoveVerify: ui.Good, countermeasure.MoveRelapse: ui.Bad, countermeasure.MoveWithdraw: ui.Bad, countermeasure.MoveLift: ui.Bad,
}

var postTones = map[countermeasure.Posting]ui.Tone{
	countermeasure.PostWaits: ui.Info, countermeasure.PostAccepted: ui.Good, countermeasure.PostRefused: ui.Bad, countermeasure.PostFailed: ui.Bad,
}
