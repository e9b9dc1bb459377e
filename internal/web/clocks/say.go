package clocks

import (
	"context"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/a-h/templ"

	"github.com/firehall/firehall/internal/incident/obligation"
	"github.com/firehall/firehall/internal/web/incidents/tabs"
	"github.com/firehall/firehall/internal/web/ui"
	"github.com/firehall/firehall/internal/web/words"
)

// T is words.T, short for templates.
func T(ctx context.Context, key string, args ...any) string { return words.T(ctx, key, args...) }

// lang is the reader's language.
func lang(ctx context.Context) string { return string(words.Of(ctx)) }

// tones are how the states strike the reader.
var tones = map[obligation.State]ui.Tone{
	obligation.Pending: ui.Quiet, obligation.Running: ui.Info, obligation.Overdue: ui.Bad, obligation.Done: ui.Good, obligation.Late: ui.Warn,
}

// from says from what a stage is counted.
func from(ctx context.Context, s *obligation.Stage, o *obligation.Obligation) string {
	name := anchorName(ctx, s.From)
	if id := s.From.Stage(); id != "" {
		for _, other := range o.Stages {
			if other.ID == id {
				name = T(ctx, "clocks.after.submission", "stage", other.In(lang(ctx)))
			}
		}
	}
	if s.Within.N == 0 {
		return name
	}
	return T(ctx, "clocks.within", "span", spanName(ctx, s.Within), "from", name)
}

func anchorName(ctx context.Context, a obligation.Anchor) string {
	if key := "clocks.anchor." + string(a); words.Has(key) {
		return T(ctx, key)
	}
	return string(a)
}

func spanName(ctx context.Context, s obligation.Span) string {
	return T(ctx, "clocks.span."+string(s.Unit), "n", s.N)
}

// options are choices of a word each, under a prefix of words.
func options[S ~string](ctx context.Context, prefix string, list []S, chosen S) (out []ui.Option) {
	for _, one := range list {
		out = append(out, ui.Option{Value: string(one), Text: T(ctx, prefix+string(one)), Chosen: one == chosen})
	}
	return out
}

// unknown is the choice of nothing, before others.
func unknown(ctx context.Context, list []ui.Option) []ui.Option {
	return append([]ui.Option{{Text: T(ctx, "clocks.unknown")}}, list...)
}

// duties are the choices of what can be decided about.
func (v *view) duties(ctx context.Context) (out []ui.Option) {
	for _, l := range v.laws {
		if l.Of != obligation.OfIncident {
			continue
		}
		for _, t := range l.Tracks {
			text := l.Name + ": " + t.In(lang(ctx))
			if l.Status != obligation.InForce {
				text += " (" + T(ctx, "clocks.not.in.force") + ")"
			}
			value := obligation.Duty(l.ID, t.ID)
			out = append(out, ui.Option{Value: value, Text: text, Chosen: v.form.Get("duty") == value})
		}
	}
	return out
}

// facts are the yes-or-no questions of an obligation's law.
func (v *view) facts(o *obligation.Obligation) []obligation.Fact {
	id, _, _ := strings.Cut(o.Duty, "/")
	for _, l := range v.laws {
		if l.ID == id {
			return l.Facts
		}
	}
	return nil
}

// stages are the choices of a submission: each that can be submitted.
func stages(ctx context.Context, o *obligation.Obligation) (out []ui.Option) {
	for _, s := range o.Stages {
		out = append(out, ui.Option{Value: s.ID, Text: s.In(lang(ctx))})
	}
	return out
}

// stageName is the name of one of an obligation's stages.
func stageName(ctx context.Context, o *obligation.Obligation, id string) string {
	for _, s := range o.Stages {
		if s.ID == id {
			return s.In(lang(ctx))
		}
	}
	return id
}

// targets are for whom an anchor can be stated.
func (v *view) targets(ctx context.Context) []ui.Option {
	out := []ui.Option{{Text: T(ctx, "clocks.whole")}}
	for _, o := range v.Obligations {
		if o.Applies {
			out = append(out, ui.Option{Value: o.ID, Text: title(&o), Chosen: v.form.Get("obligation") == o.ID})
		}
	}
	return out
}

func (v *view) files(ctx context.Context) []ui.Option {
	out := []ui.Option{{Text: T(ctx, "clocks.no.file")}}
	for _, f := range v.Files {
		out = append(out, ui.Option{Value: f.ID, Text: f.Name, Chosen: v.form.Get("item") == f.ID})
	}
	return out
}

// orgList is the id of the organisations that are offered.
const orgList = "clocks-organisations"

// proof names the file that proves a submission.
func (v *view) proof(ctx context.Context, item string) string {
	for _, f := range v.Files {
		if f.ID == item {
			return T(ctx, "clocks.proof") + ": " + f.Name
		}
	}
	return T(ctx, "clocks.proof")
}

// title names an obligation.
func title(o *obligation.Obligation) string {
	if o.Who != "" {
		return o.Law + " – " + o.Who
	}
	return o.Law
}

func trackName(ctx context.Context, o *obligation.Obligation) string {
	if lang(ctx) == "fr" && o.French != "" {
		return o.French
	}
	return o.Track
}

// said is what was stated of an anchor: of an obligation's own, or of the incident.
func said(list []obligation.Statement, a obligation.Anchor) (at time.Time, by string) {
	i := slices.IndexFunc(list, func(s obligation.Statement) bool { return s.Anchor == a })
	if i < 0 {
		return at, ""
	}
	return list[i].At, list[i].By
}

// anchors are the moments known of an incident, with who stated them.
func (v *view) anchors() (out []obligation.Statement) {
	for _, a := range obligation.Anchors() {
		at, by := said(v.Anchors, a)
		if own := v.Moments[a]; !own.IsZero() && !own.Equal(at) {
			at, by = own, "" // said with the incident itself, since
		}
		if !at.IsZero() {
			out = append(out, obligation.Statement{Anchor: a, At: at, By: by})
		}
	}
	return out
}

func formURL(v *view, what string) templ.SafeURL {
	return templ.SafeURL(tabs.Path(v.of.ID, tab) + what)
}

func exportURL(l *listing) string { return path + "/export?" + l.kept().Encode() }

// subject is what the list is about.
func (l *listing) subject() string {
	if l.reports {
		return "clocks.column.report"
	}
	return "clocks.column.incident"
}

// pageOf is where it is seen what is due.
func pageOf(d *obligation.Due) string {
	if d.Report != "" {
		return "/reports/" + url.PathEscape(d.Report)
	}
	return tabs.Path(d.Incident, tab)
}

// views are the two lists.
func (l *listing) views(ctx context.Context) []ui.Tab {
	list := []ui.Tab{{Text: T(ctx, "clocks.incidents"), Href: path, Active: !l.reports}, {Text: T(ctx, "clocks.reports"), Href: path + "?about=" + aboutReports, Active: l.reports}}
	list[1].Count, list[0].Count = int64(l.late), int64(l.counts.Overdue)
	if l.reports {
		list[0].Count, list[1].Count = list[1].Count, list[0].Count
	}
	return list
}

// figureURL is the list narrowed to what a figure counts.
func (l *listing) figureURL(query string) string {
	if l.reports {
		return path + "?about=" + aboutReports + "&" + query
	}
	return path + "?" + query
}

// kept is the filter as the URL has it.
func (l *listing) kept() url.Values {
	q := url.Values{}
	if l.reports {
		q.Set("about", aboutReports)
	}
	for name, value := range map[string]string{"state": string(l.filter.State), "by": string(l.filter.Side), "law": l.filter.Law, "within": l.within} {
		if value != "" {
			q.Set(name, value)
		}
	}
	return q
}

func summaryURL(quarter, format string) string {
	return path + "/summary?" + url.Values{"quarter": {quarter}, "format": {format}}.Encode()
}

// table is the list as a table.
func (l *listing) table(ctx context.Context) ui.TableProps {
	p := ui.TableProps{
		ID: "clocks", Caption: T(ctx, "clocks.title"), Next: l.next, Sort: "due", Count: ui.Count{None: true}, Export: exportURL(l),
		Columns: []ui.Column{
			{Title: T(ctx, "clocks.column.due"), Sort: "due"},
			{Title: T(ctx, "clocks.column.stage"), Main: true},
			{Title: T(ctx, l.subject())},
			{Title: T(ctx, "clocks.column.who"), Wide: true},
			{Title: T(ctx, "clocks.column.by")},
			{Title: T(ctx, "clocks.column.state")},
		},
		Empty: ui.Empty(T(ctx, "clocks.empty.title"), T(ctx, "clocks.empty.text"), ui.Link{Text: T(ctx, "clocks.empty.next"), Href: "/incidents"}),
	}
	if l.filter.Latest {
		p.Sort = "-due"
	}
	if l.reports {
		p.Empty = ui.Empty(T(ctx, "clocks.empty.reports"), T(ctx, "clocks.empty.reports.text"), ui.Link{Text: T(ctx, "clocks.empty.reports.next"), Href: "/reports"})
	}
	if !l.reports {
		p.Act, p.Filter, p.Actions = path, l.kept().Encode(), l.actions(ctx)
	}
	for _, d := range l.items {
		row := ui.Row{ID: rowID(&d), Href: pageOf(&d), Label: d.Ref + " " + d.In(lang(ctx)), Cells: []templ.Component{
			due(d.At), ui.Text(d.Law + ": " + d.In(lang(ctx))), ui.Text(d.Ref + " " + d.Title), ui.Text(d.Who), ui.Text(T(ctx, "clocks.by."+string(d.By))),
			ui.State(T(ctx, "clocks.state."+string(d.State)), tones[d.State]),
		}}
		if d.State == obligation.Overdue {
			row.Tone = ui.Bad
		}
		p.Rows = append(p.Rows, row)
	}
	return p
}

// tableOf is an obligation's stages as a table.
func tableOf(ctx context.Context, o *obligation.Obligation) ui.TableProps {
	p := ui.TableProps{
		ID: "stages-" + o.ID, Caption: title(o), Count: ui.Count{None: true},
		Columns: []ui.Column{
			{Title: T(ctx, "clocks.column.stage"), Main: true},
			{Title: T(ctx, "clocks.column.due")},
			{Title: T(ctx, "clocks.column.counted")},
			{Title: T(ctx, "clocks.column.by"), Wide: true},
			{Title: T(ctx, "clocks.column.submitted")},
			{Title: T(ctx, "clocks.column.state")},
		},
	}
	for _, s := range o.Stages {
		at := due(s.Due)
		if s.State == obligation.Done || s.State == obligation.Late {
			at = ui.Moment(s.Due)
		}
		p.Rows = append(p.Rows, ui.Row{Cells: []templ.Component{
			stageCell(s.In(lang(ctx)), s.Article), at, ui.Text(from(ctx, &s, o)), ui.Text(T(ctx, "clocks.by."+string(s.By))), ui.Moment(s.Submitted),
			ui.State(T(ctx, "clocks.state."+string(s.State)), tones[s.State]),
		}})
	}
	return p
}

func lawOptions(ctx context.Context, l listing) []ui.Option {
	out := []ui.Option{{Text: T(ctx, "clocks.any")}}
	for _, law := range l.laws {
		if (law.Of == obligation.OfReport) != l.reports {
			continue
		}
		out = append(out, ui.Option{Value: law.ID, Text: law.Name, Chosen: law.ID == l.filter.Law})
	}
	return out
}

func withinOptions(ctx context.Context, l listing) (out []ui.Option) {
	for _, one := range withins {
		out = append(out, ui.Option{Value: one, Text: T(ctx, "clocks.ahead."+one), Chosen: one == l.within})
	}
	return out
}

// marks are what was found about an obligation, in words.
func marks(ctx context.Context, o *obligation.Obligation) (list []string) {
	if o.Kind != "" {
		list = append(list, T(ctx, "clocks.kind."+string(o.Kind)))
	}
	if o.Entity != "" {
		list = append(list, T(ctx, "clocks.entity."+string(o.Entity)))
	}
	if o.Crossing != "" {
		list = append(list, T(ctx, "clocks.crossing")+": "+T(ctx, "clocks.answer."+string(o.Crossing)))
	}
	if o.Crime != "" {
		list = append(list, T(ctx, "clocks.crime")+": "+T(ctx, "clocks.answer."+string(o.Crime)))
	}
	return list
}

// proved is what was said of a submission: to whom, the reference, the note.
func proved(ctx context.Context, s *obligation.Submission) string {
	var list []string
	if s.To != "" {
		list = append(list, T(ctx, "clocks.went.to", "name", s.To))
	}
	for _, one := range []string{s.Reference, s.Note} {
		if one != "" {
			list = append(list, one)
		}
	}
	return strings.Join(list, ", ")
}

// typed is what somebody typed into a form of an obligation that could not be kept.
func (v *view) typed(o *obligation.Obligation, field string) string {
	if v.form.Get("obligation") != o.ID || v.form.Get("anchor") != "" {
		return ""
	}
	return v.form.Get(field)
}

// typedFor is what somebody typed into the form that has a field, if it could not be kept.
func (v *view) typedFor(has, field string) string {
	if v.form.Get(has) == "" {
		return ""
	}
	return v.form.Get(field)
}

// history are the changes, as a timeline.
func (v *view) history(ctx context.Context) (out []ui.Entry) {
	for _, r := range v.Records {
		what := T(ctx, "clocks.record."+r.What)
		if r.What == "anchor" {
			what += ": " + anchorName(ctx, obligation.Anchor(r.Object))
		} else if r.Object != "" {
			what += ": " + r.Object
		}
		out = append(out, ui.Entry{At: r.At, Who: ui.Who(v.people, r.By), What: what, Icon: "clock", Tone: ui.Quiet, Body: recordBody(r)})
	}
	return out
}
